/**
 * Keys whose answers turned out not to be for sharing, for a short while.
 *
 * Who asks for one of these does not wait for others first: they would be served one after the other.
 */
import type { Clock } from '../../resilience/clock.ts';

export interface PassMarks {
  set(key: string): void;
  has(key: string): boolean;
}

const LASTS_MS = 5_000;
const MOST = 10_000;

export function createPassMarks(clock: Clock): PassMarks {
  const until = new Map<string, number>();
  return {
    set(key) {
      until.delete(key);
      until.set(key, clock.nowMs() + LASTS_MS);
      for (const oldest of until.keys()) {
        if (until.size <= MOST) break;
        until.delete(oldest);
      }
    },
    has(key) {
      const ends = until.get(key);
      if (ends === undefined) return false;
      if (clock.nowMs() < ends) return true;
      until.delete(key);
      return false;
    },
  };
}
