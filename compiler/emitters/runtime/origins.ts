/**
 * Which spec value stands behind which part of the policy, as JSON pointers.
 */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { gatewayOf } from '../../derive/policy/placement.ts';
import { policyRoutes } from '../../derive/policy/routes.ts';
import type { Model, RouteModel, ServiceModel } from '../../resolve/model/index.ts';
import type { OriginMark } from '../emitter.ts';
import { featureMarks } from './feature-origins.ts';
import { limitMarks } from './limit-origins.ts';

export function originsOf(model: Model, policy: RuntimePolicy): readonly OriginMark[] {
  return [
    ...environmentMarks(model),
    ...gatewayMarks(gatewayOf(model)),
    ...limitMarks(model, policy),
    ...policyRoutes(model).flatMap(({ route }, index) => routeMarks(route, `/routes/${index}`)),
    ...upstreamMarks(model, policy),
    ...providerMarks(model, policy),
    ...bucketMarks(model, policy),
    ...featureMarks(model, policy),
  ];
}

function environmentMarks({ environment }: Model): readonly OriginMark[] {
  const { origin } = environment;
  return [
    { part: '/stage', origin: origin.of('stage') },
    { part: '/trust/proxyCidrs', origin: origin.of('trustedProxies') },
    { part: '/cors/owner', origin: origin.of('headerOwner') },
    { part: '/cors/origins', origin: origin.of('origins') },
    { part: '/securityHeaders/owner', origin: origin.of('headerOwner') },
    { part: '/securityHeaders/headers', origin: origin.of('securityHeaders') },
  ];
}

function gatewayMarks(gateway: ServiceModel | undefined): readonly OriginMark[] {
  if (gateway === undefined) return [];
  return [
    { part: '/listen/port', origin: gateway.origin.of('port') },
    { part: '/admin/port', origin: gateway.metrics.origin.of('port') },
    { part: '/shutdown/drainDelayMs', origin: gateway.shutdown.origin.of('preStop') },
    { part: '/shutdown/drainTimeoutMs', origin: gateway.shutdown.origin.of('drain') },
    { part: '/storage/replicas', origin: gateway.scale.origin.of('max') },
    ...(gateway.probes === undefined
      ? []
      : [
          { part: '/health/live', origin: gateway.probes.origin.of('livenessPath') },
          { part: '/health/ready', origin: gateway.probes.origin.of('readinessPath') },
        ]),
  ];
}

const ROUTE_FIELDS = {
  path: 'path',
  match: 'match',
  methods: 'methods',
  kind: 'kind',
  auth: 'auth',
  timeoutMs: 'timeout',
  idleTimeoutMs: 'idleTimeout',
  bodyLimitBytes: 'bodyLimit',
  cors: 'cors',
} as const;

const routeMarks = ({ origin }: RouteModel, part: string): readonly OriginMark[] =>
  Object.entries(ROUTE_FIELDS).map(([field, from]) => ({ part: `${part}/${field}`, origin: origin.of(from) }));

const upstreamMarks = (model: Model, policy: RuntimePolicy): readonly OriginMark[] =>
  model.services
    .filter((service) => Object.hasOwn(policy.upstreams, service.name))
    .map((service) => ({ part: `/upstreams/${service.name}/targets`, origin: service.origin.of('port') }));

const providerMarks = (model: Model, policy: RuntimePolicy): readonly OriginMark[] =>
  model.providers
    .filter((provider) => Object.hasOwn(policy.providers, provider.name))
    .flatMap(({ name, origin, pool, breaker }) => [
      { part: `/providers/${name}/timeoutMs`, origin: origin.of('timeout') },
      ...(pool === undefined ? [] : [{ part: `/providers/${name}/pool`, origin: pool.origin.self }]),
      ...(breaker === undefined ? [] : [{ part: `/providers/${name}/breaker`, origin: breaker.origin.self }]),
    ]);

/** A bound that an objective or an alert asked for; the others are advice of the conventions and have no origin. */
function bucketMarks(model: Model, policy: RuntimePolicy): readonly OriginMark[] {
  const thresholds = model.services.flatMap((service) => [
    ...service.objectives.flatMap((objective) =>
      objective.kind === 'latency' ? [{ bound: objective.within, origin: objective.origin.of('within') }] : [],
    ),
    ...service.alerts.flatMap((alert) =>
      alert.when.kind === 'latency' ? [{ bound: alert.when.above, origin: alert.origin.of('latency') }] : [],
    ),
  ]);
  return policy.telemetry.latencyBucketsMs.flatMap((bound, index) =>
    thresholds
      .filter((threshold) => threshold.bound === bound)
      .map(({ origin }) => ({ part: `/telemetry/latencyBucketsMs/${index}`, origin })),
  );
}
