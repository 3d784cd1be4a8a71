/**
 * Spans on their way to a collector, off the request path.
 *
 * The queue of the SDK drops in silence; this one counts, as a gap in the traces must be told from a quiet hour.
 *
 * Invariants
 * 1. `add` never waits and never fails: what does not fit is counted and gone.
 * 2. At most `CAPACITY` spans wait and at most `BATCH` are on their way, however long the collector is away.
 * 3. One export runs at a time, each ends within `EXPORT_TIMEOUT_MS`, and none is tried again.
 * 4. No timer runs while nothing waits, and none keeps the process.
 */
import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { settledWithin } from '../../resilience/timeout.ts';

const CAPACITY = 2_048;
const BATCH = 512;
const DELAY_MS = 1_000;
/** Longer than what the exporter itself is given. */
const EXPORT_TIMEOUT_MS = 6_000;

export interface SpanQueueOptions {
  readonly exporter: SpanExporter;
  readonly onExported: (spans: number) => void;
  readonly onDropped: (spans: number, reason: 'queue-full' | 'export-failed') => void;
  /** Called when exports begin to fail and when they work again. */
  readonly onChange: (error: string | undefined) => void;
}

export interface SpanQueue {
  add(span: ReadableSpan): void;
  readonly size: number;
  /** Sends what waits, for at most `timeoutMs`; what is left then is dropped. */
  close(timeoutMs: number): Promise<void>;
}

export function createSpanQueue({ exporter, onExported, onDropped, onChange }: SpanQueueOptions): SpanQueue {
  let waiting: ReadableSpan[] = [];
  let timer: NodeJS.Timeout | undefined;
  let exporting: Promise<void> | undefined;
  let isAway = false;
  let isClosed = false;

  function arm(): void {
    if (timer !== undefined || exporting !== undefined || waiting.length === 0) return;
    timer = setTimeout(() => void exportNext(), waiting.length >= BATCH ? 0 : DELAY_MS);
    timer.unref();
  }

  function exportNext(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    exporting ??= exportBatch().finally(() => {
      exporting = undefined;
      arm();
    });
    return exporting;
  }

  async function exportBatch(): Promise<void> {
    const batch = waiting.splice(0, BATCH);
    if (batch.length === 0) return;
    const error = await send(exporter, batch);
    if (error === undefined) onExported(batch.length);
    else onDropped(batch.length, 'export-failed');
    if (isAway !== (error !== undefined)) {
      isAway = !isAway;
      onChange(error);
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0 || exporting !== undefined) await exportNext();
    await exporter.shutdown();
  }

  return {
    add(span) {
      if (isClosed || waiting.length >= CAPACITY) {
        onDropped(1, 'queue-full');
        return;
      }
      waiting.push(span);
      if (timer === undefined || waiting.length === BATCH) {
        clearTimeout(timer);
        timer = undefined;
        arm();
      }
    },
    get size() {
      return waiting.length;
    },
    async close(timeoutMs) {
      isClosed = true;
      await settledWithin(timeoutMs, drain());
      const left = waiting;
      waiting = [];
      if (left.length > 0) onDropped(left.length, 'export-failed');
    },
  };
}

/** What went wrong; undefined when the collector has the spans. */
async function send(exporter: SpanExporter, batch: ReadableSpan[]): Promise<string | undefined> {
  const answered = new Promise<string | undefined>((resolve) => {
    exporter.export(batch, ({ code, error }) =>
      resolve(code === ExportResultCode.SUCCESS ? undefined : (error?.message ?? 'refused')),
    );
  });
  const outcome = await settledWithin(EXPORT_TIMEOUT_MS, answered);
  return outcome.status === 'fulfilled' ? outcome.value : 'no answer in time';
}
