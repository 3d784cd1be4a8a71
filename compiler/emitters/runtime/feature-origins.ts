/**
 * Which spec value stands behind what the runtime does beyond routes and limits, as JSON pointers.
 */
import type { Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { gatewayOf } from '../../derive/policy/placement.ts';
import { type PolicyRoute, policyRoutes } from '../../derive/policy/routes.ts';
import type { Model, Origin, RouteModel, RuntimeFeaturesModel } from '../../resolve/model/index.ts';
import type { OriginMark } from '../emitter.ts';

export function featureMarks(model: Model, policy: RuntimePolicy): readonly OriginMark[] {
  const runtime = gatewayOf(model)?.runtime;
  return [
    ...(runtime === undefined ? [] : runtimeMarks(runtime, policy)),
    ...policyRoutes(model).flatMap((entry, index) => routeMarks(entry, `/routes/${index}`)),
    ...recoveryMarks(model, policy),
  ];
}

function runtimeMarks(runtime: RuntimeFeaturesModel, policy: RuntimePolicy): readonly OriginMark[] {
  const { origin, keys, tenants, signing, caches, tracing, log, tls, readReplica } = runtime;
  const optional = (part: string, node: { readonly origin: RuntimeFeaturesModel['origin'] } | undefined) =>
    node === undefined ? [] : [{ part, origin: node.origin.self }];
  return [
    { part: '/limitFields', origin: origin.of('limitFields') },
    { part: '/telemetry/logLevel', origin: log.origin.of('level') },
    { part: '/auth/apiKeys/graceMs', origin: keys?.origin.of('grace') ?? origin.self },
    ...(policy.egress === undefined ? [] : [{ part: '/egress/port', origin: origin.of('egress') }]),
    ...(policy.auth.failures === undefined ? [] : optional('/auth/failures', keys?.failures)),
    ...optional('/auth/tenants', tenants),
    ...optional('/auth/signature', signing),
    ...optional('/telemetry/traces', tracing),
    ...optional('/tls', tls),
    ...optional('/storage/database/replica', readReplica),
    ...caches.map((cache) => ({ part: `/caches/${cache.name}`, origin: cache.origin.self })),
  ];
}

/**
 * Where the optional fields of a route come from; a record over all of them, so that a new one has to say it. A field that is made of
 * several marks its node.
 */
const OPTIONAL: Readonly<Record<OptionalField, (route: RouteModel) => Origin | undefined>> = {
  allowCidrs: ({ origin }) => origin.of('allow'),
  body: ({ origin }) => origin.of('body'),
  cache: ({ cache }) => cache?.origin.self,
  closed: ({ origin }) => origin.of('match'),
  cost: ({ origin }) => origin.of('cost'),
  credentials: ({ origin }) => origin.of('credentials'),
  crossOrigin: ({ crossOrigin }) => crossOrigin?.origin.self,
  fanOut: ({ origin }) => origin.of('calls'),
  hosts: ({ origin }) => origin.of('hosts'),
  invalidates: ({ origin }) => origin.of('invalidates'),
  keepAliveMs: ({ origin }) => origin.of('keepAlive'),
  maxConcurrent: ({ origin }) => origin.of('maxConnections'),
  ownCors: ({ origin }) => origin.of('cors'),
  pages: ({ origin }) => origin.of('pages'),
  priority: ({ origin }) => origin.of('priority'),
  retries: ({ retries }) => retries?.origin.self,
  roles: ({ origin }) => origin.of('roles'),
  sunset: ({ origin }) => origin.of('sunset'),
  tenantField: ({ origin }) => origin.of('tenantField'),
  tenantShare: ({ origin }) => origin.of('tenantShare'),
  websocket: ({ socket }) => socket?.origin.self,
};

type OptionalField = { [K in keyof Route]-?: object extends Pick<Route, K> ? K : never }[keyof Route];

const routeMarks = ({ route, policy }: PolicyRoute, part: string): readonly OriginMark[] =>
  Object.entries(OPTIONAL).flatMap(([field, originIn]) => {
    const origin = Object.hasOwn(policy, field) ? originIn(route) : undefined;
    return origin === undefined ? [] : [{ part: `${part}/${field}`, origin }];
  });

const recoveryMarks = (model: Model, policy: RuntimePolicy): readonly OriginMark[] =>
  model.datastores
    .filter(({ name }) => Object.hasOwn(policy.backups ?? {}, name))
    .map(({ name, origin }) => ({ part: `/backups/${name}/rpoMs`, origin: origin.of('rpo') }));
