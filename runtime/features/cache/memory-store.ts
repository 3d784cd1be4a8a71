/**
 * Entries in the memory of one process, bounded in number and in bytes.
 *
 * Invariants
 * 1. At most `maxEntries` entries and `maxBytes` bytes are held; the least recently used go first.
 * 2. What was looked up before an invalidation of its tags is not put after it.
 * 3. Nothing runs in the background: what has ended goes when it is read, or when its turn comes.
 */
import type { Clock } from '../../resilience/clock.ts';
import type { CacheEntry, CacheStore, Found } from './cache-store.ts';
import { createInvalidations } from './invalidations.ts';

export interface MemoryStoreOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly clock: Clock;
  /** An entry went before its end, to make room. */
  readonly onEvicted: () => void;
}

interface Held {
  readonly entry: CacheEntry;
  readonly tags: readonly string[];
  readonly putMs: number;
  readonly bytes: number;
}

export function createMemoryStore({ maxEntries, maxBytes, clock, onEvicted }: MemoryStoreOptions): CacheStore {
  // A Map keeps insertion order, and a key is inserted anew at each use: the first is the longest unused.
  const held = new Map<string, Held>();
  const keysByTag = new Map<string, Set<string>>();
  const invalidations = createInvalidations();
  let bytes = 0;

  function put(key: string, entry: CacheEntry, tags: readonly string[]): void {
    const size = sizeOf(key, entry);
    drop(key);
    if (size > maxBytes) return;
    while (held.size >= maxEntries || bytes + size > maxBytes) evictOldest();
    held.set(key, { entry, tags, putMs: clock.nowMs(), bytes: size });
    bytes += size;
    for (const tag of tags) {
      const keys = keysByTag.get(tag);
      if (keys === undefined) keysByTag.set(tag, new Set([key]));
      else keys.add(key);
    }
  }

  function evictOldest(): void {
    for (const [key, { entry, putMs }] of held) {
      if (clock.nowMs() - putMs < entry.freshMs + entry.staleMs) onEvicted();
      drop(key);
      return;
    }
  }

  function drop(key: string): void {
    const old = held.get(key);
    if (old === undefined) return;
    held.delete(key);
    bytes -= old.bytes;
    for (const tag of old.tags) {
      const keys = keysByTag.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) keysByTag.delete(tag);
    }
  }

  return {
    read(key, tags): Found {
      const found = held.get(key);
      if (found !== undefined) {
        const residentMs = clock.nowMs() - found.putMs;
        const { freshMs, staleMs } = found.entry;
        held.delete(key);
        held.set(key, found);
        if (residentMs < freshMs) return { kept: { entry: found.entry, residentMs }, put: undefined };
        if (residentMs < freshMs + staleMs) return { kept: { entry: found.entry, residentMs }, put: putLater(tags) };
        drop(key);
      }
      return { kept: undefined, put: putLater(tags) };
    },
    async invalidate(tags) {
      invalidations.add(tags);
      for (const tag of tags) for (const key of [...(keysByTag.get(tag) ?? [])]) drop(key);
    },
    async clear() {
      invalidations.addAll();
      held.clear();
      keysByTag.clear();
      bytes = 0;
    },
    size: () => ({ entries: held.size, bytes }),
    close: () => undefined,
  };

  function putLater(tags: readonly string[]) {
    const since = invalidations.now;
    return (key: string, entry: CacheEntry) => {
      if (!invalidations.hitSince(since, tags)) put(key, entry, tags);
      return undefined;
    };
  }
}

/** Body, head and key; what the engine adds for each entry is guessed. */
function sizeOf(key: string, { body, head }: CacheEntry): number {
  let size = body.length + key.length + ENTRY_OVERHEAD_BYTES;
  for (const [name, value] of Object.entries(head?.headers ?? {})) size += name.length + String(value).length;
  return size;
}

const ENTRY_OVERHEAD_BYTES = 256;
