/**
 * Tells whose an API key is, without asking the database each time.
 *
 * Owns the cache; relies on `find` for rows. A key's secret is never kept, only its row and, once it was right, a hash of
 * the key, which saves the dearer keyed hash the next time.
 *
 * Invariants
 * 1. A row is used for `ttlMs` without asking again, so a revoked key works at most that long.
 * 2. While the database is away, a row that is younger than `maxStaleMs` goes on being used; without one the answer is
 *    `unavailable`, never `denied`: clients throw a key away when they are told that it is wrong.
 * 3. However many requests miss the cache at once, one question per id is asked.
 * 4. Ids that do not exist are remembered briefly and in a bounded number, so that inventing ids costs no memory.
 */
import { hash } from 'node:crypto';
import type { AuthFailureReason } from '../../schemas/metrics.ts';
import type { Clock } from '../policies/clock.ts';
import { type ApiKeyParts, digestSecret, digestsEqual, parseApiKey } from './api-key.ts';
import type { KeyRecord } from './key-records.ts';
import type { ApiKeyPrincipal } from './principal.ts';

export type KeyVerdict =
  | { readonly kind: 'known'; readonly principal: ApiKeyPrincipal }
  | { readonly kind: 'denied'; readonly reason: AuthFailureReason }
  | { readonly kind: 'unavailable' };

export interface KeyDirectory {
  /** At once for a key that is cached. */
  verify(text: string): KeyVerdict | Promise<KeyVerdict>;
  /** Forgets a key, so that the next request asks the database. */
  forget(id: string): void;
}

export interface KeyDirectoryOptions {
  readonly find: (id: string) => Promise<KeyRecord | undefined>;
  readonly prefix: string;
  readonly pepper: string;
  readonly ttlMs: number;
  readonly maxStaleMs: number;
  readonly clock: Clock;
  /** Most rows held. Default: 10 000. */
  readonly capacity?: number;
}

interface Cached {
  readonly record: KeyRecord | undefined;
  readonly principal: ApiKeyPrincipal | undefined;
  readonly fetchedMs: number;
  /** SHA-256 of the key that fitted this row; a row can only be fitted by one. */
  proof: string | undefined;
}

const UNKNOWN_TTL_MS = 5_000;
/** While the database is away it is asked at most this often for a key that is cached. */
const RETRY_AFTER_MS = 1_000;
/** A database that takes longer than this counts as away for keys that are cached. */
const PATIENCE_MS = 50;
const DUMMY_DIGEST = Buffer.alloc(32);

export function createKeyDirectory(options: KeyDirectoryOptions): KeyDirectory {
  const { find, prefix, pepper, ttlMs, maxStaleMs, clock, capacity = 10_000 } = options;
  const known = new Map<string, Cached>();
  const unknown = new Map<string, Cached>();
  const pending = new Map<string, Promise<Cached | undefined>>();
  let failedMs = Number.NEGATIVE_INFINITY;

  function lookUp(id: string): Cached | undefined | Promise<Cached | undefined> {
    const cached = known.get(id) ?? unknown.get(id);
    if (cached === undefined) return pending.get(id) ?? ask(id);
    const { record, fetchedMs } = cached;
    const ageMs = clock.nowMs() - fetchedMs;
    if (ageMs < freshForMs(record)) return cached;
    if (record === undefined || ageMs >= maxStaleMs) return pending.get(id) ?? ask(id);
    if (clock.nowMs() - failedMs < RETRY_AFTER_MS) return cached;
    return soon(pending.get(id) ?? ask(id)).then((answer) => answer ?? cached);
  }

  function freshForMs(record: KeyRecord | undefined): number {
    return record === undefined ? Math.min(UNKNOWN_TTL_MS, ttlMs) : ttlMs;
  }

  /** The answer, or undefined when it takes longer than a request should wait for a row that is already here. */
  function soon(question: Promise<Cached | undefined>): Promise<Cached | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        failedMs = clock.nowMs();
        resolve(undefined);
      }, PATIENCE_MS);
      void question.then((answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
  }

  function ask(id: string): Promise<Cached | undefined> {
    const question = find(id)
      .then((record) => {
        const principal = record === undefined ? undefined : principalOf(record);
        const cached = { record, principal, fetchedMs: clock.nowMs(), proof: undefined };
        known.delete(id);
        unknown.delete(id);
        keep(record === undefined ? unknown : known, id, cached);
        return cached;
      })
      .catch(() => {
        failedMs = clock.nowMs();
        return undefined;
      })
      .finally(() => pending.delete(id));
    pending.set(id, question);
    return question;
  }

  function keep(map: Map<string, Cached>, id: string, cached: Cached): void {
    map.set(id, cached);
    if (map.size <= capacity) return;
    const [oldest] = map.keys();
    if (oldest !== undefined) map.delete(oldest);
  }

  function judge(text: string, parts: ApiKeyParts, cached: Cached | undefined): KeyVerdict {
    if (cached === undefined) return { kind: 'unavailable' };
    const { record, principal } = cached;
    const matches = fits(text, parts, cached);
    if (record === undefined || principal === undefined) return { kind: 'denied', reason: 'unknown' };
    if (!matches) return { kind: 'denied', reason: 'wrong-secret' };
    if (record.isRevoked) return { kind: 'denied', reason: 'revoked' };
    if (record.expiresAtMs !== undefined && record.expiresAtMs <= clock.wallMs()) {
      return { kind: 'denied', reason: 'expired' };
    }
    return { kind: 'known', principal };
  }

  function fits(text: string, { secret }: ApiKeyParts, cached: Cached): boolean {
    // Two hashes are compared, which tells nothing of the key by the time that it takes.
    const proof = hash('sha256', text);
    if (proof === cached.proof) return true;
    const matches = digestsEqual(digestSecret(secret, pepper), cached.record?.digest ?? DUMMY_DIGEST);
    if (matches) cached.proof = proof;
    return matches;
  }

  return {
    verify(text) {
      const parsed = parseApiKey(text, prefix);
      if (parsed.kind === 'invalid') return { kind: 'denied', reason: parsed.reason };
      const { parts } = parsed;
      const cached = lookUp(parts.id);
      return cached instanceof Promise ? cached.then((late) => judge(text, parts, late)) : judge(text, parts, cached);
    },
    forget(id) {
      known.delete(id);
      unknown.delete(id);
    },
  };
}

function principalOf({ id, keyType, roles, tenant, tier, user, organisation }: KeyRecord): ApiKeyPrincipal {
  return { kind: 'api-key', keyId: id, keyType, roles, tenant, tier, user, organisation };
}
