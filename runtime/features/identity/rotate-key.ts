/**
 * Replaces a key by a new one of the same owner.
 *
 * Invariants
 * 1. Retiring the old key and making the new one is one transaction: at no moment does its owner have neither.
 * 2. A key has at most one successor. Who asks again with the same idempotency key is told of it, without its text, which
 *    was shown once; who asks with another is refused.
 * 3. At most two keys of a chain work at once: a key that is still in grace when its successor is replaced ends there.
 */
import { createHash } from 'node:crypto';
import { defined } from '../../../schemas/data/defined.ts';
import type { Row, Session } from '../../storage/postgres/database.ts';
import { type Refusal, refuse } from './audit.ts';
import { insertKey, instant, type KeyIdentity, type NewKey, readKey, textOf, timeOf } from './key-records.ts';

export interface Rotation {
  readonly id: string;
  readonly nowMs: number;
  /** How long the old key works on; 0 ends it at once. */
  readonly graceMs: number;
  readonly idempotencyKey: string | undefined;
  /** The secret of the new key, which is made outside: a transaction may run twice. */
  readonly own: KeyIdentity;
}

export type Rotated =
  | { readonly kind: 'rotated'; readonly fresh: Row; readonly old: Row; readonly ended: readonly string[] }
  | { readonly kind: 'repeated'; readonly fresh: Row }
  | Refusal;

/** Runs inside a transaction of `session`. */
export async function rotateKey(session: Session, rotation: Rotation): Promise<Rotated> {
  const { id, nowMs, graceMs, own } = rotation;
  // The lock makes a second rotation of the same key wait, and then see the successor.
  const [old] = await session.query('select * from seaworthy_api_keys where id = $1 for update', [id]);
  if (old === undefined) return refuse('not-found', 'There is no such key.');
  const [successor] = await session.query('select * from seaworthy_api_keys where replaces = $1', [id]);
  if (successor !== undefined) return judgeSuccessor(successor, rotation);
  const expiresAtMs = timeOf(old['expires_at']);
  if (old['revoked_at'] !== null || (expiresAtMs !== undefined && expiresAtMs <= nowMs)) {
    return refuse('not-active', 'The key is revoked or expired; make a new one.');
  }
  const chain = textOf(old['chain']) ?? id;
  const ended = await session.query(
    `update seaworthy_api_keys set expires_at = $3
      where chain = $1 and id <> $2 and revoked_at is null and (expires_at is null or expires_at > $3) returning id`,
    [chain, id, instant(nowMs)],
  );
  const [retired] = await session.query(
    `update seaworthy_api_keys set chain = $2, retired_at = $3, expires_at = least(expires_at, $4::timestamptz)
      where id = $1 returning *`,
    [id, chain, instant(nowMs), instant(nowMs + graceMs)],
  );
  const fresh = await insertKey(
    session.query,
    { ...own, replaces: id, chain, rotationDigest: digestOf(rotation.idempotencyKey) },
    successorOf(old, nowMs),
  );
  return { kind: 'rotated', fresh, old: retired ?? old, ended: ended.map((row) => textOf(row['id']) ?? '') };
}

function judgeSuccessor(successor: Row, { idempotencyKey }: Rotation): Rotated {
  const before = successor['rotation_digest'];
  const digest = digestOf(idempotencyKey);
  if (digest !== undefined && before instanceof Uint8Array && digest.equals(before)) {
    return { kind: 'repeated', fresh: successor };
  }
  return refuse('already-rotated', `The key was replaced by ${textOf(successor['id'])}; rotate that one.`);
}

/** The same owner and purpose; a key with a lifetime gets the same lifetime again. */
function successorOf(old: Row, nowMs: number): NewKey {
  const { roles, keyType, tenant, tier, user, organisation, expiresAtMs } = readKey(old);
  const createdAtMs = timeOf(old['created_at']);
  const hasLifetime = createdAtMs !== undefined && expiresAtMs !== undefined;
  return {
    label: textOf(old['label']) ?? '',
    roles,
    ...defined({ keyType, tenant, tier, user, organisation }),
    ...(hasLifetime ? { expiresAtMs: nowMs + (expiresAtMs - createdAtMs) } : {}),
  };
}

/** A hash, for the idempotency key is the caller's and may say more than we should keep. */
function digestOf(idempotencyKey: string | undefined): Buffer | undefined {
  return idempotencyKey === undefined ? undefined : createHash('sha256').update(idempotencyKey).digest();
}
