/**
 * Entries in the Redis that all replicas share.
 *
 * Invariants
 * 1. What was looked up before an invalidation of its tags, on any replica, is not put after it, and not served.
 * 2. At most `maxEntries` entries; the least recently used go first. Bytes are bounded by Redis itself (maxmemory).
 * 3. A request waits for Redis once, at most for its command timeout; while Redis is away nothing is found and nothing put.
 * 4. An invalidation that Redis did not take is repeated until it did; until then this replica takes nothing from those tags.
 *
 * The keys of a cache share a slot of a cluster, since one script reads them together.
 */
import { randomUUID } from 'node:crypto';
import type { SharedRedis } from '../../storage/redis/open-redis.ts';
import { runScript, runScriptForBytes } from '../../storage/redis/scripts.ts';
import type { AskRedis } from './ask-redis.ts';
import { type CacheEntry, type CacheStore, type Found, NOTHING, type Put } from './cache-store.ts';
import { decodeEntry, encodeEntry } from './entry-codec.ts';
import { MARK, PUT, READ } from './redis-scripts.ts';

export interface RedisStoreOptions {
  readonly redis: SharedRedis;
  readonly ask: AskRedis;
  readonly name: string;
  readonly maxEntries: number;
  /** Longest life of an entry, stale time included. */
  readonly lifeMs: number;
  readonly onEvicted: (count: number) => void;
}

/** Marks outlive whatever was fetched under them: the life of an entry, and an hour for the fetch. */
const LONGEST_FETCH_MS = 3_600_000;
const RETRY_MS = 250;
/** More tags than these are all tags. */
const MOST_PENDING = 1_000;
/** The mark that all entries have. */
const ALL = '*';

export function createRedisStore(options: RedisStoreOptions): CacheStore {
  const { redis, ask, name, maxEntries, lifeMs, onEvicted } = options;
  const base = `${redis.prefix}{cache:${name}}:`;
  const index = `${base}index`;
  const marksLiveMs = lifeMs + LONGEST_FETCH_MS;
  // Each with the number of its last invalidation, which a flush that began before has not done.
  const pending = new Map<string, number>();
  let invalidations = 0;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;

  const entryKey = (key: string): string => `${base}entry:${key}`;
  const markKeys = (tags: readonly string[]): readonly string[] => [ALL, ...tags].map((tag) => `${base}mark:${tag}`);

  async function read(key: string, tags: readonly string[]): Promise<Found> {
    if (pending.size > 0 && [ALL, ...tags].some((tag) => pending.has(tag))) return NOTHING;
    const keys = [entryKey(key), index, ...markKeys(tags)];
    const reply = await ask(() => runScriptForBytes(redis.client, READ, keys, [randomUUID(), marksLiveMs]));
    if (!Array.isArray(reply)) return NOTHING;
    const [value, leftMs, ...marks] = reply;
    const current = marks.map(String);
    const put: Put = (putKey, entry) => store(putKey, entry, tags, current);
    const decoded = Buffer.isBuffer(value) ? decodeEntry(value) : undefined;
    if (decoded === undefined || decoded.marks.join() !== current.join()) return { kept: undefined, put };
    const { entry } = decoded;
    const residentMs = Math.max(0, entry.freshMs + entry.staleMs - Number(leftMs));
    return { kept: { entry, residentMs }, put };
  }

  async function store(
    key: string,
    entry: CacheEntry,
    tags: readonly string[],
    marks: readonly string[],
  ): Promise<void> {
    const keys = [entryKey(key), index, ...markKeys(tags)];
    const life = Math.max(1, Math.ceil(entry.freshMs + entry.staleMs));
    const args = [encodeEntry(entry, marks), life, maxEntries, marksLiveMs, ...marks];
    const evicted = Number(await ask(() => runScript(redis.client, PUT, keys, args)));
    if (evicted > 0) onEvicted(evicted);
  }

  async function mark(tags: readonly string[]): Promise<void> {
    invalidations += 1;
    for (const tag of tags) pending.set(tag, invalidations);
    if (pending.size > MOST_PENDING) {
      pending.clear();
      pending.set(ALL, invalidations);
    }
    await flush();
  }

  async function flush(): Promise<void> {
    const begun = [...pending];
    if (begun.length === 0) return;
    const keys = begun.map(([tag]) => `${base}mark:${tag}`);
    const reply = await ask(() => runScript(redis.client, MARK, keys, [randomUUID(), marksLiveMs]));
    if (reply !== undefined) {
      for (const [tag, invalidation] of begun) if (pending.get(tag) === invalidation) pending.delete(tag);
    } else if (!isClosed) {
      retry ??= setTimeout(() => {
        retry = undefined;
        void flush();
      }, RETRY_MS).unref();
    }
  }

  return {
    read,
    invalidate: mark,
    clear: () => mark([ALL]),
    async size() {
      const entries = await ask(() => redis.client.zcard(index));
      return { entries, bytes: undefined };
    },
    close() {
      isClosed = true;
      clearTimeout(retry);
    },
  };
}
