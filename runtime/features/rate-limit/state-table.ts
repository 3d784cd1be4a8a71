/**
 * States of budgets by key, in bounded memory.
 *
 * Each new key, and every eighth change, looks at some others in turn and drops those that have refilled, as they say nothing that a new key would not:
 * memory falls after a flood, without a timer. Beyond `capacity` the one of a few goes that has least to refill, so that a
 * flood of new keys pushes out its own; it is counted in `evictions`, since its owner gets a fresh burst.
 */
import type { Bucket, State } from './gcra.ts';

export interface StateTable {
  get(key: string): State | undefined;
  /** `nowUs`: decides which other keys have refilled. */
  set(key: string, bucket: Bucket, debtTicks: number, nowUs: number): void;
  delete(key: string): void;
  clear(): void;
  readonly size: number;
  readonly evictions: number;
}

type Entry = { -readonly [Field in keyof State]: State[Field] } & { readonly key: string };

const STEPS = 4;
const CHANGES_A_SWEEP = 8;
const CANDIDATES = 8;

/** Default capacity: 100 000 keys, about 20 MB. */
export function createStateTable(capacity = 100_000): StateTable {
  const entries = new Map<string, Entry>();
  // It goes on where it was, whatever is added or deleted meanwhile. A new one would pass over all that was deleted each time.
  let cursor = entries.values();
  let evictions = 0;
  let changes = 0;

  function visit(): Entry | undefined {
    let step = cursor.next();
    if (step.done === true) {
      cursor = entries.values();
      step = cursor.next();
    }
    return step.done === true ? undefined : step.value;
  }

  function sweep(nowUs: number): void {
    for (let step = 0; step < STEPS; step += 1) {
      const entry = visit();
      if (entry !== undefined && untilFullUs(entry, nowUs) <= 0) entries.delete(entry.key);
    }
  }

  function evict(nowUs: number): void {
    let victim: Entry | undefined;
    for (let step = 0; step < CANDIDATES; step += 1) {
      const entry = visit();
      if (entry !== undefined && (victim === undefined || untilFullUs(entry, nowUs) < untilFullUs(victim, nowUs))) {
        victim = entry;
      }
    }
    if (victim === undefined) return;
    if (untilFullUs(victim, nowUs) > 0) evictions += 1;
    entries.delete(victim.key);
  }

  return {
    get: (key) => entries.get(key),
    set(key, bucket, debtTicks, nowUs) {
      const entry = entries.get(key);
      if (entry === undefined) {
        entries.set(key, { key, atUs: nowUs, debtTicks, bucket });
        sweep(nowUs);
        if (entries.size > capacity) evict(nowUs);
      } else {
        entry.atUs = nowUs;
        entry.debtTicks = debtTicks;
        entry.bucket = bucket;
        changes += 1;
        if (changes % CHANGES_A_SWEEP === 0) sweep(nowUs);
      }
    },
    delete: (key) => void entries.delete(key),
    clear: () => entries.clear(),
    get size() {
      return entries.size;
    },
    get evictions() {
      return evictions;
    },
  };
}

function untilFullUs({ atUs, debtTicks, bucket }: State, nowUs: number): number {
  return debtTicks / bucket.ticksPerUs - (nowUs - atUs);
}
