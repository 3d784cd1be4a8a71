/**
 * Which tags were invalidated lately, so that a value which was fetched before is not put after.
 *
 * Owns a short memory: who fetched for longer than it reaches back is told that his tags were hit, which costs one more
 * fetch and never serves what is out of date.
 */
export interface Invalidations {
  /** A moment to ask about later. */
  readonly now: number;
  add(tags: readonly string[]): void;
  /** All tags, also those that nobody has. */
  addAll(): void;
  /** Whether one of these tags was invalidated since that moment, or that is no longer known. */
  hitSince(moment: number, tags: readonly string[]): boolean;
}

/** Invalidations that are remembered. */
const REMEMBERED = 1_024;

export function createInvalidations(): Invalidations {
  const recent: (string | undefined)[] = [];
  let now = 0;
  let allBefore = 0;
  return {
    get now() {
      return now;
    },
    add(tags) {
      for (const tag of tags) {
        recent[now % REMEMBERED] = tag;
        now += 1;
      }
    },
    addAll() {
      now += 1;
      allBefore = now;
    },
    hitSince(moment, tags) {
      if (moment < allBefore || now - moment > REMEMBERED) return true;
      for (let at = moment; at < now; at += 1) {
        const tag = recent[at % REMEMBERED];
        if (tag !== undefined && tags.includes(tag)) return true;
      }
      return false;
    },
  };
}
