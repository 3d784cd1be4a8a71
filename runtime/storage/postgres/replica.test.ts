import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { systemClock } from '../../resilience/clock.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { steadyCall as call, keyedPolicy, makeKey, openReplica, TEST_PEPPER, until } from '../../testing/keys.ts';
import { startPostgres, startPostgresReplica } from '../../testing/postgres.ts';
import { startGateway, startUpstream, within } from '../../testing/servers.ts';
import type { Database, Row } from './database.ts';
import { openStorage } from './open-storage.ts';
import { createReplicaReader } from './replica-reader.ts';

const BY = { actor: 'test' };

describe('read replica', (it) => {
  it(
    '[JAM-101] [SIM-031] reads go to the replica and writes to the primary :: not while it lags, and it falls back',
    within(60_000, async (later) => {
      const program = requireTool('postgres');
      const primary = await startPostgres(program);
      later(() => primary.stop());
      const standby = await startPostgresReplica(program, primary);
      later(() => standby.stop());
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const policy = keyedPolicy(upstream, { database: { replica: { env: 'REPLICA_URL', maxLagMs: 400 } } });
      const env = { DATABASE_URL: primary.url, REPLICA_URL: standby.url, API_KEY_PEPPER: TEST_PEPPER };
      const gateway = await startGateway(policy, later, { env, clock: systemClock });
      const metric = async (name: string): Promise<number> => {
        const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
        const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
        return Number(line?.slice(name.length + 1));
      };
      const replicaReads = () => metric('database_reads_total{pool="replica"}');
      await until(async () => (await metric('database_replica_used')) === 1);
      ok((await metric('database_replica_lag_seconds')) < 0.4);

      // A new key is not on the replica yet, perhaps, and is accepted all the same.
      const admin = await openReplica(policy, env, systemClock, later);
      for (let count = 0; count < 5; count += 1) {
        const fresh = await makeKey(admin, { label: 'fresh' });
        equal((await call(gateway.url, fresh.text)).status, 200, 'its own writes are read');
      }
      // What changed a while ago is read from the replica: the primary's table is held, and nobody waits for it.
      const key = await makeKey(admin, { label: 'one' });
      await until(async () => {
        const rows = await standby.run(standby.url, 'select 1 from seaworthy_api_keys where id = $1', [key.key.id]);
        return rows.length === 1;
      });
      const second = await startGateway(policy, later, { env, clock: systemClock });
      const usesReplica = async () =>
        /database_replica_used 1/.test(await (await fetch(`${second.adminUrl}/metrics`)).text());
      await until(usesReplica);
      // The second gateway asks the primary at first, since it cannot know what it missed before it listened.
      await new Promise((resolve) => setTimeout(resolve, 2_600));
      const reads = async () =>
        /database_reads_total\{pool="replica"\} (\d+)/.exec(
          await (await fetch(`${second.adminUrl}/metrics`)).text(),
        )?.[1];
      const before = Number((await reads()) ?? 0);
      equal((await call(second.url, key.text)).status, 200);
      equal(Number(await reads()), before + 1, 'the lookup went to the replica');

      // It stops replaying: it is left alone as soon as that is longer than allowed, though it answers.
      await standby.run(standby.url, 'select pg_wal_replay_pause()');
      await primary.run(primary.url, 'create table moved_on (a integer)');
      await until(async () => (await metric('database_replica_used')) === 0);
      const atPause = await replicaReads();
      const late = await makeKey(admin, { label: 'late' });
      equal((await call(gateway.url, late.text)).status, 200);
      equal((await call(second.url, late.text)).status, 200);
      equal(await replicaReads(), atPause);
      ok((await metric('database_replica_lag_seconds')) > 0.4);
      await standby.run(standby.url, 'select pg_wal_replay_resume()');
      await until(async () => (await metric('database_replica_used')) === 1);

      // It is gone altogether: the primary answers.
      await standby.kill();
      const lone = await makeKey(admin, { label: 'lone' });
      equal((await call(gateway.url, lone.text)).status, 200);
      await until(async () => (await metric('database_replica_used')) === 0);
      const listed = await admin.identity.apiKeys.list();
      ok(listed.kind === 'listed' && listed.keys.some(({ id }) => id === lone.key.id));
      match(await (await fetch(`${gateway.adminUrl}/metrics`)).text(), /database_replica_lag_seconds \+Inf/);
      const transitions = gateway.lines.flatMap(({ msg }) =>
        msg === 'replica used' || msg === 'replica left alone' ? [msg] : [],
      );
      // Two rounds were forced; a loaded machine can lag on its own, which are rounds more.
      const pair = ['replica used', 'replica left alone'];
      ok(transitions.length >= 4, transitions.join());
      deepEqual(transitions, Array.from({ length: transitions.length / 2 }, () => pair).flat());
      equal((await admin.identity.apiKeys.revoke(lone.key.id, BY)).kind, 'revoked');
    }),
  );

  it(
    'a row that the replica does not have is asked of the primary :: and so is one that has just changed',
    within(60_000, async (later) => {
      const program = requireTool('postgres');
      const primary = await startPostgres(program);
      later(() => primary.stop());
      const standby = await startPostgresReplica(program, primary);
      later(() => standby.stop());
      const storage = openStorage({
        plan: {
          kind: 'postgresql',
          url: primary.url,
          max: 3,
          idleTimeoutMs: 5_000,
          acquireTimeoutMs: 2_000,
          statementTimeoutMs: 2_000,
          replica: { url: standby.url, maxLagMs: 60_000 },
        },
        clock: systemClock,
        onEvent: () => undefined,
      });
      later(() => storage.close());
      await storage.firstAttempt;
      await storage.query("insert into seaworthy_tenants (id, name) values ('a', 'old')");
      const onStandby = () => standby.run(standby.url, "select 1 from pg_tables where tablename = 'seaworthy_tenants'");
      await until(async () => (await onStandby()).length === 1);
      const name = async (id: string, isFresh: boolean) =>
        (await storage.lookUp('select name from seaworthy_tenants where id = $1', [id], isFresh))[0]?.['name'];
      await until(async () => storage.state.replica?.isUsed === true && (await name('a', false)) === 'old');
      // It is allowed to be behind, and now it is.
      await standby.run(standby.url, 'select pg_wal_replay_pause()');
      await until(async () => {
        const [row] = await standby.run(standby.url, 'select pg_get_wal_replay_pause_state() as state');
        return row?.['state'] === 'paused';
      });
      await storage.query("update seaworthy_tenants set name = 'new' where id = 'a'");
      await storage.query("insert into seaworthy_tenants (id, name) values ('b', 'made')");
      await until(async () => (await name('a', false)) === 'old');
      equal(await name('a', true), 'new');
      equal(await name('b', false), 'made');
      equal(await name('c', false), undefined);
    }),
  );

  it('is as old as the newest position that it has replayed :: also when it is cut off, and unknown when it is none', async () => {
    const clock = createFakeClock();
    const state = { primary: '0/10', replica: '0/10' as string | null };
    const asked: string[] = [];
    const replica: Database = {
      ...deadDatabase(),
      query: async (sql) => {
        asked.push(sql);
        return [{ position: state.replica }];
      },
    };
    const changes: boolean[] = [];
    const askPrimary = async (): Promise<readonly Row[]> => [{ position: state.primary }];
    const reader = createReplicaReader({
      replica,
      askPrimary,
      maxLagMs: 200,
      clock,
      onChange: (isUsed) => changes.push(isUsed),
    });
    const measured = async () => {
      const before = asked.length;
      await until(() => asked.length > before + 1);
    };
    await measured();
    equal(reader.lagMs, 0);
    // The primary moves on, and the replica does not: nothing of it says so, only what the primary said before.
    state.primary = 'A/0';
    clock.advance(150);
    await measured();
    equal(reader.lagMs, 150);
    ok(await reader.read('select 1', [], undefined));
    clock.advance(51);
    equal(reader.isUsed, false);
    equal(await reader.read('select 1', [], undefined), undefined);
    await measured();
    state.replica = 'A/0';
    await measured();
    equal(reader.lagMs, 0);
    // Halves are compared as numbers, not as text: 9/FF comes before A/0.
    state.replica = '9/FF';
    clock.advance(1);
    state.primary = 'A/1';
    await measured();
    equal(reader.lagMs, undefined);
    state.replica = null;
    await measured();
    equal(reader.isUsed, false, 'a server that is no replica is not measured, and not used');
    deepEqual(changes, [true, false, true, false]);
    await reader.close();
  });
});

function deadDatabase(): Database {
  const never = () => Promise.reject(new Error('not here'));
  return {
    kind: 'postgresql',
    query: never,
    withSession: never,
    listen: () => ({ isListening: false, close: async () => undefined }),
    pool: { inUse: 0, idle: 0, waiting: 0, max: 1 },
    close: async () => undefined,
  };
}
