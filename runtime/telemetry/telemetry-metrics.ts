/** What telemetry counts about itself. Made once for a process, and read at each scrape. */
import {
  BUG_REPORT_RESULTS,
  type BugReportResult,
  SPAN_DROP_REASONS,
  type SpanDropReason,
} from '../../schemas/metrics.ts';
import type { MetricRegistry } from './registry.ts';

export interface TelemetryMetrics {
  spansExported(count: number): void;
  spansDropped(count: number, reason: SpanDropReason): void;
  /** Where the gauge of waiting spans reads from. */
  watchQueue(size: () => number): void;
  bugReported(result: BugReportResult): void;
}

/** `droppedLines`: log lines lost so far. */
export function createTelemetryMetrics(registry: MetricRegistry, droppedLines: () => number): TelemetryMetrics {
  let queued = (): number => 0;
  let exported = 0;
  const dropped = registry.counter(
    'telemetry_spans_dropped_total',
    SPAN_DROP_REASONS.map((reason) => ({ reason })),
  );
  const bugs = registry.counter(
    'telemetry_bug_reports_total',
    BUG_REPORT_RESULTS.map((result) => ({ result })),
  );
  registry.total('telemetry_spans_exported_total', () => [[exported, {}]]);
  registry.gauge('telemetry_spans_queued', () => [[queued(), {}]]);
  registry.total('telemetry_log_lines_dropped_total', () => [[droppedLines(), {}]]);
  return {
    spansExported(count) {
      exported += count;
    },
    spansDropped: (count, reason) => dropped({ reason }, count),
    watchQueue(size) {
      queued = size;
    },
    bugReported: (result) => bugs({ result }),
  };
}
