/**
 * Which rows changed so lately that a read replica may not have heard of it.
 *
 * Whoever looks up such a row asks the primary; else a key that was just revoked would come back from the replica and be
 * kept for a whole cache time.
 */
import type { Clock } from '../../resilience/clock.ts';

export interface RecentChanges {
  note(id: string): void;
  /** Something changed, and it is not known what. */
  noteAll(): void;
  has(id: string): boolean;
}

const CAPACITY = 10_000;

/** `windowMs`: how long a change may take to the replica. */
export function createRecentChanges(windowMs: number, clock: Clock): RecentChanges {
  const changes = new Map<string, number>();
  let allMs = Number.NEGATIVE_INFINITY;
  return {
    note(id) {
      changes.delete(id);
      changes.set(id, clock.nowMs());
      if (changes.size <= CAPACITY) return;
      changes.clear();
      allMs = clock.nowMs();
    },
    noteAll() {
      allMs = clock.nowMs();
    },
    has(id) {
      const now = clock.nowMs();
      const atMs = changes.get(id);
      if (atMs !== undefined && now - atMs >= windowMs) changes.delete(id);
      return now - allMs < windowMs || (atMs !== undefined && now - atMs < windowMs);
    },
  };
}
