/**
 * routes/kept-by-somebody
 *
 * Owns one claim: what a route promises is kept by an enforcer that the system has.
 */
import { type Keeper, keepersIn, ROUTE_KEEPERS } from '../../../derive/runtime-policy/route-keepers.ts';
import type { RouteModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

/** What describes a route rather than promising something; services may read their own document. */
const DESCRIBES = new Set(['name', 'path', 'match', 'methods', 'kind', 'calls']);

export const routesKeptBySomebody: Check = {
  id: 'routes/kept-by-somebody',
  code: 'SW-449',
  severity: 'error',
  title: 'Nothing in the system keeps what a route promises',
  why: 'nginx alone knows no callers, keeps no answers and reads no bodies; the field would be accepted and have no effect.',
  hint: 'Give the system a Service with `role: gateway`, which is the runtime; or take the field out.',
  run: (model) =>
    model.services
      .filter(({ role }) => role !== 'gateway')
      .flatMap(({ routes }) => routes.flatMap((route) => lostFields(route, keepersIn(model)))),
};

const lostFields = (route: RouteModel, present: ReadonlySet<Keeper>): readonly Finding[] =>
  Object.entries(ROUTE_KEEPERS)
    .filter(([field, keepers]) => !DESCRIBES.has(field) && isLost(keepers, present) && promises(route, field))
    .map(([field, keepers]) => {
      const keeper = keepers.includes('edge') ? 'nginx or the runtime' : 'the runtime';
      const have = present.size === 0 ? 'neither nginx with a domain nor the runtime' : 'none';
      return {
        at: route.origin.of(field),
        message: `\`${field}\` of \`${route.id}\` is kept by ${keeper}, and this system has ${have}`,
      };
    });

const isLost = (keepers: readonly Keeper[], present: ReadonlySet<Keeper>): boolean =>
  keepers.length > 0 && !keepers.some((keeper) => present.has(keeper));

/** Only what is written; `auth: none` asks for nothing. */
function promises(route: RouteModel, field: string): boolean {
  const origin = route.origin.of(field);
  if (origin === route.origin.self || origin.kind === 'default') return false;
  return !(field === 'auth' && route.auth === 'none') && !(field === 'cors' && !route.cors) && !(field === 'exposed');
}
