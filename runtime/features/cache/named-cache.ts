/**
 * One cache of the policy: its store, who waits for what, and what it counts.
 *
 * Owns `wrap`, the form for a host that keeps what its own code loads; responses are kept by responses/ with the same
 * parts. Keys belong to who uses them: what differs between tenants must be in the key.
 */
import { hash } from 'node:crypto';
import type { Cache } from '../../../schemas/runtime-policy.gen.ts';
import { type CacheStore, type Found, isFresh, type Kept } from './cache-store.ts';
import { createSingleFlight, type Flight, type SingleFlight } from './single-flight.ts';

/** What came of a fetch, for those who waited for it. */
export type Landing =
  | { readonly kind: 'kept'; readonly key: string; readonly vary: readonly string[]; readonly kept: Kept }
  /** The entry depends on these request fields: look again, with them in the key. */
  | { readonly kind: 'varies'; readonly vary: readonly string[] }
  /** Not for sharing: each for himself. */
  | { readonly kind: 'private' }
  /** The source failed; `stale` may stand in. */
  | { readonly kind: 'failed'; readonly stale: Kept | undefined; readonly status: number; readonly error?: unknown }
  /** Who fetched went away; another must. */
  | { readonly kind: 'abandoned' };

export interface CacheStats {
  /** Answered without a call to the source. */
  hits: number;
  /** Those hits that waited for a fetch of another. */
  collapsed: number;
  misses: number;
  stale: number;
  evictions: number;
  invalidations: number;
  /** Questions to the shared store that it did not answer in time. */
  storeFailures: number;
}

export interface NamedCache {
  readonly name: string;
  readonly policy: Cache;
  readonly store: CacheStore;
  readonly flights: SingleFlight<Landing>;
  readonly stats: CacheStats;
  /**
   * The value of `key`, loaded if it is not kept, once for all who ask at the same time. Values must survive JSON; each
   * caller gets a copy of his own. Fails as `load` does, unless a value that ended less than `staleIfErrorMs` ago stands in.
   *
   * @example const rule = await caches.get('rules')?.wrap([tenant, id], ['rules'], () => loadRule(tenant, id));
   */
  wrap<Value>(
    key: string | readonly string[],
    tags: readonly string[],
    load: () => Value | Promise<Value>,
  ): Promise<Value>;
}

export interface NamedCacheOptions {
  readonly name: string;
  readonly policy: Cache;
  readonly store: CacheStore;
  readonly stats: CacheStats;
}

/** Longest wait for the load of another; then one's own. */
const WAIT_MS = 10_000;

export function createStats(): CacheStats {
  return { hits: 0, collapsed: 0, misses: 0, stale: 0, evictions: 0, invalidations: 0, storeFailures: 0 };
}

export function createNamedCache({ name, policy, store, stats }: NamedCacheOptions): NamedCache {
  const flights = createSingleFlight<Landing>();

  async function wrap<Value>(
    keyParts: string | readonly string[],
    tags: readonly string[],
    load: () => Value | Promise<Value>,
  ): Promise<Value> {
    const key = hashKey(['value', keyParts]);
    const joined = flights.find(key);
    if (joined !== undefined) return join<Value>(await joined.wait(WAIT_MS), load);
    const reading = store.read(key, tags);
    // What is here already needs no flight.
    if (!(reading instanceof Promise) && reading.kept !== undefined && isFresh(reading.kept)) return hit(reading.kept);
    const flight = flights.open(key, tags);
    const found = reading instanceof Promise ? await reading : reading;
    const { kept } = found;
    if (kept !== undefined && isFresh(kept)) {
      flight.settle({ kind: 'kept', key, vary: [], kept });
      return hit(kept);
    }
    stats.misses += 1;
    try {
      const value = await load();
      keep(flight, key, found, value);
      return value;
    } catch (error) {
      flight.settle({ kind: 'failed', stale: kept, status: 500, error });
      return giveStale<Value>(kept, error);
    }
  }

  /** What the load of another means here; without a value, this one loads itself. */
  function join<Value>(landing: Landing | undefined, load: () => Value | Promise<Value>): Value | Promise<Value> {
    switch (landing?.kind) {
      case 'kept':
        stats.collapsed += 1;
        return hit(landing.kept);
      case 'failed':
        return giveStale(landing.stale, landing.error);
      default:
        stats.misses += 1;
        return load();
    }
  }

  function hit<Value>(kept: Kept): Value {
    stats.hits += 1;
    return readValue(kept);
  }

  function keep(flight: Flight<Landing>, key: string, found: Found, value: unknown): void {
    const text = JSON.stringify(value);
    // A value that JSON has no word for, such as undefined, is not kept.
    if (text === undefined) {
      flight.settle({ kind: 'private' });
      return;
    }
    const body = Buffer.from(text);
    const entry = { freshMs: policy.ttlMs, staleMs: policy.staleIfErrorMs, body };
    const stored = body.length <= policy.maxEntryBytes ? found.put?.(key, entry) : undefined;
    flight.settle({ kind: 'kept', key, vary: [], kept: { entry, residentMs: 0 } }, stored);
  }

  function giveStale<Value>(stale: Kept | undefined, error: unknown): Value {
    if (stale === undefined) throw error;
    stats.stale += 1;
    return readValue(stale);
  }

  return { name, policy, store, flights, stats, wrap };
}

function readValue<Value>({ entry }: Kept): Value {
  return JSON.parse(entry.body.toString());
}

/** Keys hold who asked and for what: in a store they stand as a hash. */
export function hashKey(parts: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url');
}
