/**
 * Every metric that the runtime exports, under the name that Prometheus scrapes.
 *
 * Owns names, types, units, labels and the values that labels may take. The runtime makes its instruments from this table
 * and a test compares it with a scrape, so rules and dashboards that import a name from here cannot watch a metric that
 * nobody exports. Names carry their unit themselves: the exporter appends none.
 */

/** How a metric is read: `rate()` a counter, read a gauge as it is, `histogram_quantile()` over the `_bucket` of a histogram. */
export type MetricType = 'counter' | 'gauge' | 'histogram';

/** The unit that the name ends in; `1` counts things, `info` is always 1 and speaks through its labels. */
export type MetricUnit = 'seconds' | 'bytes' | '1' | 'info';

export interface MetricDescription {
  readonly type: MetricType;
  readonly unit: MetricUnit;
  readonly help: string;
  /** Label names. A series has all of them. */
  readonly labels: readonly string[];
  /** Labels with a closed set of values. Others hold names of the policy (routes, limits, upstreams) or a version. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** Whether every combination exists from the start with 0, so that `increase()` sees the first event. */
  readonly initialised: boolean;
}

/** Why a credential was not accepted. `unavailable` is the database's fault, the others are the caller's. */
export const AUTH_FAILURE_REASONS = [
  'missing',
  'ambiguous',
  'malformed',
  'wrong-prefix',
  'bad-checksum',
  'unknown',
  'wrong-secret',
  'expired',
  'revoked',
  'wrong-admin-key',
  'unavailable',
] as const;
export type AuthFailureReason = (typeof AUTH_FAILURE_REASONS)[number];

/** Why the front door turned a request away before any route was looked up. */
export const FRONT_DOOR_REASONS = [
  'malformed',
  'head-too-large',
  'head-timeout',
  'host',
  'target-form',
  'path',
  'query',
  'method',
  'header',
  'framing',
] as const;
export type FrontDoorReason = (typeof FRONT_DOOR_REASONS)[number];

/** How a call to an upstream failed. `client-abort` is nobody's failure and is not counted. */
export const UPSTREAM_ERROR_REASONS = [
  'connect',
  'connect-timeout',
  'timeout',
  'idle-timeout',
  'reset',
  'protocol',
] as const;
export type UpstreamErrorReason = (typeof UPSTREAM_ERROR_REASONS)[number];

/** Parts of a policy that this release reads and does not enforce. */
export const UNENFORCED_FEATURES = ['providers', 'websocket', 'signature', 'shared-counters'] as const;
export type UnenforcedFeature = (typeof UNENFORCED_FEATURES)[number];

export const METRICS = {
  http_server_request_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    initialised: false,
    help: 'Time from the head of a request to the end of its response; probes are left out. Buckets: telemetry.latencyBucketsMs.',
    labels: ['http_request_method', 'http_route', 'http_response_status_code'],
    values: { http_request_method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', '_OTHER'] },
  },
  http_server_active_requests: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Requests being served now, probes left out.',
    labels: [],
  },
  front_door_refusals_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Requests turned away before routing because they are malformed or ambiguous.',
    labels: ['reason'],
    values: { reason: FRONT_DOOR_REASONS },
  },
  ratelimit_requests_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Decisions of each rate limit. A request that one limit refuses is admitted by none.',
    labels: ['policy', 'result'],
    values: { result: ['admitted', 'refused'] },
  },
  ratelimit_buckets: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Buckets held in memory.',
    labels: [],
  },
  ratelimit_evictions_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Buckets forgotten before they had refilled because the store was full: each gave its owner a fresh burst.',
    labels: [],
  },
  auth_failures_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Requests without an acceptable credential, by reason.',
    labels: ['reason'],
    values: { reason: AUTH_FAILURE_REASONS },
  },
  upstream_request_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    initialised: false,
    help: 'Time from sending a request to the head of the response of the upstream. Buckets: telemetry.latencyBucketsMs.',
    labels: ['upstream'],
  },
  upstream_errors_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Calls to an upstream that failed without a complete response, by reason.',
    labels: ['upstream', 'reason'],
    values: { reason: UPSTREAM_ERROR_REASONS },
  },
  dependency_up: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Whether a dependency of health.dependencies answered last time: 1 or 0.',
    labels: ['dependency'],
  },
  policy_info: {
    type: 'gauge',
    unit: 'info',
    initialised: true,
    help: 'The policy in force. Its digest is the sha256 of policy.json, as in index.json.',
    labels: ['digest', 'system', 'environment'],
  },
  policy_unenforced: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'How many entries of the policy ask for something that this release does not enforce.',
    labels: ['feature'],
    values: { feature: UNENFORCED_FEATURES },
  },
  build_info: {
    type: 'gauge',
    unit: 'info',
    initialised: true,
    help: 'The running program.',
    labels: ['version', 'node_version'],
  },
  runtime_ready: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'What the readiness probe answers: 1 or 0.',
    labels: [],
  },
  runtime_draining: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Whether the process was told to stop: 1 or 0.',
    labels: [],
  },
  nodejs_eventloop_delay_p99_seconds: {
    type: 'gauge',
    unit: 'seconds',
    initialised: true,
    help: '99th percentile of the event loop delay since the last scrape.',
    labels: [],
  },
  process_resident_memory_bytes: {
    type: 'gauge',
    unit: 'bytes',
    initialised: true,
    help: 'Resident memory of the process.',
    labels: [],
  },
  process_cpu_seconds_total: {
    type: 'counter',
    unit: 'seconds',
    initialised: true,
    help: 'User and system CPU time of the process.',
    labels: [],
  },
  process_start_time_seconds: {
    type: 'gauge',
    unit: 'seconds',
    initialised: true,
    help: 'When the runtime started, in seconds since 1970.',
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;

/** Name of a metric as it stands in `# TYPE`. */
export type MetricName = keyof typeof METRICS;

/** The label set of a metric, one value for each of its labels. */
export type MetricLabels<Name extends MetricName> = Readonly<Record<(typeof METRICS)[Name]['labels'][number], string>>;

type NameOfType<Type extends MetricType> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];
export type HistogramName = NameOfType<'histogram'>;

/** The names under which one metric's series are scraped: a histogram has three, others one. */
export function seriesNames(name: MetricName): readonly string[] {
  return METRICS[name].type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

/** What `http_route` holds for requests that match no route. */
export const UNMATCHED_ROUTE = '_unmatched';
