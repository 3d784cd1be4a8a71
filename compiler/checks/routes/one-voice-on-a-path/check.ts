/**
 * routes/one-voice-on-a-path
 *
 * Owns one claim: on one path either the service speaks of origins and pages, or the layer in front of it. nginx lets headers of a service
 * pass by the path, whatever the method.
 */
import { sharesHost } from '../../../derive/runtime-policy/hosts.ts';
import type { RouteModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const oneVoiceOnAPath: Check = {
  id: 'routes/one-voice-on-a-path',
  code: 'SW-448',
  severity: 'error',
  title: 'Two routes of a path differ in who sends its headers',
  why: 'A browser would get some of them twice, and refuses what allows its origin twice.',
  hint: 'Give the routes of a path the same `cors: service` and the same `pages`.',
  run: ({ services }) => {
    const seen: RouteModel[] = [];
    return services
      .flatMap(({ routes }) => routes)
      .flatMap((route): Finding[] => {
        const other = seen.find(
          ({ path, match, hosts }) => path === route.path && match === route.match && sharesHost({ hosts }, route),
        );
        seen.push(route);
        if (other === undefined) return [];
        const field =
          other.ownCors !== route.ownCors
            ? ('cors' as const)
            : other.pages !== route.pages
              ? ('pages' as const)
              : undefined;
        if (field === undefined) return [];
        return [
          {
            at: route.origin.of(field),
            message: `\`${route.id}\` and \`${other.id}\` are both at \`${route.path}\` and differ in \`${field}\``,
            related: [{ at: other.origin.of(field), note: 'the other route' }],
          },
        ];
      });
  },
};
