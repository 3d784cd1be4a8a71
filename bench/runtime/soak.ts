/**
 * Everything on for ten minutes under a constant load, limits counted in Redis: does the memory grow?
 *
 * The heap is read after a collection every few seconds. The first fifth of the time fills caches and compiles code; over
 * the rest a straight line is fitted, and its slope is the answer. The load is bounded, so that the machine is never the limit.
 */
import { fitLine, spreadOf } from '../measure/statistics.ts';
import { measure, startSubject } from './measure-subjects.ts';
import { ask } from './processes.ts';
import { withSurroundings } from './surroundings.ts';

export interface Soak {
  readonly minutes: number;
  readonly requests: number;
  /** Requests a second that were asked for. */
  readonly rate: number;
  readonly heap: Growth;
  readonly resident: Growth;
}

export interface Growth {
  readonly megabytesAtEnd: number;
  readonly megabytesPerMinute: number;
}

const SUBJECTS = { withRedis: 'everything on, Redis', inMemory: 'runtime, everything on' } as const;
const RATE = 1_000;
const CONNECTIONS = 50;
const SLICE_MS = 5_000;
const SETTLING_SHARE = 0.2;
const MB = 1e6;

interface Sample {
  readonly minute: number;
  readonly heap: number;
  readonly resident: number;
}

export function soak(minutes: number): Promise<Soak> {
  return withSurroundings(async (around) => {
    const name = around.redis === undefined ? SUBJECTS.inMemory : SUBJECTS.withRedis;
    const running = await startSubject(name, around, ['--expose-gc']);
    const samples: Sample[] = [];
    let requests = 0;
    const startedMs = performance.now();
    const minuteNow = (): number => (performance.now() - startedMs) / 60_000;
    try {
      while (minuteNow() < minutes) {
        const load = { connections: CONNECTIONS, requests: Number.MAX_SAFE_INTEGER, longestMs: SLICE_MS, rate: RATE };
        requests += (await measure(running, load)).requests;
        const { heapBytes, residentBytes } = await ask(running.child);
        samples.push({ minute: minuteNow(), heap: heapBytes / MB, resident: residentBytes / MB });
      }
    } finally {
      running.child.disconnect();
    }
    const settled = samples.filter(({ minute }) => minute >= minutes * SETTLING_SHARE);
    return {
      minutes,
      requests,
      rate: RATE,
      heap: growthOf(settled, ({ heap }) => heap),
      resident: growthOf(settled, ({ resident }) => resident),
    };
  });
}

/** One sample says little about the end; the middle of the last fifth does. */
function growthOf(samples: readonly Sample[], read: (sample: Sample) => number): Growth {
  const last = samples.slice(-Math.ceil(samples.length / 5));
  return {
    megabytesAtEnd: spreadOf(last.map(read)).median,
    megabytesPerMinute: fitLine(samples.map((sample) => ({ x: sample.minute, y: read(sample) }))),
  };
}
