/**
 * Every metric that the runtime exports, under the name that Prometheus scrapes.
 *
 * One table for each part of the runtime (metrics/) owns names, types, units, labels and the values that labels may take.
 * The runtime makes its instruments from them and tests compare them with a scrape, so rules and dashboards that import a
 * name from here cannot watch a metric that nobody exports. Names carry their unit themselves: the exporter appends none.
 */

import { ADMIN_METRICS } from './metrics/admin.ts';
import { BREAKER_METRICS } from './metrics/breakers.ts';
import { CACHE_METRICS } from './metrics/caches.ts';
import { CONCURRENCY_METRICS } from './metrics/concurrency.ts';
import { DATABASE_METRICS } from './metrics/database.ts';
import type { MetricDescription, MetricType } from './metrics/description.ts';
import { IDENTITY_METRICS } from './metrics/identity.ts';
import { LIFECYCLE_METRICS } from './metrics/lifecycle.ts';
import { LIMIT_METRICS, LIMIT_STORE_METRICS } from './metrics/limits.ts';
import { PROCESS_METRICS } from './metrics/process.ts';
import { PROVIDER_METRICS } from './metrics/providers.ts';
import { QUEUE_METRICS } from './metrics/queues.ts';
import { REDIS_METRICS } from './metrics/redis.ts';
import { REQUEST_METRICS } from './metrics/requests.ts';
import { SIGNING_METRICS } from './metrics/signing.ts';
import { STREAM_METRICS } from './metrics/streams.ts';
import { TELEMETRY_METRICS } from './metrics/telemetry.ts';
import { TLS_METRICS } from './metrics/tls.ts';
import { UPSTREAM_METRICS } from './metrics/upstreams.ts';

export { ADMIN_RESULTS, type AdminResult, BACKUP_KINDS, type BackupKind } from './metrics/admin.ts';
export { BREAKER_KINDS, type BreakerKind } from './metrics/breakers.ts';
export { PRIORITIES, type Priority, SHED_REASONS, type ShedReason } from './metrics/concurrency.ts';
export type { MetricDescription, MetricType, MetricUnit } from './metrics/description.ts';
export { AUTH_FAILURE_REASONS, type AuthFailureReason } from './metrics/identity.ts';
export { RELOAD_RESULTS, type ReloadResultName } from './metrics/lifecycle.ts';
export { LIMIT_STORE_ERROR_REASONS, type LimitStoreErrorReason } from './metrics/limits.ts';
export { POOL_REFUSAL_REASONS, PROVIDER_RESULTS, type ProviderResult } from './metrics/providers.ts';
export type { JobResult } from './metrics/queues.ts';
export { FRONT_DOOR_REASONS, type FrontDoorReason } from './metrics/requests.ts';
export {
  TUNNEL_CLOSE_REASONS,
  TUNNEL_REFUSAL_REASONS,
  type TunnelCloseReason,
  type TunnelRefusalReason,
} from './metrics/streams.ts';
export {
  BUG_REPORT_RESULTS,
  type BugReportResult,
  SPAN_DROP_REASONS,
  type SpanDropReason,
} from './metrics/telemetry.ts';
export { UPSTREAM_ERROR_REASONS, type UpstreamErrorReason } from './metrics/upstreams.ts';

/** Tables that are exported only where a policy asks for their part. */
export {
  BREAKER_METRICS,
  CACHE_METRICS,
  DATABASE_METRICS,
  LIMIT_STORE_METRICS,
  PROVIDER_METRICS,
  QUEUE_METRICS,
  REDIS_METRICS,
  SIGNING_METRICS,
  TLS_METRICS,
};

export const METRICS = {
  ...REQUEST_METRICS,
  ...LIMIT_METRICS,
  ...LIMIT_STORE_METRICS,
  ...IDENTITY_METRICS,
  ...CONCURRENCY_METRICS,
  ...SIGNING_METRICS,
  ...DATABASE_METRICS,
  ...UPSTREAM_METRICS,
  ...STREAM_METRICS,
  ...TLS_METRICS,
  ...BREAKER_METRICS,
  ...CACHE_METRICS,
  ...PROVIDER_METRICS,
  ...PROCESS_METRICS,
  ...TELEMETRY_METRICS,
  ...LIFECYCLE_METRICS,
  ...ADMIN_METRICS,
  ...REDIS_METRICS,
  ...QUEUE_METRICS,
} as const satisfies Readonly<Record<string, MetricDescription>>;

/** Name of a metric as it stands in `# TYPE`. */
export type MetricName = keyof typeof METRICS;

/** The label set of a metric, one value for each of its labels. */
export type MetricLabels<Name extends MetricName> = Readonly<Record<(typeof METRICS)[Name]['labels'][number], string>>;

type NameOfType<Type extends MetricType> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];
export type HistogramName = NameOfType<'histogram'>;
export type CounterName = NameOfType<'counter'>;
export type GaugeName = NameOfType<'gauge'>;

/** The names under which one metric's series are scraped: a histogram has three, others one. */
export function seriesNames(name: MetricName): readonly string[] {
  return METRICS[name].type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

/** What `http_route` holds for requests that match no route. */
export const UNMATCHED_ROUTE = '_unmatched';
