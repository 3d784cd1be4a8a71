/**
 * API keys as rows.
 *
 * Owns the SQL and the check of what comes back; knows neither the text form of a key nor the cache.
 */
import type { Query, Row } from '../../storage/postgres/database.ts';

/** Whose a key is, and what it is for. */
export interface KeyOwner {
  readonly keyType: string | undefined;
  readonly roles: readonly string[];
  readonly tenant: string | undefined;
  readonly tier: string | undefined;
  readonly user: string | undefined;
  readonly organisation: string | undefined;
}

export interface KeyRecord extends KeyOwner {
  readonly id: string;
  readonly digest: Uint8Array;
  readonly expiresAtMs: number | undefined;
  /** When a rotation replaced it: until it expires it is in grace. */
  readonly retiredAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
}

export interface NewKey {
  readonly label: string;
  readonly keyType?: string;
  readonly roles?: readonly string[];
  readonly tenant?: string;
  readonly tier?: string;
  readonly user?: string;
  readonly organisation?: string;
  readonly expiresAtMs?: number;
}

/** What makes a row of a new key, beside what it is for. */
export interface KeyIdentity {
  readonly id: string;
  readonly digest: Uint8Array;
  readonly last4: string;
  /** The key that it replaces, the first key of their chain, and a hash of the idempotency key of that rotation. */
  readonly replaces?: string;
  readonly chain?: string;
  readonly rotationDigest?: Uint8Array | undefined;
}

/** The lookup of every request with a key that is not cached: by the primary key. */
export const FIND_KEY = `select id, digest, key_type, roles, tenant, tier, user_id, organisation, expires_at, retired_at, revoked_at
  from seaworthy_api_keys where id = $1`;

export async function findKey(query: Query, id: string): Promise<KeyRecord | undefined> {
  const [row] = await query(FIND_KEY, [id]);
  return row === undefined ? undefined : readKey(row);
}

export async function insertKey(query: Query, own: KeyIdentity, key: NewKey): Promise<Row> {
  const [row] = await query(
    `insert into seaworthy_api_keys (id, digest, last4, label, key_type, roles, tenant, tier, user_id, organisation,
       expires_at, replaces, chain, rotation_digest)
     values ($1, $2, $3, $4, $5, $6::text[], $7, $8, $9, $10, $11, $12, $13, $14) returning *`,
    [
      own.id,
      own.digest,
      own.last4,
      key.label,
      key.keyType ?? null,
      key.roles ?? [],
      key.tenant ?? null,
      key.tier ?? null,
      key.user ?? null,
      key.organisation ?? null,
      instant(key.expiresAtMs),
      own.replaces ?? null,
      own.chain ?? null,
      own.rotationDigest ?? null,
    ],
  );
  if (row === undefined) throw new Error('an insert gave no row back');
  return row;
}

/** A time as a parameter. */
export function instant(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

export function readKey(row: Row): KeyRecord {
  const { id, digest } = row;
  if (typeof id !== 'string' || !(digest instanceof Uint8Array))
    throw new Error('a row of seaworthy_api_keys is broken');
  return {
    id,
    digest,
    keyType: textOf(row['key_type']),
    roles: textsOf(row['roles']),
    tenant: textOf(row['tenant']),
    tier: textOf(row['tier']),
    user: textOf(row['user_id']),
    organisation: textOf(row['organisation']),
    expiresAtMs: timeOf(row['expires_at']),
    retiredAtMs: timeOf(row['retired_at']),
    revokedAtMs: timeOf(row['revoked_at']),
  };
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

export function timeOf(value: unknown): number | undefined {
  return value instanceof Date ? value.getTime() : undefined;
}
