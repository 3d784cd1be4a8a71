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
import { openMetricPush } from './otlp/open-metric-push.ts';
import { createMetricRegistry, type MetricRegistry } from './registry.ts';
import { createTelemetryMetrics } from './telemetry-metrics.ts';
import { openTraces, type Traces } from './traces/open-traces.ts';

export interface Telemetry {
  readonly registry: MetricRegistry;
  readonly traces: Traces;
  readonly bugs: BugReports;
  /** Sends what waits, each for a bounded time. */
  close(): Promise<void>;
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
}

export type OpenedTelemetry =
  | (Telemetry & { readonly kind: 'opened' })
  /** A variable that the policy names holds something unusable. */
  | { readonly kind: 'refused'; readonly reason: string };

const BUGS_TIMEOUT_MS = 1_000;

export async function openTelemetry(options: OpenTelemetryOptions): Promise<OpenedTelemetry> {
  const { destination } = options;
  const push = await openMetricPush(options);
  if (push.kind === 'refused') return push;
  const registry = createMetricRegistry(push);
  const metrics = createTelemetryMetrics(registry, () => destination.droppedLines ?? 0);
  const reports = await openBugReports({ ...options, metrics });
  const opened = await openTraces({ ...options, metrics });
  if (reports.kind === 'refused' || opened.kind === 'refused') {
    await Promise.all([registry.close(), opened.kind === 'opened' ? opened.traces.close() : undefined]);
    return {
      kind: 'refused',
      reason: [reports, opened].flatMap((part) => (part.kind === 'refused' ? part.reason : [])).join('; '),
    };
  }
  const { bugs } = reports;
  const { traces } = opened;
  return {
    kind: 'opened',
    registry,
    traces,
    bugs,
    async close() {
      await Promise.all([traces.close(), bugs.close(BUGS_TIMEOUT_MS), registry.close()]);
    },
  };
}
