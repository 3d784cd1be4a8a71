/**
 * Tells whose a credential is.
 *
 * Owns the judgement; relies on caches of rows (record-cache.ts) for what the database knows. A key's secret is never kept,
 * only its row and, once it was right, a hash of the key, which saves the dearer keyed hash the next time. Which of
 * several reasons it was is for metrics and logs; callers are told one sentence for all.
 */

import { hash } from 'node:crypto';
import { defined } from '../../../schemas/data/defined.ts';
import type { AuthFailureReason } from '../../../schemas/metrics.ts';
import type { Clock } from '../../resilience/clock.ts';
import { type ApiKeyParts, digestSecret, digestsEqual, parseApiKey } from './api-key.ts';
import type { FixedCallers } from './fixed-callers.ts';
import type { KeyRecord } from './key-records.ts';
import type { Grace, KeyVerdict } from './key-verdict.ts';
import { createRecordCache, type Entry, type RecordCache } from './record-cache.ts';
import type { TenantRecord } from './tenant-records.ts';

export interface KeyDirectory {
  /** At once for a key that is cached. */
  verify(text: string): KeyVerdict | Promise<KeyVerdict>;
  /** Notes that a request with the key was let through. */
  used(keyId: string): void;
}

export interface CachedKeyDirectory extends KeyDirectory {
  readonly keys: Pick<RecordCache<unknown>, 'forget' | 'expireAll' | 'size'>;
}

export interface KeyDirectoryOptions {
  readonly find: (id: string) => Promise<KeyRecord | undefined>;
  readonly prefix: string;
  readonly pepper: string;
  readonly ttlMs: () => number;
  readonly maxStaleMs: () => number;
  readonly clock: Clock;
  /** Tenants that keys must have an active one of; undefined where a tenant is only a name on a key. */
  readonly tenants: () => RecordCache<TenantRecord> | undefined;
  /** Callers that the policy in force knows without the database. */
  readonly fixed: () => FixedCallers;
  readonly onUse: (keyId: string) => void;
  /** A key that was rotated was accepted. */
  readonly onGrace: (keyType: string | undefined) => void;
  /** Most rows held. Default: 10 000. */
  readonly capacity?: number;
}

/** A row, and what was worked out from it. */
interface Known {
  readonly record: KeyRecord;
  /** SHA-256 of the key that fitted this row; a row can only be fitted by one. */
  proof: string | undefined;
  /** Made once for each state of the tenant's row, not for each request. */
  verdict: Extract<KeyVerdict, { kind: 'known' }> | undefined;
  tier: string | undefined;
}

const DUMMY_DIGEST = Buffer.alloc(32);
const UNAVAILABLE: KeyVerdict = { kind: 'unavailable' };

export function createKeyDirectory(options: KeyDirectoryOptions): CachedKeyDirectory {
  const { prefix, pepper, clock, tenants, fixed, ttlMs, maxStaleMs, capacity } = options;
  const keys = createRecordCache<Known>({
    find: async (id) => {
      const record = await options.find(id);
      return record && { record, proof: undefined, verdict: undefined, tier: undefined };
    },
    ttlMs,
    maxStaleMs,
    clock,
    ...defined({ capacity }),
  });

  function verifyIssued(text: string): KeyVerdict | Promise<KeyVerdict> {
    const parsed = parseApiKey(text, prefix);
    if (parsed.kind === 'invalid') return { kind: 'denied', reason: parsed.reason };
    const { parts } = parsed;
    const entry = keys.get(parts.id);
    return entry instanceof Promise ? entry.then((late) => judge(text, parts, late)) : judge(text, parts, entry);
  }

  function judge(text: string, parts: ApiKeyParts, entry: Entry<Known>): KeyVerdict | Promise<KeyVerdict> {
    if (entry.kind === 'unavailable') return UNAVAILABLE;
    const known = entry.kind === 'found' ? entry.value : undefined;
    // Also for an id that does not exist: the time that it takes does not tell whether it does.
    const matches = fits(text, parts, known);
    if (known === undefined) return { kind: 'denied', reason: 'unknown' };
    const reason = matches ? endOf(known.record) : 'wrong-secret';
    if (reason !== undefined) return { kind: 'denied', reason };
    const { tenant, tier } = known.record;
    const directory = tenants();
    if (directory === undefined || tenant === undefined) return accept(known, tier);
    const owner = directory.get(tenant);
    return owner instanceof Promise ? owner.then((late) => judgeTenant(known, late)) : judgeTenant(known, owner);
  }

  function endOf({ revokedAtMs, expiresAtMs }: KeyRecord): AuthFailureReason | undefined {
    if (revokedAtMs !== undefined) return 'revoked';
    return expiresAtMs !== undefined && expiresAtMs <= clock.wallMs() ? 'expired' : undefined;
  }

  function judgeTenant(known: Known, owner: Entry<TenantRecord>): KeyVerdict {
    if (owner.kind === 'unavailable') return UNAVAILABLE;
    if (owner.kind === 'absent' || !owner.value.active) return { kind: 'denied', reason: 'tenant-inactive' };
    return accept(known, owner.value.tier);
  }

  function accept(known: Known, tier: string | undefined): KeyVerdict {
    const verdict = verdictOf(known, tier);
    if (verdict.grace !== undefined) options.onGrace(known.record.keyType);
    return verdict;
  }

  function fits(text: string, { secret }: ApiKeyParts, known: Known | undefined): boolean {
    // Two hashes are compared, which tells nothing of the key by the time that it takes.
    const proof = hash('sha256', text);
    if (known !== undefined && proof === known.proof) return true;
    const matches = digestsEqual(digestSecret(secret, pepper), known?.record.digest ?? DUMMY_DIGEST);
    if (matches && known !== undefined) known.proof = proof;
    return matches;
  }

  return {
    verify(text) {
      const callers = fixed();
      const caller = callers.recognise(text);
      if (caller !== undefined) return caller;
      const verdict = verifyIssued(text);
      return verdict instanceof Promise ? verdict.then(callers.orAnybody) : callers.orAnybody(verdict);
    },
    used: options.onUse,
    keys,
  };
}

function verdictOf(known: Known, tier: string | undefined): Extract<KeyVerdict, { kind: 'known' }> {
  if (known.verdict !== undefined && known.tier === tier) return known.verdict;
  const { id, keyType, roles, tenant, user, organisation } = known.record;
  known.tier = tier;
  known.verdict = {
    kind: 'known',
    principal: { kind: 'api-key', keyId: id, keyType, roles, tenant, tier, user, organisation },
    grace: graceOf(known.record),
  };
  return known.verdict;
}

function graceOf({ retiredAtMs, expiresAtMs }: KeyRecord): Grace | undefined {
  if (retiredAtMs === undefined || expiresAtMs === undefined) return undefined;
  return { deprecation: `@${Math.floor(retiredAtMs / 1_000)}`, sunset: new Date(expiresAtMs).toUTCString() };
}
