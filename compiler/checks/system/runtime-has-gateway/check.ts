/**
 * system/runtime-has-gateway
 *
 * Owns one claim: a policy that somebody wants enforced has somebody who enforces it.
 */
import type { Check } from '../../check.ts';

export const runtimeHasGateway: Check = {
  id: 'system/runtime-has-gateway',
  code: 'SW-419',
  severity: 'error',
  misses: ['Service'],
  title: 'Nobody enforces the runtime policy',
  why: 'Limits, keys and allowed origins would be written down and ignored.',
  hint: 'Add a Service with `role: gateway`, or drop the `runtime` target.',
  run: ({ system, services }) => {
    const gateways = services.filter((service) => service.role === 'gateway');
    const wanted = system.targets.wanted.includes('runtime');
    if (wanted && gateways.length === 0)
      return [
        {
          at: system.targets.origin.of('wanted'),
          message: '`runtime` is wanted, but no service has the role `gateway`',
        },
      ];
    const [first, second] = gateways;
    if (first !== undefined && second !== undefined)
      return [
        {
          at: second.origin.of('role'),
          message: `both \`${first.name}\` and \`${second.name}\` are gateways`,
          hint: 'Keep one of them.',
          related: [{ at: first.origin.of('role'), note: 'the other one is here' }],
        },
      ];
    return [];
  },
};
