/**
 * The instruments, made from the table in schemas/metrics.ts and from nothing else.
 *
 * Owns recording and the text of a scrape; starts no server and no exporter thread. Label objects are made once for each
 * combination, since a request records several of them. Gauges are read when somebody scrapes.
 */
import type { Attributes, Counter, Histogram } from '@opentelemetry/api';
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
import { readProcess } from './process-readings.ts';

export interface Metrics {
  requestStarted(): void;
  /** `route` is the path of the route, undefined when none matched. */
  requestEnded(request: { method: string; route: string | undefined; status: number; ms: number }): void;
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

const METHODS: ReadonlySet<string> = new Set(METRICS.http_server_request_duration_seconds.values.http_request_method);

export function createMetrics(options: MetricsOptions): Metrics {
  const { policy } = options;
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  const meter = new MeterProvider({ readers: [exporter] }).getMeter('seaworthy-runtime');
  const boundaries = policy.telemetry.latencyBucketsMs.map((ms) => ms / 1000);

  const counter = (name: MetricName) => meter.createCounter(name, { description: METRICS[name].help });
  const histogram = (name: HistogramName): Histogram =>
    meter.createHistogram(name, {
      description: METRICS[name].help,
      advice: { explicitBucketBoundaries: boundaries },
    });
  const gauge = (name: MetricName, read: () => readonly (readonly [number, Attributes?])[]) =>
    meter.createObservableGauge(name, { description: METRICS[name].help }).addCallback((result) => {
      for (const [value, labels] of read()) result.observe(value, labels);
    });
  const total = (name: MetricName, read: () => number) =>
    meter.createObservableCounter(name, { description: METRICS[name].help }).addCallback((result) => {
      result.observe(read());
    });

  const active = meter.createUpDownCounter('http_server_active_requests', {
    description: METRICS.http_server_active_requests.help,
  });
  active.add(0);
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
  const limits = initialise(
    counter('ratelimit_requests_total'),
    Object.keys(policy.limits).flatMap((limit) => [
      { policy: limit, result: 'admitted' },
      { policy: limit, result: 'refused' },
    ]),
  );
  const upstreamErrors = initialise(
    counter('upstream_errors_total'),
    upstreams.flatMap((upstream) => UPSTREAM_ERROR_REASONS.map((reason) => ({ upstream, reason }))),
  );
  const requestLabels = cacheLabels((method: string, route: string, status: string) =>
    labelsOf('http_server_request_duration_seconds', {
      http_request_method: method,
      http_route: route,
      http_response_status_code: status,
    }),
  );
  const upstreamLabels = cacheLabels((upstream: string) => labelsOf('upstream_request_duration_seconds', { upstream }));
  observeGauges(options, gauge, total);

  return {
    requestStarted: () => active.add(1),
    requestEnded({ method, route, status, ms }) {
      active.add(-1);
      const path = policy.telemetry.routeLabels ? (route ?? UNMATCHED_ROUTE) : '';
      requests.record(ms / 1000, requestLabels(METHODS.has(method) ? method : '_OTHER', path, String(status)));
    },
    refusedAtFrontDoor: (reason) => frontDoor.add(1, { reason }),
    limitDecided: (limit, result) => limits.add(1, { policy: limit, result }),
    authFailed: (reason) => auth.add(1, { reason }),
    upstreamAnswered: (upstream, ms) => upstreamTimes.record(ms / 1000, upstreamLabels(upstream)),
    upstreamFailed: (upstream, reason) => upstreamErrors.add(1, { upstream, reason }),
    async scrape() {
      const { resourceMetrics } = await exporter.collect();
      return serializer.serialize(resourceMetrics);
    },
  };
}

function observeGauges(
  { policy, digest, version, unenforced, readings, startedWallMs }: MetricsOptions,
  gauge: (name: MetricName, read: () => readonly (readonly [number, Attributes?])[]) => void,
  total: (name: MetricName, read: () => number) => void,
): void {
  const { system, environment } = policy;
  const info = labelsOf('policy_info', { digest, system, environment });
  const build = labelsOf('build_info', { version, node_version: process.version });
  gauge('policy_info', () => [[1, info]]);
  gauge('build_info', () => [[1, build]]);
  gauge('policy_unenforced', () => UNENFORCED_FEATURES.map((feature) => [unenforced.get(feature) ?? 0, { feature }]));
  gauge('ratelimit_buckets', () => [[readings.buckets().size]]);
  total('ratelimit_evictions_total', () => readings.buckets().evictions);
  gauge('runtime_ready', () => [[Number(readings.isReady())]]);
  gauge('runtime_draining', () => [[Number(readings.isDraining())]]);
  gauge('dependency_up', () =>
    [...readings.dependencies()].map(([dependency, isUp]) => [Number(isUp), { dependency }]),
  );
  if (!readings.process) return;
  const processNow = readProcess();
  gauge('nodejs_eventloop_delay_p99_seconds', () => [[processNow.eventLoopDelayP99Seconds()]]);
  gauge('process_resident_memory_bytes', () => [[process.memoryUsage.rss()]]);
  total('process_cpu_seconds_total', () => processNow.cpuSeconds());
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

/** Keeps the label object of each combination. Their number is bounded by the policy: routes, methods, status codes. */
function cacheLabels<Parts extends readonly string[]>(
  make: (...parts: Parts) => Attributes,
): (...parts: Parts) => Attributes {
  const made = new Map<string, Attributes>();
  return (...parts) => {
    const key = parts.join(' ');
    const found = made.get(key);
    if (found !== undefined) return found;
    const labels = make(...parts);
    made.set(key, labels);
    return labels;
  };
}
