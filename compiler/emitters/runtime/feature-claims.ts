/**
 * Claims for what the runtime does beyond routes and limits: sockets, signatures, bodies, caches, providers, telemetry.
 */
import type { Provider, Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Claim } from '../emitter.ts';

export function routeFeatureClaims(subject: string, route: Route, { auth, caches }: RuntimePolicy): readonly Claim[] {
  const { websocket, body, cache, maxConcurrent } = route;
  const kept = cache === undefined ? undefined : caches?.[cache.name];
  return [
    ...(websocket === undefined
      ? []
      : [
          {
            control: 'edge/websocket',
            subject,
            parameters: { maxPerTenant: websocket.maxConnectionsPerTenant, pingIntervalMs: websocket.pingIntervalMs },
          },
        ]),
    ...(route.auth !== 'signature' || auth.signature === undefined
      ? []
      : [
          {
            control: 'identity/signature',
            subject,
            parameters: { profile: auth.signature.profile, maxSkewMs: auth.signature.maxSkewMs },
          },
        ]),
    ...(body === undefined ? [] : [{ control: 'edge/request-schema', subject, parameters: {} }]),
    ...(cache === undefined || kept === undefined
      ? []
      : [
          {
            control: 'edge/response-cache',
            subject,
            parameters: { cache: cache.name, store: kept.store, ttlMs: kept.ttlMs, maxEntries: kept.maxEntries },
          },
        ]),
    ...(maxConcurrent === undefined
      ? []
      : [{ control: 'edge/concurrency', subject, parameters: { maxPerProcess: maxConcurrent } }]),
  ];
}

export const providerClaims = ({ providers }: RuntimePolicy): readonly Claim[] =>
  Object.entries(providers).flatMap(([name, provider]) => claimsOfProvider(`provider/${name}`, provider));

function claimsOfProvider(subject: string, { pool, breaker, fallback }: Provider): readonly Claim[] {
  return [
    ...(pool === undefined
      ? []
      : [
          {
            control: 'providers/concurrency-pool',
            subject,
            parameters: { pool: pool.name, maxConcurrent: pool.maxConcurrent, queue: pool.queue.max },
          },
        ]),
    ...(breaker === undefined ? [] : [{ control: 'providers/circuit-breaker', subject, parameters: { ...breaker } }]),
    ...(fallback === undefined ? [] : [{ control: 'providers/fallback', subject, parameters: { fallback } }]),
  ];
}

export function runtimeClaims({ auth, telemetry, queues }: RuntimePolicy): readonly Claim[] {
  const { traces, errors } = telemetry;
  return [
    ...(auth.tenants === undefined
      ? []
      : [{ control: 'identity/tenants', subject: 'environment', parameters: { store: auth.tenants.store } }]),
    ...(traces === undefined || !traces.enabled
      ? []
      : [
          {
            control: 'observability/traces',
            subject: 'environment',
            parameters: { service: traces.serviceName, protocol: traces.protocol, sampleRatio: traces.sampleRatio },
          },
        ]),
    ...(errors === undefined
      ? []
      : [{ control: 'observability/error-reports', subject: 'environment', parameters: { env: errors.dsnEnv } }]),
    ...Object.values(queues ?? {}).map(({ stream, group }) => ({
      control: 'observability/queue',
      subject: 'environment',
      parameters: { stream, group },
    })),
  ];
}
