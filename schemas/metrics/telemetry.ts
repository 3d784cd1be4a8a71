/**
 * Telemetry about telemetry: what was seen and could not be told.
 */
import type { MetricDescription } from './description.ts';

/** Why a span was not delivered: the queue was full, or the collector did not take it. */
export const SPAN_DROP_REASONS = ['queue-full', 'export-failed'] as const;
export type SpanDropReason = (typeof SPAN_DROP_REASONS)[number];

/** What became of a bug: reported, or left out as it is known, too many came at once, or the service did not take it. */
export const BUG_REPORT_RESULTS = ['sent', 'repeated', 'too-many', 'failed'] as const;
export type BugReportResult = (typeof BUG_REPORT_RESULTS)[number];

export const TELEMETRY_METRICS = {
  telemetry_spans_exported_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Spans that the collector took.',
    labels: [],
  },
  telemetry_spans_dropped_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Spans that were recorded and not delivered, by reason.',
    labels: ['reason'],
    values: { reason: SPAN_DROP_REASONS },
  },
  telemetry_spans_queued: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Spans that wait for the collector.',
    labels: [],
  },
  telemetry_log_lines_dropped_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Log lines that could not be written: the destination was full, gone or too slow.',
    labels: [],
  },
  telemetry_bug_reports_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Bugs of this program by what became of their report to telemetry.errors; none where that is off.',
    labels: ['result'],
    values: { result: BUG_REPORT_RESULTS },
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
