/**
 * API keys as rows.
 *
 * Owns the SQL and the check of what comes back; knows neither the text form of a key nor the cache.
 */
import type { Row } from '../storage/database.ts';

export interface KeyRecord {
  readonly id: string;
  readonly digest: Uint8Array;
  readonly keyType: string | undefined;
  readonly tenant: string | undefined;
  readonly tier: string | undefined;
  readonly user: string | undefined;
  readonly organisation: string | undefined;
  readonly expiresAtMs: number | undefined;
  readonly isRevoked: boolean;
}

export interface NewKey {
  readonly label: string;
  readonly keyType?: string;
  readonly tenant?: string;
  readonly tier?: string;
  readonly user?: string;
  readonly organisation?: string;
  readonly expiresAtMs?: number;
}

type Query = (sql: string, parameters?: readonly unknown[]) => Promise<readonly Row[]>;

export async function findKey(query: Query, id: string): Promise<KeyRecord | undefined> {
  const [row] = await query(
    `select id, digest, key_type, tenant, tier, user_id, organisation, expires_at, revoked_at
       from seaworthy_api_keys where id = $1`,
    [id],
  );
  return row === undefined ? undefined : readKey(row);
}

export async function insertKey(query: Query, id: string, digest: Uint8Array, key: NewKey): Promise<void> {
  await query(
    `insert into seaworthy_api_keys (id, digest, label, key_type, tenant, tier, user_id, organisation, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      digest,
      key.label,
      key.keyType ?? null,
      key.tenant ?? null,
      key.tier ?? null,
      key.user ?? null,
      key.organisation ?? null,
      key.expiresAtMs === undefined ? null : new Date(key.expiresAtMs).toISOString(),
    ],
  );
}

/** Revokes a key for ever; false when there is none. Replicas notice within their cache time. */
export async function revokeKey(query: Query, id: string): Promise<boolean> {
  const rows = await query(
    'update seaworthy_api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1 returning id',
    [id],
  );
  return rows.length > 0;
}

function readKey(row: Row): KeyRecord {
  const { id, digest, expires_at: expiresAt } = row;
  if (typeof id !== 'string' || !(digest instanceof Uint8Array))
    throw new Error('a row of seaworthy_api_keys is broken');
  return {
    id,
    digest,
    keyType: textOf(row['key_type']),
    tenant: textOf(row['tenant']),
    tier: textOf(row['tier']),
    user: textOf(row['user_id']),
    organisation: textOf(row['organisation']),
    expiresAtMs: expiresAt instanceof Date ? expiresAt.getTime() : undefined,
    isRevoked: row['revoked_at'] !== null,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
