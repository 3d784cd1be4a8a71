import { equal, match, ok, rejects } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { generateApiKey } from '../../features/identity/api-key.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { call, keyedPolicy, openReplica, TEST_PEPPER, until } from '../../testing/keys.ts';
import { testPolicy } from '../../testing/policy.ts';
import { startPostgres } from '../../testing/postgres.ts';
import { startGateway, startUpstream, within } from '../../testing/servers.ts';
import { sharePostgres } from '../../testing/shared-postgres.ts';
import { planStorage } from './plan-storage.ts';
import { openPostgresDatabase } from './postgres-database.ts';

const FIGURES = { max: 3, idleTimeoutMs: 5_000, acquireTimeoutMs: 300, statementTimeoutMs: 4_000 };

describe('database pool', (it) => {
  const test = sharePostgres(it);

  test('[SIM-029] never holds more connections than the policy says', 30_000, async (later, postgres) => {
    const url = await postgres.createDatabase();
    const policy = keyedPolicy('http://127.0.0.1:9', {
      database: { pool: { max: 3, idleTimeoutMs: 5_000, acquireTimeoutMs: 4_000 }, statementTimeoutMs: 3_000 },
    });
    const env = { DATABASE_URL: url, API_KEY_PEPPER: TEST_PEPPER };
    const { identity } = await openReplica(policy, env, createFakeClock(), later);
    let most = 0;
    const watch = async (): Promise<void> => {
      const [row] = await postgres.run(
        url,
        "select count(*)::int as n from pg_stat_activity where application_name = 'seaworthy-runtime'",
      );
      most = Math.max(most, Number(row?.['n']));
    };
    const queries = Array.from({ length: 13 }, () => identity.query('select pg_sleep(0.2)'));
    await watch();
    const { inUse, waiting, max } = identity.state.primary;
    equal(max, 3);
    ok(inUse <= 3 && waiting >= 10, `${inUse} in use, ${waiting} waiting`);
    await watch();
    await Promise.all(queries);
    await watch();
    equal(most, 3);
  });

  test(
    '[SIM-056] [SIM-112] [JAM-059] gauges follow the pool :: used up, it answers 503 soon and hangs nobody',
    30_000,
    async (later, postgres) => {
      const url = await postgres.createDatabase();
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const policy = keyedPolicy(upstream, {
        database: { pool: { max: 2, idleTimeoutMs: 60_000, acquireTimeoutMs: 3_000 }, statementTimeoutMs: 3_000 },
      });
      const env = { DATABASE_URL: url, API_KEY_PEPPER: TEST_PEPPER };
      const gateway = await startGateway(policy, later, { env, clock: createFakeClock() });
      const gauge = async (series: string): Promise<number> => {
        const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
        const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
        return Number(line?.slice(series.length + 1));
      };
      equal(await gauge('database_pool_max_connections{pool="primary"}'), 2);
      equal(await gauge('database_pool_connections{pool="primary",state="in_use"}'), 0);
      equal(await gauge('database_pool_waiting{pool="primary"}'), 0);
      equal(await gauge('database_up'), 1);
      // A lock on the table holds every lookup, and the third finds no connection.
      const holder = postgres.run(
        url,
        'begin; lock table seaworthy_api_keys in access exclusive mode; select pg_sleep(1.5); commit',
      );
      await until(async () => {
        const [row] = await postgres.run(
          url,
          "select count(*)::int as n from pg_locks where mode = 'AccessExclusiveLock'",
        );
        return Number(row?.['n']) > 0;
      });
      const startedMs = performance.now();
      const calls = Array.from({ length: 6 }, () => call(gateway.url, generateApiKey('harbour_test').text));
      await until(async () => (await gauge('database_pool_waiting{pool="primary"}')) > 0);
      equal(await gauge('database_pool_connections{pool="primary",state="in_use"}'), 2);
      for (const response of await Promise.all(calls)) equal(response.status, 503);
      ok(performance.now() - startedMs < 1_400, 'before the lock was gone, so nobody hung on it');
      await holder;
      await until(async () => (await call(gateway.url, generateApiKey('harbour_test').text)).status === 401);
      await until(async () => (await gauge('database_pool_connections{pool="primary",state="in_use"}')) === 0);
      ok((await gauge('database_pool_connections{pool="primary",state="idle"}')) >= 1);
    },
  );

  test(
    'a wait for a connection, a statement and a frozen server each end by themselves',
    30_000,
    async (later, postgres) => {
      const url = await postgres.createDatabase();
      const database = openPostgresDatabase({
        url,
        ...FIGURES,
        statementTimeoutMs: 400,
        max: 1,
        onIdleError: () => undefined,
      });
      later(() => database.close());
      const held = database.query('select pg_sleep(30)');
      await Promise.all([
        rejects(held, /statement timeout/),
        rejects(database.query('select 1'), /timeout exceeded when trying to connect/),
      ]);
      equal((await database.query('select 1 as one'))[0]?.['one'], 1);
      postgres.freeze();
      later(async () => postgres.thaw());
      await rejects(database.query('select 1', [], 100), /timeout/);
      postgres.thaw();
      await until(() =>
        database.query('select 1').then(
          () => true,
          () => false,
        ),
      );
    },
  );

  it(
    'TLS is what the URL says :: verify-full takes a server of its authority, and no other',
    within(30_000, async (later) => {
      const folder = mkdtempSync(join(tmpdir(), 'seaworthy-tls-'));
      later(async () => rmSync(folder, { recursive: true, force: true }));
      const [certificate, key] = makeCertificate(folder, 'server');
      const [other] = makeCertificate(folder, 'other');
      const postgres = await startPostgres(requireTool('postgres'), [
        'ssl=on',
        `ssl_cert_file=${certificate}`,
        `ssl_key_file=${key}`,
      ]);
      later(() => postgres.stop());
      const open = (query: string, host = 'localhost') => {
        const url = `${postgres.url.replace('127.0.0.1', host)}?${query}`;
        const database = openPostgresDatabase({
          url,
          ...FIGURES,
          acquireTimeoutMs: 3_000,
          onIdleError: () => undefined,
        });
        later(() => database.close());
        return database.query('select ssl, version from pg_stat_ssl where pid = pg_backend_pid()');
      };
      const [row] = await open(`sslmode=verify-full&sslrootcert=${certificate}`);
      equal(row?.['ssl'], true);
      match(String(row?.['version']), /^TLSv1\.[23]$/);
      await rejects(open(`sslmode=verify-full&sslrootcert=${other}`), /self-signed|unable to verify/i);
      await rejects(open('sslmode=verify-full'), /self-signed|unable to verify/i);
      await rejects(open(`sslmode=verify-full&sslrootcert=${certificate}`, '127.0.0.1'), /IP|altnames/i);
    }),
  );

  it('a URL that cannot be used ends the start with a sentence :: which never holds its password', () => {
    const base = keyedPolicy('http://127.0.0.1:9', { database: { replica: { env: 'REPLICA_URL', maxLagMs: 500 } } });
    const plan = (env: Record<string, string>) => planStorage(base, env, undefined);
    const good = 'postgresql://a:hunter2@127.0.0.1/x';
    const missing = `${good}?sslmode=verify-full&sslrootcert=/nowhere/ca.pem`;
    const cases = [
      [{ DATABASE_URL: missing }, /^DATABASE_URL cannot be used/],
      [{ DATABASE_URL: good, REPLICA_URL: missing }, /^REPLICA_URL cannot be used/],
      [{ DATABASE_URL: good, REPLICA_URL: 'mysql://hunter2' }, /^REPLICA_URL must be a postgresql:/],
    ] as const;
    for (const [env, pattern] of cases) {
      const refused = plan(env);
      ok(refused.kind === 'refused');
      match(refused.reason, pattern);
      equal(refused.reason.includes('hunter2'), false);
    }
    const planned = plan({ DATABASE_URL: good, REPLICA_URL: '' });
    ok(planned.kind === 'postgresql');
    equal(planned.replica, undefined);
    // What the policy leaves out is what its schema says.
    checkFigures(planned);
    equal(planStorage(testPolicy(), {}, undefined).kind, 'none');
  });
});

function checkFigures(planned: Extract<ReturnType<typeof planStorage>, { kind: 'postgresql' }>): void {
  const { max, idleTimeoutMs, acquireTimeoutMs, statementTimeoutMs } = planned;
  equal([max, idleTimeoutMs, acquireTimeoutMs, statementTimeoutMs].join(), '10,30000,1000,2000');
}

/** A certificate for `localhost` that signs itself, readable by the user of the server. */
function makeCertificate(folder: string, name: string): readonly [certificate: string, key: string] {
  const [certificate, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate];
  const made = spawnSync('openssl', [...args, ...subject], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
  chmodSync(folder, 0o755);
  chmodSync(key, 0o600);
  if (process.getuid?.() === 0) {
    const id = (flag: string): number => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
    chownSync(key, id('-u'), id('-g'));
  }
  return [certificate, key];
}
