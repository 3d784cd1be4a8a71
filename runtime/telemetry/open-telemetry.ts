/**
 * Everything that a running gateway tells about itself, opened once at start.
 *
 * Owns the order: what cannot be opened with this environment refuses the start before anything is left open. The log is
 * opened by whoever starts the runtime, and the text of a scrape is given out by the admin port.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Environment } from '../environment/environment.ts';
import type { Clock } from '../resilience/clock.ts';
import type { BugReports } from './errors/bug-reports.ts';
import { openBugReports } from './errors/open-bug-reports.ts';
import type { Log } from './log.ts';
import { createMetricRegistry, type MetricRegistry } from './registry.ts';
import type { StartSdk, Tracing } from './sdk.ts';
import { createTelemetryMetrics } from './telemetry-metrics.ts';
import { createLateTracer } from './traces/late-tracer.ts';
import { idsOnly, type RequestTracer } from './traces/request-tracer.ts';

export interface Telemetry {
  readonly registry: MetricRegistry;
  readonly traces: Traces;
  readonly bugs: BugReports;
  /** Sends what waits, each for a bounded time. */
  close(): Promise<void>;
}

export interface Traces {
  readonly tracer: RequestTracer;
  /** Says from now on which policy is in force. */
  use(digest: string): void;
}

/** Where log lines go. */
export interface LogDestination {
  write(line: string): void;
  /** Lines that were lost so far. Absent: none are. */
  readonly droppedLines?: number;
}

export interface OpenTelemetryOptions {
  readonly policy: RuntimePolicy;
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly destination: LogDestination;
  readonly startSdk: StartSdk | undefined;
}

export type OpenedTelemetry =
  | (Telemetry & { readonly kind: 'opened' })
  /** A variable that the policy names holds something unusable. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

const BUGS_TIMEOUT_MS = 1_000;

export async function openTelemetry(options: OpenTelemetryOptions): Promise<OpenedTelemetry> {
  const { destination, clock, startSdk } = options;
  const started = (await startSdk?.(options)) ?? { kind: 'off' };
  if (started.kind === 'refused') return started;
  const sdk = started.kind === 'started' ? started.sdk : undefined;
  const registry = createMetricRegistry(sdk?.metering);
  const metrics = createTelemetryMetrics(registry, () => destination.droppedLines ?? 0, sdk?.tracing?.spans);
  const reports = await openBugReports({ ...options, metrics });
  if (reports.kind === 'refused') {
    await sdk?.shutdown();
    return { kind: 'refused', reasons: [reports.reason] };
  }
  const { bugs } = reports;
  return {
    kind: 'opened',
    registry,
    traces: createTraces(sdk?.tracing, clock),
    bugs,
    async close() {
      await Promise.all([sdk?.shutdown(), bugs.close(BUGS_TIMEOUT_MS)]);
    },
  };
}

function createTraces(tracing: Tracing | undefined, clock: Clock): Traces {
  let digest = '';
  return {
    tracer: tracing === undefined ? idsOnly : createLateTracer({ tracing, clock, digest: () => digest }),
    use(inForce) {
      digest = inForce;
    },
  };
}
