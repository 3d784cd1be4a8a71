/**
 * An API key as an administrator sees it.
 *
 * Owns what may be shown: enough to tell keys apart and to judge them, never the digest, and the text not at all.
 */
import type { Row } from '../../storage/postgres/database.ts';
import { textOf, textsOf, timeOf } from './key-records.ts';

/** `grace`: replaced by a rotation, and working until `expiresAtMs`. */
export type KeyStatus = 'active' | 'grace' | 'expired' | 'revoked';

export interface KeyView {
  readonly id: string;
  /** What the text of the key begins with: prefix and id. */
  readonly start: string;
  /** The last four characters of its text; undefined for a key of a release that did not keep them. */
  readonly last4: string | undefined;
  readonly label: string;
  readonly status: KeyStatus;
  readonly keyType: string | undefined;
  readonly roles: readonly string[];
  readonly tenant: string | undefined;
  readonly tier: string | undefined;
  readonly user: string | undefined;
  readonly organisation: string | undefined;
  /** The key that it replaced in a rotation. */
  readonly replaces: string | undefined;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | undefined;
  readonly retiredAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
  /** Up to `auth.apiKeys.lastUsedFlushMs` late. */
  readonly lastUsedAtMs: number | undefined;
}

export function viewKey(row: Row, prefix: string, nowMs: number): KeyView {
  const id = textOf(row['id']) ?? '';
  const expiresAtMs = timeOf(row['expires_at']);
  const retiredAtMs = timeOf(row['retired_at']);
  const revokedAtMs = timeOf(row['revoked_at']);
  return {
    id,
    start: `${prefix}_${id}`,
    last4: textOf(row['last4']),
    label: textOf(row['label']) ?? '',
    status: statusOf({ expiresAtMs, retiredAtMs, revokedAtMs }, nowMs),
    keyType: textOf(row['key_type']),
    roles: textsOf(row['roles']),
    tenant: textOf(row['tenant']),
    tier: textOf(row['tier']),
    user: textOf(row['user_id']),
    organisation: textOf(row['organisation']),
    replaces: textOf(row['replaces']),
    createdAtMs: timeOf(row['created_at']) ?? 0,
    expiresAtMs,
    retiredAtMs,
    revokedAtMs,
    lastUsedAtMs: timeOf(row['last_used_at']),
  };
}

function statusOf(
  { expiresAtMs, retiredAtMs, revokedAtMs }: Pick<KeyView, 'expiresAtMs' | 'retiredAtMs' | 'revokedAtMs'>,
  nowMs: number,
): KeyStatus {
  if (revokedAtMs !== undefined) return 'revoked';
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) return 'expired';
  return retiredAtMs === undefined ? 'active' : 'grace';
}
