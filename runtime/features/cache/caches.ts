/**
 * The caches of the policy, by name, and what drops their entries.
 *
 * Outlives the policy: a reload keeps the entries of every cache whose description stays. An invalidation reaches the other
 * replicas through Redis; where the policy counts in memory there is none, and it ends at this process (TTLs are the
 * backstop). Owns no entry itself.
 */
import type { Cache, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Clock } from '../../resilience/clock.ts';
import type { SharedRedis } from '../../storage/redis/open-redis.ts';
import { createAskRedis } from './ask-redis.ts';
import type { CacheStore } from './cache-store.ts';
import { createInvalidationBus } from './invalidation-bus.ts';
import { createMemoryStore } from './memory-store.ts';
import { type CacheStats, createNamedCache, createStats, type NamedCache } from './named-cache.ts';
import { createRedisStore } from './redis-store.ts';

/** One line for whoever operates this. */
export interface CacheReport {
  readonly name: string;
  readonly store: Cache['store'];
  /** Undefined while a shared store does not answer. */
  readonly entries: number | undefined;
  /** Undefined for a shared store: Redis knows. */
  readonly bytes: number | undefined;
  readonly stats: Readonly<CacheStats>;
}

export interface Caches {
  /** Follows a policy. Caches whose description stays keep their entries. */
  use(policy: RuntimePolicy): void;
  get(name: string): NamedCache | undefined;
  /** Drops the entries with one of these tags from all caches, on all replicas; here at once. Settles when the shared stores know, at most after the command timeout. */
  invalidate(tags: readonly string[]): Promise<void>;
  /** Drops all entries of a cache, on all replicas; false when there is no such cache. */
  clear(name: string): Promise<boolean>;
  list(): Promise<readonly CacheReport[]>;
  /** What is known without asking a shared store. */
  readonly all: Iterable<NamedCache>;
  close(): void;
}

export interface CachesOptions {
  readonly clock: Clock;
  /** Undefined where the policy counts in memory: then all caches are in memory, too. */
  readonly redis: SharedRedis | undefined;
}

export function createCaches({ clock, redis }: CachesOptions): Caches {
  let caches = new Map<string, NamedCache>();
  // Counters go on when a cache is made anew.
  const stats = new Map<string, CacheStats>();
  const bus =
    redis &&
    createInvalidationBus(redis, {
      onInvalidate: (tags) => void drop(tags, 'memory'),
      onClear: (name) => void empty(caches.get(name), 'memory'),
      // What was said meanwhile is not known, so everything may be out of date.
      onGap: () => {
        for (const cache of caches.values()) if (cache.policy.store === 'memory') void forget(cache);
      },
    });

  async function drop(tags: readonly string[], kind?: Cache['store']): Promise<void> {
    const dropped = [...caches.values()].filter(({ policy }) => kind === undefined || policy.store === kind);
    await Promise.all(
      dropped.map(({ flights, store, stats: counts }) => {
        counts.invalidations += 1;
        flights.forget(tags);
        return store.invalidate(tags);
      }),
    );
  }

  async function empty(cache: NamedCache | undefined, kind?: Cache['store']): Promise<void> {
    if (cache === undefined || (kind !== undefined && cache.policy.store !== kind)) return;
    cache.stats.invalidations += 1;
    await forget(cache);
  }

  function forget({ flights, store }: NamedCache): Promise<void> {
    flights.forgetAll();
    return store.clear();
  }

  return {
    use(policy) {
      const next = new Map<string, NamedCache>();
      for (const [name, described] of Object.entries(policy.caches ?? {})) {
        const before = caches.get(name);
        const counts = stats.get(name) ?? createStats();
        stats.set(name, counts);
        const stays = before !== undefined && JSON.stringify(before.policy) === JSON.stringify(described);
        const opened = (): NamedCache =>
          createNamedCache({
            name,
            policy: described,
            store: openStore(name, described, counts, { clock, redis }),
            stats: counts,
          });
        next.set(name, stays ? before : opened());
      }
      caches = next;
    },
    get: (name) => caches.get(name),
    async invalidate(tags) {
      await Promise.all([drop(tags), bus?.invalidate(tags)]);
    },
    async clear(name) {
      const cache = caches.get(name);
      if (cache === undefined) return false;
      await Promise.all([empty(cache), bus?.clear(name)]);
      return true;
    },
    list: () =>
      Promise.all(
        [...caches.values()].map(async ({ name, policy, store, stats: counts }) => ({
          name,
          store: policy.store,
          ...(await store.size()),
          stats: { ...counts },
        })),
      ),
    get all() {
      return caches.values();
    },
    close() {
      bus?.close();
      for (const { store } of caches.values()) store.close();
    },
  };
}

function openStore(name: string, policy: Cache, counts: CacheStats, { clock, redis }: CachesOptions): CacheStore {
  const { maxEntries, maxBytes, ttlMs, staleIfErrorMs } = policy;
  const onEvicted = (count: number): void => {
    counts.evictions += count;
  };
  if (policy.store === 'memory' || redis === undefined) {
    return createMemoryStore({ maxEntries, maxBytes, clock, onEvicted: () => onEvicted(1) });
  }
  const ask = createAskRedis(redis, clock, () => {
    counts.storeFailures += 1;
  });
  return createRedisStore({ redis, ask, name, maxEntries, lifeMs: ttlMs + staleIfErrorMs, onEvicted });
}
