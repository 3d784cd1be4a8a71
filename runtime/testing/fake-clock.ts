/** Clocks that a test moves. */
import { type Clock, systemClock } from '../resilience/clock.ts';

/** The clock of this machine, which can also be moved on: where waiting would teach nothing. */
export function createSkippingClock(): Clock & { advance(ms: number): void } {
  let skipped = 0;
  return {
    nowMs: () => systemClock.nowMs() + skipped,
    wallMs: () => systemClock.wallMs() + skipped,
    advance(ms) {
      skipped += ms;
    },
  };
}

/** A clock that moves only when told. */

export function createFakeClock(startMs = 1_000): Clock & { advance(ms: number): void } {
  let now = startMs;
  return {
    nowMs: () => now,
    wallMs: () => 1_700_000_000_000 + now,
    advance(ms) {
      now += ms;
    },
  };
}
