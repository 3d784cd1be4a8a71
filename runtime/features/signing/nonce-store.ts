/**
 * Which signed requests were already used.
 *
 * Owns the memory of one process, and the order of asking where replicas share one: this process first, which costs
 * nothing, then Redis, which decides. Only nonces of verified requests come here, or strangers could fill it.
 *
 * Invariants
 * 1. A nonce is fresh once in its time, for any number of requests at once.
 * 2. Nothing is forgotten before its time: a store that is full admits nobody until the oldest may go.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../resilience/clock.ts';

/** `unavailable`: nobody can say whether it was used. */
export type NonceVerdict = 'fresh' | 'used' | 'unavailable';

export interface NonceStore {
  /** Remembers a nonce for `ttlMs`. `onFailure`: what holds while the shared store is away. */
  remember(nonce: string, ttlMs: number, onFailure: 'closed' | 'local'): NonceVerdict | Promise<NonceVerdict>;
  /** Held in this process. */
  readonly size: number;
  /** Times that the shared store could not be asked. */
  readonly failures: number;
}

/** Where replicas share. Fails when it cannot be reached in time. */
export interface SharedNonces {
  /** False when it was there already. */
  add(key: string, ttlMs: number): Promise<boolean>;
}

export interface NonceStoreOptions {
  readonly clock: Clock;
  /** Undefined: each process remembers its own, which is exact for one replica only. */
  readonly shared: SharedNonces | undefined;
  /** Default: 200 000, about 30 MB. */
  readonly capacity?: number;
}

export function createNonceStore({ clock, shared, capacity = 200_000 }: NonceStoreOptions): NonceStore {
  // A Map keeps insertion order; with one retention time that is the order of expiry.
  const heldUntil = new Map<string, number>();
  let failures = 0;

  function has(key: string): boolean {
    return (heldUntil.get(key) ?? Number.NEGATIVE_INFINITY) > clock.nowMs();
  }

  function hold(key: string, ttlMs: number): NonceVerdict {
    const nowMs = clock.nowMs();
    for (const [oldest, untilMs] of heldUntil) {
      if (untilMs > nowMs) break;
      heldUntil.delete(oldest);
    }
    if (has(key)) return 'used';
    if (heldUntil.size >= capacity) return 'unavailable';
    heldUntil.delete(key);
    heldUntil.set(key, nowMs + ttlMs);
    return 'fresh';
  }

  async function ask(store: SharedNonces, key: string, ttlMs: number, onFailure: 'closed' | 'local') {
    try {
      if (!(await store.add(key, ttlMs))) return 'used';
      // That replicas share it is what counts; here it is held as well, for the time that they cannot.
      hold(key, ttlMs);
      return 'fresh';
    } catch {
      failures += 1;
      return onFailure === 'closed' ? 'unavailable' : hold(key, ttlMs);
    }
  }

  return {
    remember(nonce, ttlMs, onFailure) {
      const key = createHash('sha256').update(nonce, 'latin1').digest('base64url');
      if (shared === undefined) return hold(key, ttlMs);
      return has(key) ? 'used' : ask(shared, key, ttlMs, onFailure);
    },
    get size() {
      return heldUntil.size;
    },
    get failures() {
      return failures;
    },
  };
}
