/**
 * edge/trusts-its-proxy
 *
 * Owns one claim: the runtime behind nginx can tell clients apart.
 */
import type { Check } from '../../check.ts';

export const trustsItsProxy: Check = {
  id: 'edge/trusts-its-proxy',
  code: 'SW-423',
  severity: 'warning',
  title: 'The runtime takes every client for the proxy',
  why: 'Without trusted networks the forwarded address is not believed, so limits per client are counted at the edge only, by each of its processes.',
  hint: 'List the networks that nginx connects from in `trustedProxies`.',
  run: ({ system, environment, services, undecided }) => {
    const { wanted } = system.targets;
    if (!wanted.includes('nginx') || !wanted.includes('runtime') || environment.trustedProxies.length > 0) return [];
    const isOpen = undecided.some(
      ({ subject, field }) => subject === `Environment ${environment.name}` && field === 'trustedProxies',
    );
    const limits = services.flatMap((service) => service.routes.flatMap((route) => route.limits));
    if (isOpen || !limits.some(({ per, at }) => per === 'client' && at.includes('runtime'))) return [];
    return [
      {
        at: environment.origin.of('trustedProxies'),
        message: `environment \`${environment.name}\` names no trusted proxy, so the runtime cannot count requests by client`,
      },
    ];
  },
};
