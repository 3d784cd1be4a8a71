/** What telemetry counts about itself. Made once for a process, and read at each scrape. */
import { BUG_REPORT_RESULTS, type BugReportResult, SPAN_DROP_REASONS } from '../../schemas/metrics.ts';
import type { MetricRegistry } from './registry.ts';
import type { SpanCounts } from './traces/span-counts.ts';

export interface TelemetryMetrics {
  bugReported(result: BugReportResult): void;
}

/** `droppedLines`: log lines lost so far. `spans`: on their way to a collector. */
export function createTelemetryMetrics(
  registry: MetricRegistry,
  droppedLines: () => number,
  spans: SpanCounts = NO_SPANS,
): TelemetryMetrics {
  const bugs = registry.counter(
    'telemetry_bug_reports_total',
    BUG_REPORT_RESULTS.map((result) => ({ result })),
  );
  registry.total('telemetry_spans_dropped_total', () =>
    SPAN_DROP_REASONS.map((reason) => [spans.dropped[reason], { reason }] as const),
  );
  registry.total('telemetry_spans_exported_total', () => [[spans.exported, {}]]);
  registry.gauge('telemetry_spans_queued', () => [[spans.waiting, {}]]);
  registry.total('telemetry_log_lines_dropped_total', () => [[droppedLines(), {}]]);
  return { bugReported: (result) => bugs({ result }) };
}

const NO_SPANS: SpanCounts = { waiting: 0, exported: 0, dropped: { 'queue-full': 0, 'export-failed': 0 } };
