/**
 * Brings a database to this release's schema.
 *
 * Owns order, checksums and the lock: replicas that start together wait for one another, each step is one transaction,
 * and a database whose past differs from this program's is left alone.
 */
import { createHash } from 'node:crypto';
import type { Database, Session } from './database.ts';
import type { Migration } from './migration.ts';
import { MIGRATIONS } from './migrations.ts';

export type MigrationResult =
  | { readonly kind: 'migrated'; readonly applied: readonly string[] }
  /** A step was applied with other content than this program has; nothing was changed. */
  | { readonly kind: 'refused'; readonly reason: string };

// Any constant that no other program locks will do: these are the letters "seaworth" as one number.
const LOCK_KEY = '8314043574806573160';

/** An index on a large table, or the wait for a replica that makes one, takes longer than a request's statement may. */
const STEP_LIMIT_MS = 60_000;

/** Applies the steps that are missing. Fails only when the database cannot be reached. */
export async function migrate(
  database: Database,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<MigrationResult> {
  return database.withSession(async (session) => {
    await session.query('select pg_advisory_lock($1::bigint)', [LOCK_KEY]);
    try {
      return await applyMissing(session, migrations);
    } finally {
      await session.query('select pg_advisory_unlock($1::bigint)', [LOCK_KEY]);
    }
  }, STEP_LIMIT_MS);
}

async function applyMissing(session: Session, migrations: readonly Migration[]): Promise<MigrationResult> {
  await session.script(`create table if not exists seaworthy_migrations (
    id integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`);
  const past = await session.query('select id, name, checksum from seaworthy_migrations order by id');
  for (const row of past) {
    const known = migrations.find((migration) => migration.id === row['id']);
    // A step that is not known is a newer release's. It only added, so rolling back must not take the service away.
    if (known !== undefined && checksumOf(known) !== row['checksum']) {
      return { kind: 'refused', reason: `migration ${known.id} (${known.name}) was applied with other content` };
    }
  }
  const done = new Set(past.map((row) => row['id']));
  const missing = migrations.filter((migration) => !done.has(migration.id));
  for (const migration of missing) await applyOne(session, migration);
  return { kind: 'migrated', applied: missing.map((migration) => migration.name) };
}

async function applyOne(session: Session, migration: Migration): Promise<void> {
  await session.script('begin');
  try {
    await session.script(migration.sql);
    await session.query('insert into seaworthy_migrations (id, name, checksum) values ($1, $2, $3)', [
      migration.id,
      migration.name,
      checksumOf(migration),
    ]);
    await session.script('commit');
  } catch (error) {
    // On a broken connection there is nothing left to undo.
    await session.script('rollback').catch(() => undefined);
    throw error;
  }
}

function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex');
}
