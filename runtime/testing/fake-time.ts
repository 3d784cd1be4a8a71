/** A clock and a schedule that move together, only when a test tells them. */
import type { Clock } from '../resilience/clock.ts';
import type { Schedule } from '../resilience/schedule.ts';
import { createFakeClock } from './fake-clock.ts';

export interface FakeTime extends Clock {
  readonly schedule: Schedule;
  /** What is scheduled and was not taken back. */
  readonly pending: number;
  /** Moves on, runs what falls due in its order, and lets promises settle. */
  advance(ms: number): Promise<void>;
}

export function createFakeTime(): FakeTime {
  const clock = createFakeClock();
  const due = new Set<{ readonly atMs: number; readonly run: () => void }>();
  return {
    ...clock,
    schedule(ms, run) {
      const entry = { atMs: clock.nowMs() + ms, run };
      due.add(entry);
      return () => due.delete(entry);
    },
    get pending() {
      return due.size;
    },
    async advance(ms) {
      const endMs = clock.nowMs() + ms;
      for (;;) {
        const next = [...due].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        due.delete(next);
        clock.advance(Math.max(0, next.atMs - clock.nowMs()));
        next.run();
        await settled();
      }
      clock.advance(endMs - clock.nowMs());
      await settled();
    },
  };
}

/** Lets all promises that are ready run their course. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
