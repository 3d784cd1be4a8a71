/**
 * Keys whose answers turned out not to be for sharing, for a short while.
 *
 * Who asks for one of these does not wait for others first: they would be served one after the other.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../resilience/clock.ts';

export interface PassMarks {
  set(key: string): void;
  has(key: string): boolean;
}

const LASTS_MS = 5_000;
const MOST = 10_000;

export function createPassMarks(clock: Clock): PassMarks {
  // Without a resolution there is no timer.
  const marks = new LRUCache<string, true>({
    max: MOST,
    ttl: LASTS_MS,
    ttlResolution: 0,
    perf: { now: () => clock.nowMs() },
  });
  return {
    set: (key) => void marks.set(key, true),
    has: (key) => marks.has(key),
  };
}
