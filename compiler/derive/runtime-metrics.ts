/**
 * Which metrics the runtime of a model exports.
 *
 * Owns what depends on what: a part that the policy does not ask for exports nothing, and a rule about it would never fire.
 */
import {
  BREAKER_METRICS,
  CACHE_METRICS,
  DATABASE_METRICS,
  LIMIT_STORE_METRICS,
  METRICS,
  type MetricDescription,
  PROVIDER_METRICS,
  QUEUE_METRICS,
  REDIS_METRICS,
  SIGNING_METRICS,
  TLS_METRICS,
} from '../../schemas/metrics.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Model } from '../resolve/model/index.ts';
import { memoByModel } from './memo-by-model.ts';
import { buildRuntimePolicy } from './runtime-policy/build-policy.ts';

type Table = Readonly<Record<string, MetricDescription>>;

/** Tables that are exported only where a policy asks for their part. */
const CONDITIONAL: readonly (readonly [Table, (policy: RuntimePolicy) => boolean])[] = [
  [BREAKER_METRICS, hasBreaker],
  [PROVIDER_METRICS, ({ providers }) => Object.keys(providers).length > 0],
  [CACHE_METRICS, ({ caches }) => Object.keys(caches ?? {}).length > 0],
  [QUEUE_METRICS, ({ queues }) => Object.keys(queues ?? {}).length > 0],
  [DATABASE_METRICS, asksForKeys],
  [REDIS_METRICS, countsInRedis],
  [LIMIT_STORE_METRICS, countsInRedis],
  [SIGNING_METRICS, ({ auth }) => auth.signature !== undefined],
  [TLS_METRICS, ({ tls, upstreams }) => tls !== undefined || Object.values(upstreams).some((entry) => entry.tls)],
];

/** By name, in the order of the table. */
export const runtimeMetricsOf = memoByModel((model: Model): Table => {
  const policy = buildRuntimePolicy(model);
  const absent = new Set(
    CONDITIONAL.filter(([, isAsked]) => !isAsked(policy)).flatMap(([table]) => Object.keys(table)),
  );
  return Object.fromEntries(Object.entries(METRICS).filter(([name]) => !absent.has(name)));
});

function hasBreaker({ providers, upstreams }: RuntimePolicy): boolean {
  return [...Object.values(providers), ...Object.values(upstreams)].some(({ breaker }) => breaker !== undefined);
}

function asksForKeys({ routes, auth }: RuntimePolicy): boolean {
  return routes.some((route) => route.auth === 'api-key') || auth.tenants?.store === 'database';
}

function countsInRedis({ storage }: RuntimePolicy): boolean {
  return storage.counters.kind === 'redis';
}
