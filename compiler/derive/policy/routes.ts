/**
 * Routes of the policy, each beside the route of the model that it came from.
 */
import type { CrossOrigin, Method, Route } from '../../../schemas/runtime-policy.gen.ts';
import type { Model, RouteAuth } from '../../resolve/model/index.ts';
import { limitKey } from '../limits/keepers.ts';
import { closedPathsOf } from './closed-paths.ts';
import { routeCrossOrigin } from './headers.ts';
import { limitIds, runtimeLimits } from './limits.ts';
import { policyNames } from './names.ts';
import { routeFeatures } from './route-features.ts';
import { type ServedRoute, servedRoutes } from './served-routes.ts';
import { compareTexts, sortTexts } from './sort-texts.ts';

export interface PolicyRoute extends ServedRoute {
  readonly policy: Route;
}

/** Every route that the runtime serves, by path, match and methods. */
export function policyRoutes(model: Model): readonly PolicyRoute[] {
  const served = servedRoutes(model);
  const closedPaths = closedPathsOf(model, served);
  const names = policyNames(served.map(({ route }) => route.id));
  const limits = limitIds(model);
  const limitNames = ({ service, route }: ServedRoute) =>
    sortTexts(
      new Set(runtimeLimits(model, service, route).map((limit) => limits.get(limitKey(limit)) ?? limitKey(limit))),
    );
  return served
    .map((entry) => ({
      ...entry,
      policy: toPolicy(entry, names.get(entry.route.id) ?? entry.route.id, limitNames(entry), {
        closed: closedPaths(entry),
        crossOrigin: routeCrossOrigin(model, entry.route),
      }),
    }))
    .sort((a, b) => compareTexts(orderOf(a.policy), orderOf(b.policy)));
}

const orderOf = (route: Route): string => [route.path, route.match, route.methods.join(','), route.id].join(' ');

interface Derived {
  readonly closed: readonly string[];
  readonly crossOrigin: CrossOrigin | undefined;
}

function toPolicy(
  { service, route }: ServedRoute,
  id: string,
  limits: string[],
  { closed, crossOrigin }: Derived,
): Route {
  return {
    id,
    path: route.path,
    match: route.match,
    methods: asMethods(route.methods),
    kind: route.kind,
    upstream: service.name,
    auth: AUTH[route.auth],
    limits,
    timeoutMs: route.timeout,
    // A plain answer may pause as long as the whole exchange may take; its timeout ends it.
    idleTimeoutMs: route.idleTimeout ?? route.timeout,
    bodyLimitBytes: route.bodyLimit,
    cors: route.cors,
    ...(route.allow.length === 0 ? {} : { allowCidrs: asNonEmpty(sortTexts(new Set(route.allow))) }),
    ...(route.hosts.length === 0 ? {} : { hosts: asNonEmpty(route.hosts) }),
    ...(route.ownCors ? { ownCors: true as const } : {}),
    ...(route.pages ? { pages: true as const } : {}),
    ...(crossOrigin === undefined ? {} : { crossOrigin }),
    ...(closed.length === 0 ? {} : { closed: asNonEmpty(closed) }),
    ...routeFeatures(route),
  };
}

const AUTH = {
  none: 'none',
  'api-key': 'api-key',
  'admin-key': 'admin',
  signature: 'signature',
} as const satisfies Record<RouteAuth, Route['auth']>;

const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Methods in the order of the schema, each once. */
const asMethods = (methods: readonly string[]): [Method, ...Method[]] =>
  asNonEmpty(METHODS.filter((method) => methods.includes(method)));

function asNonEmpty<T>(values: readonly T[]): [T, ...T[]] {
  const [first, ...rest] = values;
  if (first === undefined) throw new Error('a list that the schema keeps from being empty is empty');
  return [first, ...rest];
}
