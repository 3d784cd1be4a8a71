/**
 * Lists API keys, newest first, a page at a time.
 *
 * Owns the SQL of the listing. Pages follow on each other by the place of the last key, not by a count, so that a key
 * made meanwhile moves none to another page. May be read from a replica.
 */
import type { Query, Row } from '../../storage/postgres/database.ts';
import { instant } from './key-records.ts';
import type { KeyView } from './key-view.ts';

export interface KeyQuery {
  /** `active`: neither revoked nor expired. Default: `all`. */
  readonly state?: 'active' | 'all';
  readonly tenant?: string;
  /** At most 200. Default: 50. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface KeyPage {
  readonly kind: 'listed';
  readonly keys: readonly KeyView[];
  /** Undefined on the last page. */
  readonly next: string | undefined;
}

const MAX_LIMIT = 200;

/** What is listed of active keys: the index on (expires_at, revoked_at) answers it, however many keys have ended. */
export const LIST_ACTIVE = `select * from seaworthy_api_keys
  where revoked_at is null and (expires_at is null or expires_at > $1::timestamptz)`;
const LIST_ALL = 'select * from seaworthy_api_keys where $1::timestamptz is not null';

export async function listKeys(
  query: Query,
  { state = 'all', tenant, limit = 50, after }: KeyQuery,
  nowMs: number,
  view: (row: Row) => KeyView,
): Promise<KeyPage> {
  const size = Math.min(MAX_LIMIT, Math.max(1, Math.trunc(limit)));
  // The place is a key's id: its time of creation is finer than a number of milliseconds can tell.
  const rows = await query(
    `${state === 'active' ? LIST_ACTIVE : LIST_ALL}
      and ($2::text is null or tenant = $2)
      and ($3::text is null or (created_at, id) < (select created_at, id from seaworthy_api_keys where id = $3))
      order by created_at desc, id desc limit $4`,
    [instant(nowMs), tenant ?? null, after ?? null, size + 1],
  );
  const keys = rows.slice(0, size).map(view);
  return { kind: 'listed', keys, next: rows.length > size ? keys.at(-1)?.id : undefined };
}
