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
    const seen = new Map<string, RouteModel[]>();
    return services
      .flatMap((service) => service.routes)
      .flatMap((route): Finding[] => {
        const key = `${route.match} ${route.path}`;
        const others = seen.get(key) ?? [];
        seen.set(key, [...others, route]);
        const earlier = others.find((other) => sharesMethod(other, route));
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

const sharesMethod = (a: RouteModel, b: RouteModel): boolean => a.methods.some((method) => b.methods.includes(method));
