import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { startPostgres } from '../../testing/postgres.ts';
import { within } from '../../testing/servers.ts';
import type { Database } from './database.ts';
import { openEmbeddedDatabase } from './embedded-database.ts';
import { migrate } from './migrate.ts';
import type { Migration } from './migration.ts';
import { MIGRATIONS } from './migrations.ts';
import { openPostgresDatabase } from './postgres-database.ts';

const second: Migration = {
  id: 1_002,
  name: 'second',
  sql: 'create table second (a integer); insert into second values (7);',
};
const broken: Migration = { id: 1_003, name: 'broken', sql: 'create table half (a integer); select nonsense;' };

async function check(database: Database): Promise<void> {
  deepEqual(await migrate(database), { kind: 'migrated', applied: MIGRATIONS.map(({ name }) => name) });
  deepEqual(await migrate(database), { kind: 'migrated', applied: [] });
  deepEqual(await migrate(database, [...MIGRATIONS, second]), { kind: 'migrated', applied: ['second'] });
  deepEqual(await database.query('select a from second'), [{ a: 7 }]);
  // A step that fails leaves nothing of itself behind, and the session is whole again.
  const failed = await migrate(database, [...MIGRATIONS, second, broken]).then(
    () => '',
    (error: Error) => error.message,
  );
  match(failed, /nonsense/);
  equal((await database.query("select to_regclass('half') as found"))[0]?.['found'], null);
  // A program of the release before runs on: its schema was only added to.
  deepEqual(await migrate(database), { kind: 'migrated', applied: [] });
  const edited = await migrate(database, [...MIGRATIONS, { ...second, sql: `${second.sql} -- edited` }]);
  deepEqual(edited, { kind: 'refused', reason: 'migration 1002 (second) was applied with other content' });
}

describe('migrate', (it) => {
  it(
    'goes forward once, in whole steps, and notices an edited past :: embedded',
    within(30_000, async (later) => {
      const database = await openEmbeddedDatabase(undefined);
      later(() => database.close());
      await check(database);
    }),
  );

  it(
    'goes forward once, in whole steps, and notices an edited past :: PostgreSQL, and eight replicas at once',
    within(40_000, async (later) => {
      const postgres = await startPostgres(requireTool('postgres'));
      later(() => postgres.stop());
      const open = () =>
        openPostgresDatabase({
          url: postgres.url,
          max: 4,
          idleTimeoutMs: 5_000,
          acquireTimeoutMs: 2_000,
          statementTimeoutMs: 3_000,
          onIdleError: () => undefined,
        });
      const replicas = Array.from({ length: 8 }, open);
      for (const replica of replicas) later(() => replica.close());
      const results = await Promise.all(replicas.map((replica) => migrate(replica)));
      equal(results.filter((result) => result.kind === 'migrated' && result.applied.length > 0).length, 1);
      ok(results.every((result) => result.kind === 'migrated'));
      const [first] = replicas;
      await first?.query('drop schema public cascade; create schema public');
      await check(open());
    }),
  );
});
