/**
 * Audit entries as rows.
 *
 * Owns the SQL, and the check of what comes back.
 */

import type { AuditDetail, AuditEntry } from '../../http/operations/audit-entry.ts';
import type { Query } from '../../storage/postgres/database.ts';

export interface StoredEntry extends AuditEntry {
  /** Rises with each entry; unique in one database. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

export interface AuditQuery {
  readonly limit: number;
  /** `next` of the page before. */
  readonly after: string | undefined;
}

/** An entry on its way to the database. */
export interface UnsavedEntry extends StoredEntry {
  /** Tells it from every other: an answer that got lost must not make it a second row. */
  readonly uuid: string;
}

export async function insertEntry(query: Query, entry: UnsavedEntry): Promise<void> {
  const { uuid, atMs, action, actor, requestId, subject, result, detail = {} } = entry;
  await query(
    `insert into seaworthy_audit (entry, at, action, actor, request_id, subject, result, detail)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (entry) do nothing`,
    [
      uuid,
      new Date(atMs).toISOString(),
      action,
      actor,
      requestId ?? null,
      subject ?? null,
      result,
      JSON.stringify(detail),
    ],
  );
}

export async function listEntries(query: Query, { limit, after }: AuditQuery) {
  const rows = await query(
    `select id::text as id, at, action, actor, request_id, subject, result, detail
       from seaworthy_audit where $1::bigint is null or id < $1::bigint order by id desc limit $2`,
    [after ?? null, limit + 1],
  );
  const entries = rows.slice(0, limit).map(readEntry);
  return { entries, next: rows.length > limit ? entries.at(-1)?.id : undefined };
}

function readEntry(row: Readonly<Record<string, unknown>>): StoredEntry {
  const { id, at, action, actor, request_id: requestId, subject, result, detail } = row;
  return {
    id: String(id),
    atMs: at instanceof Date ? at.getTime() : 0,
    action: String(action),
    actor: String(actor),
    ...(typeof requestId === 'string' ? { requestId } : {}),
    subject: typeof subject === 'string' ? subject : undefined,
    result: result === 'done' || result === 'repeated' || result === 'unavailable' ? result : 'refused',
    detail: readDetail(detail),
  };
}

function readDetail(detail: unknown): AuditDetail {
  return typeof detail === 'object' && detail !== null ? Object.fromEntries(Object.entries(detail)) : {};
}
