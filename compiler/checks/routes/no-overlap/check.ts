/**
 * routes/no-overlap
 *
 * Owns one claim: one request leads to one route. All services of a system share the gateway's paths.
 */
import type { RouteModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const noOverlap: Check = {
  id: 'routes/no-overlap',
  code: 'SW-417',
  severity: 'error',
  title: 'Two routes answer the same request',
  why: 'One of them, with its limits and its authentication, would silently never be used.',
  hint: 'Give the routes different paths or methods.',
  run: ({ services }) => {
    const routes = services.flatMap((service) => service.routes);
    return routes.flatMap((route, index): Finding[] => {
      const earlier = routes.slice(0, index).find((other) => overlaps(other, route));
      if (earlier === undefined) return [];
      return [
        {
          at: route.origin.of('path'),
          message: `\`${route.methods.join(', ')} ${route.path}\` is answered by \`${earlier.id}\` already`,
          related: [{ at: earlier.origin.of('path'), note: 'the other route is here' }],
        },
      ];
    });
  },
};

const overlaps = (a: RouteModel, b: RouteModel): boolean =>
  a.path === b.path && a.match === b.match && a.methods.some((method) => b.methods.includes(method));
