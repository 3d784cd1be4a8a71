/**
 * What the runtime does for a route beyond forwarding and limiting; a part that the spec leaves out is left out here.
 */
import type { Route } from '../../../schemas/runtime-policy.gen.ts';
import type { RouteModel } from '../../resolve/model/index.ts';

type Features = Pick<
  Route,
  | 'cost'
  | 'keepAliveMs'
  | 'websocket'
  | 'maxConcurrent'
  | 'credentials'
  | 'tenantShare'
  | 'priority'
  | 'body'
  | 'tenantField'
  | 'roles'
  | 'cache'
  | 'invalidates'
  | 'retries'
  | 'fanOut'
  | 'sunset'
>;

export function routeFeatures(route: RouteModel): Features {
  const { kind, cost, keepAlive, maxConnections, tenantShare, priority, body, tenantField, sunset } = route;
  const fanOut = route.calls.filter((call) => call.fanOut > 1).map((call) => [call.provider, call.fanOut] as const);
  return {
    ...(cost === 1 ? {} : { cost }),
    ...(kind === 'sse' && keepAlive !== undefined ? { keepAliveMs: keepAlive } : {}),
    ...(maxConnections === undefined ? {} : { maxConcurrent: maxConnections }),
    ...(route.credentials === 'hide' ? {} : { credentials: route.credentials }),
    ...(tenantShare === undefined ? {} : { tenantShare }),
    ...(priority === 'normal' ? {} : { priority }),
    ...(body === undefined ? {} : { body }),
    ...(tenantField === undefined ? {} : { tenantField }),
    ...(route.roles.length === 0 ? {} : { roles: asNonEmpty(route.roles) }),
    ...(route.invalidates.length === 0 ? {} : { invalidates: asNonEmpty(route.invalidates) }),
    ...(fanOut.length === 0 ? {} : { fanOut: Object.fromEntries(fanOut) }),
    ...(sunset === undefined ? {} : { sunset }),
    ...cacheOf(route),
    ...retriesOf(route),
    ...socketOf(route),
  };
}

function cacheOf({ cache }: RouteModel): Pick<Route, 'cache'> {
  if (cache === undefined) return {};
  const { use, tags, by, methods } = cache;
  return { cache: { name: use, tags: [...tags], by: [...by], methods: asNonEmpty(methods) } };
}

function retriesOf({ retries }: RouteModel): Pick<Route, 'retries'> {
  if (retries === undefined) return {};
  return { retries: { max: retries.max, on: [...retries.on], budgetRatio: retries.budget } };
}

function socketOf({ socket }: RouteModel): Pick<Route, 'websocket'> {
  if (socket === undefined) return {};
  const { enabled, maxPerTenant, ping } = socket;
  return { websocket: { enabled, maxConnectionsPerTenant: maxPerTenant, pingIntervalMs: ping } };
}

function asNonEmpty<T>(values: readonly T[]): [T, ...T[]] {
  const [first, ...rest] = values;
  if (first === undefined) throw new Error('a list that the schema keeps from being empty is empty');
  return [first, ...rest];
}
