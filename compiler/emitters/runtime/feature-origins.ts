/**
 * Which spec value stands behind what the runtime does beyond routes and limits, as JSON pointers.
 */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { gatewayOf } from '../../derive/policy/placement.ts';
import { policyRoutes } from '../../derive/policy/routes.ts';
import type { Model, RouteModel, RuntimeFeaturesModel } from '../../resolve/model/index.ts';
import type { OriginMark } from '../emitter.ts';

export function featureMarks(model: Model, policy: RuntimePolicy): readonly OriginMark[] {
  const runtime = gatewayOf(model)?.runtime;
  return [
    ...(runtime === undefined ? [] : runtimeMarks(runtime, policy)),
    ...policyRoutes(model).flatMap((entry, index) => routeMarks(entry.route, `/routes/${index}`)),
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

/** Fields of a route that the policy has only where the spec has them. */
const ROUTE_FIELDS = [
  ['body', 'body'],
  ['tenantField', 'tenantField'],
  ['maxConcurrent', 'maxConnections'],
  ['tenantShare', 'tenantShare'],
  ['sunset', 'sunset'],
] as const satisfies readonly (readonly [part: string, field: keyof RouteModel])[];

function routeMarks(route: RouteModel, part: string): readonly OriginMark[] {
  const { origin, cache, retries, socket, roles, invalidates } = route;
  return [
    ...ROUTE_FIELDS.filter(([, field]) => route[field] !== undefined).map(([name, field]) => ({
      part: `${part}/${name}`,
      origin: origin.of(field),
    })),
    ...(roles.length === 0 ? [] : [{ part: `${part}/roles`, origin: origin.of('roles') }]),
    ...(invalidates.length === 0 ? [] : [{ part: `${part}/invalidates`, origin: origin.of('invalidates') }]),
    ...(cache === undefined ? [] : [{ part: `${part}/cache`, origin: cache.origin.self }]),
    ...(retries === undefined ? [] : [{ part: `${part}/retries`, origin: retries.origin.self }]),
    ...(socket === undefined ? [] : [{ part: `${part}/websocket`, origin: socket.origin.self }]),
  ];
}

const recoveryMarks = (model: Model, policy: RuntimePolicy): readonly OriginMark[] =>
  model.datastores
    .filter(({ name }) => Object.hasOwn(policy.backups ?? {}, name))
    .map(({ name, origin }) => ({ part: `/backups/${name}/rpoMs`, origin: origin.of('rpo') }));
