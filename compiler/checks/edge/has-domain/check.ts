/**
 * edge/has-domain
 *
 * Owns one claim: an edge that is wanted answers to a name.
 */
import type { Check } from '../../check.ts';

export const hasDomain: Check = {
  id: 'edge/has-domain',
  code: 'SW-424',
  severity: 'error',
  title: 'The edge answers to no name',
  why: 'nginx serves the names it is given; without one it refuses every request.',
  hint: 'List the host names in `domains` of the environment, or drop the `nginx` target.',
  run: ({ system, environment, services }) => {
    const isServed = services.some((service) => service.routes.some((route) => route.exposed));
    if (!system.targets.wanted.includes('nginx') || environment.domains.length > 0 || !isServed) return [];
    return [
      {
        at: environment.origin.self,
        severity: environment.stage === 'production' ? 'error' : 'warning',
        message: `\`nginx\` is wanted, but environment \`${environment.name}\` has no \`domains\``,
      },
    ];
  },
};
