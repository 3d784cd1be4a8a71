/**
 * routes/no-shadowed-route
 *
 * Owns one claim: the gateway's own health answers do not hide a route of a service.
 */
import type { Check, Finding } from '../../check.ts';

export const noShadowedRoute: Check = {
  id: 'routes/no-shadowed-route',
  code: 'SW-425',
  severity: 'error',
  title: 'The gateway answers a route itself',
  why: 'Callers would be told that the gateway is well, while the service behind the route may be down.',
  hint: 'Give the gateway probe paths of its own, such as `/gateway/health` and `/gateway/ready`.',
  run: ({ services }) => {
    const probes = services.find((service) => service.role === 'gateway')?.probes;
    if (probes === undefined) return [];
    const own = [
      { path: probes.livenessPath, at: probes.origin.of('livenessPath') },
      { path: probes.readinessPath, at: probes.origin.of('readinessPath') },
    ];
    return services.flatMap((service) =>
      service.routes.flatMap((route): Finding[] => {
        const probe = own.find(({ path }) => path === route.path && route.methods.includes('GET'));
        if (probe === undefined) return [];
        return [
          {
            at: route.origin.of('path'),
            message: `\`GET ${route.path}\` of \`${service.name}\` is answered by the gateway's own probe`,
            related: [{ at: probe.at, note: 'the gateway has its probe paths from here' }],
          },
        ];
      }),
    );
  },
};
