/**
 * Everything on for ten minutes: does the memory grow?
 *
 * The heap is read after a collection every few seconds. The first fifth of the time fills caches and compiles code; over
 * the rest a straight line is fitted, and its slope is the answer.
 */
import { fitLine } from '../measure/statistics.ts';
import { measure, startSubject } from './measure-subjects.ts';
import { ask } from './processes.ts';
import type { Surroundings } from './subject-kinds.ts';

export interface Soak {
  readonly minutes: number;
  readonly requests: number;
  readonly heapMegabytes: number;
  readonly heapSlopePerMinute: number;
  readonly residentMegabytes: number;
  readonly residentSlopePerMinute: number;
}

const SLICE_MS = 5_000;
const SETTLING_SHARE = 0.2;
const MB = 1e6;

export async function soak(subject: string, around: Surroundings, minutes: number): Promise<Soak> {
  const running = await startSubject(subject, around, ['--expose-gc']);
  const samples: { readonly minute: number; readonly heap: number; readonly resident: number }[] = [];
  let requests = 0;
  const startedMs = performance.now();
  const minuteNow = (): number => (performance.now() - startedMs) / 60_000;
  try {
    while (minuteNow() < minutes) {
      const slice = await measure(running, 50, 1_000_000, SLICE_MS);
      requests += Math.round((slice.requestsPerSecond * SLICE_MS) / 1000);
      const { heapBytes, residentBytes } = await ask(running.child);
      samples.push({ minute: minuteNow(), heap: heapBytes / MB, resident: residentBytes / MB });
    }
  } finally {
    running.child.disconnect();
  }
  const settled = samples.filter(({ minute }) => minute >= minutes * SETTLING_SHARE);
  const slope = (read: (sample: (typeof samples)[number]) => number): number =>
    fitLine(settled.map((sample) => ({ x: sample.minute, y: read(sample) })));
  const last = samples.at(-1);
  return {
    minutes,
    requests,
    heapMegabytes: last?.heap ?? 0,
    heapSlopePerMinute: slope(({ heap }) => heap),
    residentMegabytes: last?.resident ?? 0,
    residentSlopePerMinute: slope(({ resident }) => resident),
  };
}
