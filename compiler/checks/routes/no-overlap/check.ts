/**
 * routes/no-overlap
 *
 * Owns one claim: one request leads to one route. All services of a system share the gateway's paths, on each host.
 */
import { sharesHost } from '../../../derive/runtime-policy/hosts.ts';
import type { RouteModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const noOverlap: Check = {
  id: 'routes/no-overlap',
  code: 'SW-417',
  severity: 'error',
  title: 'Two routes answer the same request',
  why: 'One of them, with its limits and its authentication, would silently never be used.',
  hint: 'Give the routes different paths, methods or hosts.',
  run: ({ services }) => {
    const seen = new Map<string, RouteModel[]>();
    return services
      .flatMap((service) => service.routes)
      .flatMap((route): Finding[] => {
        const key = `${route.match} ${route.path}`;
        const others = seen.get(key) ?? [];
        seen.set(key, [...others, route]);
        const earlier = others.find((other) => sharesMethod(other, route) && sharesHost(other, route));
        if (earlier === undefined) return [];
        return [
          {
            at: route.origin.of('path'),
            message: `\`${route.methods.join(', ')} ${route.path}\` is answered by \`${earlier.id}\` already`,
            related: [{ at: earlier.origin.of('path'), note: 'the other route is here' }],
            ...hintFor(route, earlier),
          },
        ];
      });
  },
};

/** Polling and sockets on one path are one route. */
const hintFor = (a: RouteModel, b: RouteModel): Pick<Finding, 'hint'> =>
  a.kind !== b.kind && (a.kind === 'websocket' || b.kind === 'websocket')
    ? { hint: 'Write one plain route with `upgrade: websocket`; it takes handshakes beside other requests.' }
    : {};

const sharesMethod = (a: RouteModel, b: RouteModel): boolean => a.methods.some((method) => b.methods.includes(method));
