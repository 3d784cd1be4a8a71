/**
 * Opens the planned database and brings it up to date, however long that takes.
 *
 * Owns the retries: a server that is away at start must not keep the process from answering what needs no database.
 * Until the schema is there, `query` fails as if the server were away.
 */

import type { Database, Row, Session } from './database.ts';
import { openEmbeddedDatabase } from './embedded-database.ts';
import { type MigrationResult, migrate } from './migrate.ts';
import type { StoragePlan } from './plan-storage.ts';
import { openPostgresDatabase } from './postgres-database.ts';
import { StorageUnavailable } from './storage-unavailable.ts';

const RETRY_MS = 1_000;

export type StorageEvent =
  | { readonly kind: 'ready'; readonly database: Database['kind']; readonly applied: readonly string[] }
  | { readonly kind: 'away'; readonly error: Error }
  | { readonly kind: 'refused'; readonly reason: string };

export interface Storage {
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /** May be answered by a replica that is behind. */
  read(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /** All of `use` or nothing. */
  transaction<Result>(use: (session: Session) => Promise<Result>): Promise<Result>;
  /** Settles when the first attempt is over, whatever came of it. */
  readonly firstAttempt: Promise<void>;
  close(): Promise<void>;
}

export function openStorage(
  plan: Extract<StoragePlan, { kind: 'postgresql' | 'embedded' }>,
  onEvent: (event: StorageEvent) => void,
): Storage {
  let database: Database | undefined;
  let isUsable = false;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;

  async function attempt(): Promise<void> {
    try {
      database ??= await open();
      const result = await migrate(database);
      report(database, result);
    } catch (error) {
      onEvent({ kind: 'away', error: asError(error) });
      if (!isClosed) retry = setTimeout(() => void attempt(), RETRY_MS).unref();
    }
  }

  function report(opened: Database, result: MigrationResult): void {
    isUsable = result.kind === 'migrated';
    onEvent(
      result.kind === 'migrated'
        ? { kind: 'ready', database: opened.kind, applied: result.applied }
        : { kind: 'refused', reason: result.reason },
    );
  }

  function open(): Database | Promise<Database> {
    if (plan.kind === 'embedded') return openEmbeddedDatabase(plan.directory);
    return openPostgresDatabase(plan.url, (error) => onEvent({ kind: 'away', error }));
  }

  function usable(): Database {
    if (!isUsable || database === undefined) throw new StorageUnavailable('the database is not ready');
    return database;
  }

  const firstAttempt = attempt();
  return {
    firstAttempt,
    query: async (sql, parameters) => usable().query(sql, parameters),
    read: async (sql, parameters) => usable().query(sql, parameters),
    transaction: async (use) => usable().withSession((session) => inTransaction(session, use)),
    async close() {
      isClosed = true;
      clearTimeout(retry);
      await firstAttempt;
      await database?.close();
    },
  };
}

async function inTransaction<Result>(session: Session, use: (session: Session) => Promise<Result>): Promise<Result> {
  await session.script('begin');
  try {
    const result = await use(session);
    await session.script('commit');
    return result;
  } catch (error) {
    await session.script('rollback');
    throw error;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
