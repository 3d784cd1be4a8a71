/**
 * Entries in the memory of one process, bounded in number and in bytes.
 *
 * Invariants
 * 1. At most `maxEntries` entries and `maxBytes` bytes are held; the least recently used go first.
 * 2. What was looked up before an invalidation of its tags is not put after it.
 * 3. Nothing runs in the background: what has ended goes when it is read, or when its turn comes.
 */
import { LRUCache } from 'lru-cache';
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
}

export function createMemoryStore({ maxEntries, maxBytes, clock, onEvicted }: MemoryStoreOptions): CacheStore {
  const held = new LRUCache<string, Held>({
    // The map takes its room at once: no more of it than the bytes allow.
    max: Math.max(1, Math.min(maxEntries, Math.floor(maxBytes / ENTRY_OVERHEAD_BYTES))),
    maxSize: maxBytes,
    dispose({ entry, tags, putMs }, key, reason) {
      untag(key, tags);
      if (reason === 'evict' && clock.nowMs() - putMs < entry.freshMs + entry.staleMs) onEvicted();
    },
  });
  const keysByTag = new Map<string, Set<string>>();
  const invalidations = createInvalidations();

  function put(key: string, entry: CacheEntry, tags: readonly string[]): void {
    held.set(key, { entry, tags, putMs: clock.nowMs() }, { size: sizeOf(key, entry) });
    // One that is larger than all of the cache is not kept.
    if (!held.has(key)) return;
    for (const tag of tags) {
      const keys = keysByTag.get(tag);
      if (keys === undefined) keysByTag.set(tag, new Set([key]));
      else keys.add(key);
    }
  }

  function untag(key: string, tags: readonly string[]): void {
    for (const tag of tags) {
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
        if (residentMs < freshMs) return { kept: { entry: found.entry, residentMs }, put: undefined };
        if (residentMs < freshMs + staleMs) return { kept: { entry: found.entry, residentMs }, put: putLater(tags) };
        held.delete(key);
      }
      return { kept: undefined, put: putLater(tags) };
    },
    async invalidate(tags) {
      invalidations.add(tags);
      for (const tag of tags) for (const key of [...(keysByTag.get(tag) ?? [])]) held.delete(key);
    },
    async clear() {
      invalidations.addAll();
      held.clear();
    },
    size: () => ({ entries: held.size, bytes: held.calculatedSize }),
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
