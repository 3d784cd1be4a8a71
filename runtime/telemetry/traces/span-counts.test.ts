import { deepEqual, equal } from 'node:assert/strict';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { AlwaysOnSampler, type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace';
import { describe } from '../../../compiler/testing/suite.ts';
import { createSpanCounter } from './span-counts.ts';

/** A counter of three spans at most, in front of a batch that is sent by hand. */
function start() {
  const said: (string | undefined)[] = [];
  const counter = createSpanCounter(3, (error) => said.push(error));
  let batch: ReadableSpan[] = [];
  const done: ((result: ExportResult) => void)[] = [];
  const exporter = counter.watchExporter({
    export: (_spans, finish) => void done.push(finish),
    shutdown: async () => undefined,
  });
  const processor = counter.watchProcessor({
    onStart: () => undefined,
    onEnd: (span) => void batch.push(span),
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  });
  const provider = new TracerProvider({ sampler: new AlwaysOnSampler(), spanProcessors: [processor] });
  const end = (spans: number) => {
    for (let index = 0; index < spans; index += 1) provider.getTracer('test').startSpan('span').end();
  };
  const send = () => {
    exporter.export(batch, () => undefined);
    batch = [];
  };
  const settle = (result: ExportResult) => done.shift()?.(result);
  return { counter, said, end, send, settle };
}

const dropped = (full: number, failed: number) => ({ 'queue-full': full, 'export-failed': failed });

describe('spans on their way to a collector', (it) => {
  it('are counted once each :: waiting, exported, beyond the queue, refused', () => {
    const { counter, said, end, send, settle } = start();
    const { counts } = counter;
    end(5);
    deepEqual([counts.waiting, counts.dropped], [3, dropped(2, 0)]);
    send();
    equal(counts.waiting, 0, 'a batch on its way makes room');
    end(1);
    settle({ code: ExportResultCode.SUCCESS });
    send();
    settle({ code: ExportResultCode.FAILED, error: new Error('503') });
    end(1);
    send();
    settle({ code: ExportResultCode.FAILED });
    deepEqual([counts.waiting, counts.exported, counts.dropped], [0, 3, dropped(2, 2)]);
    end(1);
    send();
    settle({ code: ExportResultCode.SUCCESS });
    deepEqual(said, ['503', undefined], 'each change is said once');
  });

  it('are dropped when nobody waits any more, and a late answer changes nothing', () => {
    const { counter, end, send, settle } = start();
    end(2);
    send();
    end(1);
    counter.giveUp();
    deepEqual([counter.counts.waiting, counter.counts.dropped], [0, dropped(0, 3)]);
    settle({ code: ExportResultCode.SUCCESS });
    end(1);
    deepEqual([counter.counts.exported, counter.counts.dropped], [0, dropped(1, 3)]);
  });
});
