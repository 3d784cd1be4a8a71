/**
 * Counts the spans that pass through a batch processor.
 *
 * The SDK's processor drops in silence; a gap in the traces must be told from a quiet hour.
 *
 * Invariants
 * 1. Every span that ends is waiting, on its way, exported or dropped, and is counted once.
 * 2. What the batch processor would drop does not reach it: at most `capacity` spans wait.
 */
import { ExportResultCode } from '@opentelemetry/core';
import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { SpanDropReason } from '../../../schemas/metrics.ts';

export interface SpanCounts {
  readonly waiting: number;
  readonly exported: number;
  readonly dropped: Readonly<Record<SpanDropReason, number>>;
}

export interface SpanCounter {
  readonly counts: SpanCounts;
  /** The exporter behind the batch processor. */
  watchExporter(exporter: SpanExporter): SpanExporter;
  /** The batch processor itself. */
  watchProcessor(processor: SpanProcessor): SpanProcessor;
  /** Nothing is waited for any more: what is left is dropped. */
  giveUp(): void;
}

/** `onChange` is called when exports begin to fail and when they work again. */
export function createSpanCounter(capacity: number, onChange: (error: string | undefined) => void): SpanCounter {
  const dropped = { 'queue-full': 0, 'export-failed': 0 };
  const counts = { waiting: 0, exported: 0, dropped };
  let onTheirWay = 0;
  let isAway = false;
  let isOver = false;

  function settle(spans: number, error: string | undefined): void {
    if (isOver) return;
    onTheirWay -= spans;
    if (error === undefined) counts.exported += spans;
    else dropped['export-failed'] += spans;
    if (isAway === (error !== undefined)) return;
    isAway = !isAway;
    onChange(error);
  }

  return {
    counts,
    watchExporter: (exporter) => ({
      export(spans, done) {
        counts.waiting -= spans.length;
        onTheirWay += spans.length;
        exporter.export(spans, (result) => {
          const hasFailed = result.code !== ExportResultCode.SUCCESS;
          settle(spans.length, hasFailed ? (result.error?.message ?? 'refused') : undefined);
          done(result);
        });
      },
      shutdown: () => exporter.shutdown(),
    }),
    watchProcessor: (processor) => ({
      onStart: (span, context) => processor.onStart(span, context),
      onEnd(span) {
        if (isOver || counts.waiting >= capacity) {
          dropped['queue-full'] += 1;
          return;
        }
        counts.waiting += 1;
        processor.onEnd(span);
      },
      forceFlush: () => processor.forceFlush(),
      shutdown: () => processor.shutdown(),
    }),
    giveUp() {
      isOver = true;
      dropped['export-failed'] += counts.waiting + onTheirWay;
      counts.waiting = 0;
    },
  };
}
