/**
 * Rows that requests ask for by id, without asking the database each time.
 *
 * Owns when a row is asked for again; relies on `find` for rows and its time limit.
 *
 * Invariants
 * 1. A row is used for `ttlMs` without asking again: a change that nobody told of is noticed within that time.
 * 2. While the database is away, a row that is younger than `maxStaleMs` goes on being used; without one the answer is
 *    `unavailable`, never `absent`: clients throw a key away when they are told that it is wrong.
 * 3. However many requests miss the cache at once, one question per id is asked.
 * 4. Ids that do not exist are remembered briefly and in a bounded number, so that inventing ids costs no memory.
 * 5. An answer that was on its way when a row changed (`forget`) is given to who asked before, and never kept.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../resilience/clock.ts';
import { settledWithin } from '../../resilience/timeout.ts';

export type Entry<Value> =
  | { readonly kind: 'found'; readonly value: Value }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unavailable' };

export interface RecordCache<Value> {
  /** At once for a row that is fresh. */
  get(id: string): Entry<Value> | Promise<Entry<Value>>;
  /** Forgets a row: the next request asks the database, and what is known now is used no more. */
  forget(id: string): void;
  /** Asks for every row again when it is next used; while the database is away what is known goes on being used. */
  expireAll(): void;
  readonly size: { readonly found: number; readonly absent: number };
}

export interface RecordCacheOptions<Value> {
  readonly find: (id: string) => Promise<Value | undefined>;
  readonly ttlMs: () => number;
  readonly maxStaleMs: () => number;
  readonly clock: Clock;
  /** Most rows held, and most ids that do not exist; the least recently used go first. Default: 10 000. */
  readonly capacity?: number;
}

type Cached<Value> = Exclude<Entry<Value>, { kind: 'unavailable' }> & {
  readonly fetchedMs: number;
  readonly epoch: number;
};

const ABSENT_TTL_MS = 5_000;
/** While the database is away it is asked at most this often for rows that are cached. */
const RETRY_AFTER_MS = 1_000;
/** A database that takes longer than this counts as away for rows that are cached. */
const PATIENCE_MS = 50;
const UNAVAILABLE = { kind: 'unavailable' } as const;

export function createRecordCache<Value>(options: RecordCacheOptions<Value>): RecordCache<Value> {
  const { find, ttlMs, maxStaleMs, clock, capacity = 10_000 } = options;
  const found = new LRUCache<string, Cached<Value>>({ max: capacity });
  const absent = new LRUCache<string, Cached<Value>>({ max: capacity });
  const pending = new Map<string, Promise<Entry<Value>>>();
  let failedMs = Number.NEGATIVE_INFINITY;
  let epoch = 0;

  function get(id: string): Entry<Value> | Promise<Entry<Value>> {
    const cached = found.get(id) ?? absent.get(id);
    if (cached === undefined) return pending.get(id) ?? ask(id);
    const ageMs = clock.nowMs() - cached.fetchedMs;
    if (ageMs < freshForMs(cached) && cached.epoch === epoch) return cached;
    if (cached.kind === 'absent' || ageMs >= maxStaleMs()) return pending.get(id) ?? ask(id);
    if (clock.nowMs() - failedMs < RETRY_AFTER_MS) return cached;
    return soon(pending.get(id) ?? ask(id), cached);
  }

  function freshForMs({ kind }: Cached<Value>): number {
    return kind === 'absent' ? Math.min(ABSENT_TTL_MS, ttlMs()) : ttlMs();
  }

  /** The answer, or the row that is here when the answer takes longer than a request should wait for it. */
  async function soon(question: Promise<Entry<Value>>, cached: Cached<Value>): Promise<Entry<Value>> {
    const answer = await settledWithin(PATIENCE_MS, question);
    if (answer.status === 'late') failedMs = clock.nowMs();
    return answer.status !== 'fulfilled' || answer.value.kind === 'unavailable' ? cached : answer.value;
  }

  function ask(id: string): Promise<Entry<Value>> {
    const asked = epoch;
    const isCurrent = (): boolean => pending.get(id) === question;
    const question: Promise<Entry<Value>> = find(id).then(
      (value) => {
        const own = { fetchedMs: clock.nowMs(), epoch: asked };
        const entry: Cached<Value> =
          value === undefined ? { kind: 'absent', ...own } : { kind: 'found', value, ...own };
        if (isCurrent()) replace(id, entry);
        return entry;
      },
      () => {
        if (isCurrent()) pending.delete(id);
        failedMs = clock.nowMs();
        return UNAVAILABLE;
      },
    );
    pending.set(id, question);
    return question;
  }

  function replace(id: string, entry: Cached<Value>): void {
    forget(id);
    (entry.kind === 'absent' ? absent : found).set(id, entry);
  }

  function forget(id: string): void {
    found.delete(id);
    absent.delete(id);
    pending.delete(id);
  }

  return {
    get,
    forget,
    expireAll() {
      epoch += 1;
      absent.clear();
    },
    get size() {
      return { found: found.size, absent: absent.size };
    },
  };
}
