/** A clock that moves only when told. */
import type { Clock } from '../policies/clock.ts';

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
