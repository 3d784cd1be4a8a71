/**
 * The instruments, made from the table in schemas/metrics.ts and from nothing else.
 *
 * Owns recording and the text of a scrape; starts no server and no exporter thread. What every request records is kept in
 * plain numbers (plain-histogram.ts) and read, like the gauges, when somebody scrapes.
 */
import type { Attributes, Counter } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  AUTH_FAILURE_REASONS,
  type AuthFailureReason,
  FRONT_DOOR_REASONS,
  type FrontDoorReason,
  type HistogramName,
  METRICS,
  type MetricLabels,
  type MetricName,
  UNENFORCED_FEATURES,
  UNMATCHED_ROUTE,
  type UnenforcedFeature,
  UPSTREAM_ERROR_REASONS,
  type UpstreamErrorReason,
} from '../../schemas/metrics.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { createHistogram, type PlainHistogram, type Recorder } from './plain-histogram.ts';
import { readProcess } from './process-readings.ts';

export interface Metrics {
  requestStarted(): void;
  /** `route` is the path of the route, undefined when none matched. */
  requestEnded(method: string, route: string | undefined, status: number, ms: number): void;
  refusedAtFrontDoor(reason: FrontDoorReason): void;
  limitDecided(limit: string, result: 'admitted' | 'refused'): void;
  authFailed(reason: AuthFailureReason): void;
  upstreamAnswered(upstream: string, ms: number): void;
  upstreamFailed(upstream: string, reason: UpstreamErrorReason): void;
  /** The text that Prometheus reads. */
  scrape(): Promise<string>;
}

/** What gauges read at each scrape. */
export interface Readings {
  readonly buckets: () => { readonly size: number; readonly evictions: number };
  readonly isReady: () => boolean;
  readonly isDraining: () => boolean;
  readonly dependencies: () => ReadonlyMap<string, boolean>;
  /** Whether to observe the process too; the library form leaves that to its host. */
  readonly process: boolean;
}

export interface MetricsOptions {
  readonly policy: RuntimePolicy;
  readonly digest: string;
  readonly version: string;
  readonly unenforced: ReadonlyMap<UnenforcedFeature, number>;
  readonly readings: Readings;
  readonly startedWallMs: number;
}

const SCOPE = 'seaworthy-runtime';
const METHODS: ReadonlySet<string> = new Set(METRICS.http_server_request_duration_seconds.values.http_request_method);

export function createMetrics(options: MetricsOptions): Metrics {
  const { policy } = options;
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  const meter = new MeterProvider({ readers: [exporter] }).getMeter(SCOPE);
  const boundaries = policy.telemetry.latencyBucketsMs.map((ms) => ms / 1000);

  const counter = (name: MetricName) => meter.createCounter(name, { description: METRICS[name].help });
  const histogram = (name: HistogramName): PlainHistogram =>
    createHistogram({ name, description: METRICS[name].help, boundaries });
  const gauge = (name: MetricName, read: () => readonly (readonly [number, Attributes?])[]) =>
    meter.createObservableGauge(name, { description: METRICS[name].help }).addCallback((result) => {
      for (const [value, labels] of read()) result.observe(value, labels);
    });
  const total = (name: MetricName, read: () => readonly (readonly [number, Attributes?])[]) =>
    meter.createObservableCounter(name, { description: METRICS[name].help }).addCallback((result) => {
      for (const [value, labels] of read()) result.observe(value, labels);
    });

  let active = 0;
  const requests = histogram('http_server_request_duration_seconds');
  const upstreamTimes = histogram('upstream_request_duration_seconds');
  const upstreams = Object.keys(policy.upstreams);
  const frontDoor = initialise(
    counter('front_door_refusals_total'),
    FRONT_DOOR_REASONS.map((reason) => ({ reason })),
  );
  const auth = initialise(
    counter('auth_failures_total'),
    AUTH_FAILURE_REASONS.map((reason) => ({ reason })),
  );
  const limits = new Map(Object.keys(policy.limits).map((limit) => [limit, { admitted: 0, refused: 0 }]));
  const upstreamErrors = initialise(
    counter('upstream_errors_total'),
    upstreams.flatMap((upstream) => UPSTREAM_ERROR_REASONS.map((reason) => ({ upstream, reason }))),
  );
  const requestTime = cacheSeries((method: string, route: string, status: number) =>
    requests.series(
      labelsOf('http_server_request_duration_seconds', {
        http_request_method: method,
        http_route: route,
        http_response_status_code: String(status),
      }),
    ),
  );
  const upstreamTime = cacheSeries((upstream: string) =>
    upstreamTimes.series(labelsOf('upstream_request_duration_seconds', { upstream })),
  );
  observeGauges(options, gauge, total);
  gauge('http_server_active_requests', () => [[active]]);
  total('ratelimit_requests_total', () =>
    [...limits].flatMap(([limit, { admitted, refused }]) => [
      [admitted, labelsOf('ratelimit_requests_total', { policy: limit, result: 'admitted' })],
      [refused, labelsOf('ratelimit_requests_total', { policy: limit, result: 'refused' })],
    ]),
  );

  return {
    requestStarted() {
      active += 1;
    },
    requestEnded(method, route, status, ms) {
      active -= 1;
      const path = policy.telemetry.routeLabels ? (route ?? UNMATCHED_ROUTE) : '';
      requestTime(METHODS.has(method) ? method : '_OTHER', path, status)(ms / 1000);
    },
    refusedAtFrontDoor: (reason) => frontDoor.add(1, { reason }),
    limitDecided(limit, result) {
      const counts = limits.get(limit);
      if (counts !== undefined) counts[result] += 1;
    },
    authFailed: (reason) => auth.add(1, { reason }),
    upstreamAnswered: (upstream, ms) => upstreamTime(upstream)(ms / 1000),
    upstreamFailed: (upstream, reason) => upstreamErrors.add(1, { upstream, reason }),
    async scrape() {
      const { resourceMetrics } = await exporter.collect();
      const scope = { name: SCOPE };
      const plain = { scope, metrics: [requests.read(), upstreamTimes.read()].filter(hasSeries) };
      return serializer.serialize({ ...resourceMetrics, scopeMetrics: [...resourceMetrics.scopeMetrics, plain] });
    },
  };
}

function hasSeries({ dataPoints }: { readonly dataPoints: readonly unknown[] }): boolean {
  return dataPoints.length > 0;
}

function observeGauges(
  { policy, digest, version, unenforced, readings, startedWallMs }: MetricsOptions,
  gauge: (name: MetricName, read: () => readonly (readonly [number, Attributes?])[]) => void,
  total: (name: MetricName, read: () => readonly (readonly [number, Attributes?])[]) => void,
): void {
  const { system, environment } = policy;
  const info = labelsOf('policy_info', { digest, system, environment });
  const build = labelsOf('build_info', { version, node_version: process.version });
  gauge('policy_info', () => [[1, info]]);
  gauge('build_info', () => [[1, build]]);
  gauge('policy_unenforced', () => UNENFORCED_FEATURES.map((feature) => [unenforced.get(feature) ?? 0, { feature }]));
  gauge('ratelimit_buckets', () => [[readings.buckets().size]]);
  total('ratelimit_evictions_total', () => [[readings.buckets().evictions]]);
  gauge('runtime_ready', () => [[Number(readings.isReady())]]);
  gauge('runtime_draining', () => [[Number(readings.isDraining())]]);
  gauge('dependency_up', () =>
    [...readings.dependencies()].map(([dependency, isUp]) => [Number(isUp), { dependency }]),
  );
  if (!readings.process) return;
  const processNow = readProcess();
  gauge('nodejs_eventloop_delay_p99_seconds', () => [[processNow.eventLoopDelayP99Seconds()]]);
  gauge('process_resident_memory_bytes', () => [[process.memoryUsage.rss()]]);
  total('process_cpu_seconds_total', () => [[processNow.cpuSeconds()]]);
  gauge('process_start_time_seconds', () => [[startedWallMs / 1000]]);
}

/** Makes every series exist with 0. */
function initialise(counter: Counter, labelSets: readonly Attributes[]): Counter {
  for (const labels of labelSets) counter.add(0, labels);
  return counter;
}

/** Ties a label set to the table: a missing or foreign label does not compile. */
function labelsOf<Name extends MetricName>(_name: Name, labels: MetricLabels<Name>): Attributes {
  return labels;
}

/** Keeps the recorder of each combination. Their number is bounded by the policy: routes, methods, status codes. */
function cacheSeries<Parts extends readonly (string | number)[]>(
  make: (...parts: Parts) => Recorder,
): (...parts: Parts) => Recorder {
  const made = new Map<string, Recorder>();
  return (...parts) => {
    const key = parts.join(' ');
    const found = made.get(key);
    if (found !== undefined) return found;
    const recorder = make(...parts);
    made.set(key, recorder);
    return recorder;
  };
}
