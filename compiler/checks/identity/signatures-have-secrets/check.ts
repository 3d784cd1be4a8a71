/**
 * identity/signatures-have-secrets
 *
 * Owns one claim: a route that asks for signed requests stands behind a gateway that knows how they are signed and with which secrets.
 */
import type { Check } from '../../check.ts';

export const signaturesHaveSecrets: Check = {
  id: 'identity/signatures-have-secrets',
  code: 'SW-426',
  severity: 'error',
  misses: ['Service'],
  title: 'Nobody can check the signatures of this route',
  why: 'The gateway refuses to start with such a route, since it could only let everything through or nothing.',
  hint: 'Add `runtime.signing` with its `secrets` to the gateway.',
  run: ({ system, services }) => {
    const gateway = services.find((service) => service.role === 'gateway');
    if (!system.targets.wanted.includes('runtime') || gateway?.runtime?.signing !== undefined) return [];
    return services.flatMap((service) =>
      service.routes
        .filter((route) => route.auth === 'signature')
        .map((route) => ({
          at: route.origin.of('auth'),
          message: `\`${route.id}\` asks for signatures, and the gateway has no secret to check them with`,
          related: gateway === undefined ? [] : [{ at: gateway.origin.self, note: 'this gateway' }],
        })),
    );
  },
};
