/**
 * An API key as an administrator sees it.
 *
 * Owns what may be shown: enough to tell keys apart and to judge them, never the digest, and the text not at all.
 */
import type { Row } from '../../storage/postgres/database.ts';
import { type KeyOwner, readKey, textOf, timeOf } from './key-records.ts';

/** `grace`: replaced by a rotation, and working until `expiresAtMs`. */
export type KeyStatus = 'active' | 'grace' | 'expired' | 'revoked';

export interface KeyView extends KeyOwner {
  readonly id: string;
  /** What the text of the key begins with: prefix and id. */
  readonly start: string;
  /** The last four characters of its text; undefined for a key of a release that did not keep them. */
  readonly last4: string | undefined;
  readonly label: string;
  readonly status: KeyStatus;
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
  const { digest: _secret, ...record } = readKey(row);
  return {
    ...record,
    start: `${prefix}_${record.id}`,
    last4: textOf(row['last4']),
    label: textOf(row['label']) ?? '',
    status: statusOf(record, nowMs),
    replaces: textOf(row['replaces']),
    createdAtMs: timeOf(row['created_at']) ?? 0,
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
