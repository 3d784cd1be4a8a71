/**
 * What administrators asked for, and what came of it.
 *
 * Every entry is a line of the log at once, whatever the log level, and a row of the database where there is one.
 *
 * Invariants
 * 1. Nobody waits for the database: in an outage an operator must still be able to open a breaker. Entries wait in order,
 *    at most `MOST_UNSAVED`; what is lost then is counted, and is in the log.
 * 2. Rows are only ever added, each entry once, also when the answer to its insertion got lost (storage/postgres/migrations.ts refuses anything else).
 * 3. An entry holds ids and figures, never a credential.
 */

import { randomUUID } from 'node:crypto';
import type { AuditDetail, AuditEntry } from '../../http/operations/audit-entry.ts';
import type { Clock } from '../../resilience/clock.ts';
import type { Query } from '../../storage/postgres/database.ts';
import type { Log } from '../../telemetry/log.ts';
import type { MetricRegistry } from '../../telemetry/registry.ts';
import { type AuditQuery, insertEntry, listEntries, type StoredEntry, type UnsavedEntry } from './audit-records.ts';
import { cut, storable } from './audit-text.ts';

export interface AuditTrail {
  record(entry: AuditEntry): void;
  /** Newest first. Fails while the database is away. */
  list(query: AuditQuery): Promise<AuditPage>;
  /** Also writes to this database from now on. */
  persistIn(query: Query): void;
  /** Writes what still waits, once; then stops. */
  close(): Promise<void>;
}

export interface AuditPage {
  readonly entries: readonly StoredEntry[];
  readonly next: string | undefined;
  /** Whether the entries outlive this process. */
  readonly isPersistent: boolean;
}

const MOST_KEPT = 1_000;
const MOST_UNSAVED = 10_000;
const RETRY_MS = 1_000;

export interface AuditTrailOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: MetricRegistry;
}

export function createAuditTrail({ clock, log, registry }: AuditTrailOptions): AuditTrail {
  // A level of its own: these lines are written even where the policy asks for errors only.
  const lines = log.child({ kind: 'audit' }, { level: 'info' });
  const kept: StoredEntry[] = [];
  const unsaved: UnsavedEntry[] = [];
  let sequence = 0;
  let lost = 0;
  let query: Query | undefined;
  let saving: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;
  const count = registry.counter('audit_entries_total', [{}]);
  registry.gauge('audit_entries_unsaved', () => [[unsaved.length, {}]]);
  registry.total('audit_entries_lost_total', () => [[lost, {}]]);

  /** Writes what waits; whoever asks while it does waits with it. */
  async function save(): Promise<void> {
    if (query === undefined || unsaved.length === 0) return;
    saving ??= write(query);
    await saving;
  }

  /** In order, until the database says no. */
  async function write(to: Query): Promise<void> {
    clearTimeout(retry);
    try {
      for (let entry = unsaved[0]; entry !== undefined; entry = unsaved[0]) {
        await insertEntry(to, entry);
        unsaved.shift();
      }
    } catch {
      // The database tells of its own absence; the gauge tells of ours.
      retry = setTimeout(() => void save(), RETRY_MS).unref();
    }
    saving = undefined;
  }

  return {
    record(entry) {
      sequence += 1;
      const told: AuditEntry = {
        ...entry,
        subject: cut(entry.subject),
        ...(entry.detail === undefined ? {} : { detail: storableDetail(entry.detail) }),
      };
      const stored: StoredEntry = { ...told, id: String(sequence), atMs: clock.wallMs() };
      const { requestId, detail, ...fields } = told;
      lines.info({ ...fields, request_id: requestId, ...prefixed(detail) }, 'audit');
      count({});
      kept.unshift(stored);
      kept.length = Math.min(kept.length, MOST_KEPT);
      if (query === undefined) return;
      unsaved.push({ ...stored, uuid: randomUUID() });
      if (unsaved.length > MOST_UNSAVED) {
        unsaved.shift();
        lost += 1;
      }
      void save();
    },
    async list({ limit, after }) {
      if (query === undefined) return { ...pageOf(kept, limit, after), isPersistent: false };
      await save();
      return { ...(await listEntries(query, { limit, after })), isPersistent: true };
    },
    persistIn(to) {
      query = to;
    },
    async close() {
      await save();
      clearTimeout(retry);
      query = undefined;
    },
  };
}

function storableDetail(detail: AuditDetail): AuditDetail {
  const clean = (value: AuditDetail[string]): AuditDetail[string] => {
    if (typeof value === 'string') return storable(value);
    return typeof value === 'object' ? value.map(storable) : value;
  };
  return Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, clean(value)]));
}

/** The details beside the fields of every line, so that none of them hides another. */
function prefixed(detail: AuditDetail = {}): AuditDetail {
  return Object.fromEntries(Object.entries(detail).map(([name, value]) => [`audit_${name}`, value]));
}

function pageOf(kept: readonly StoredEntry[], limit: number, after: string | undefined) {
  const from = after === undefined ? 0 : kept.findIndex(({ id }) => id === after) + 1;
  const entries = kept.slice(from, from + limit);
  return { entries, next: from + limit < kept.length ? entries.at(-1)?.id : undefined };
}
