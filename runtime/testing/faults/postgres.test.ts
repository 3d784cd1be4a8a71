/**
 * What callers see of a database that fails: known keys go on, revoked ones stay revoked, and who cannot be known is told
 * to come back, soon and never with a 401.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { describe } from '../../../compiler/testing/suite.ts';
import { generateApiKey } from '../../features/identity/api-key.ts';
import { createFakeClock } from '../fake-clock.ts';
import { call, type KeyedChange, keyedPolicy, makeKey, openReplica, steadyCall, TEST_PEPPER, until } from '../keys.ts';
import { bind, type Gateway, startGateway, startUpstream } from '../servers.ts';
import { sharePostgres } from '../shared-postgres.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

const BY = { actor: 'test' };
const POOL = { max: 3, idleTimeoutMs: 10_000, acquireTimeoutMs: 500 };
const TTL_MS = 30_000;
const MAX_STALE_MS = 900_000;
/** Below what a stranger waits who waits for the database (250 ms), and above what a busy machine takes without. */
const PROMPT_MS = 200;

const stranger = (): string => generateApiKey('harbour_test').text;

async function metric(gateway: Gateway, name: string): Promise<number> {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** What the log said of the database coming and going, since the scene was set: a busy machine may have had it go before. */
const transitions = ({ gateway, before }: { readonly gateway: Gateway; readonly before: number }): readonly unknown[] =>
  gateway.lines.slice(before).flatMap(({ msg }) => (msg === 'database away' || msg === 'database back' ? [msg] : []));

/** The median of some calls, one after the other: a busy machine makes some of them late. */
async function typical(calls: number, run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < calls; count += 1) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  }
  return times.sort((one, other) => one - other)[Math.floor(calls / 2)] ?? 0;
}

describe('faults of PostgreSQL', (it) => {
  const test = sharePostgres(it, ['max_connections=15']);

  async function setUp(later: Later, url: string, change: KeyedChange = {}) {
    const upstream = await startUpstream((_req, res) => res.end('ok'), later);
    const policy = keyedPolicy(upstream, {
      keys: { cacheTtlMs: TTL_MS, maxStaleMs: MAX_STALE_MS },
      database: { pool: POOL, statementTimeoutMs: 1_000 },
      ...change,
    });
    const env = { DATABASE_URL: url, API_KEY_PEPPER: TEST_PEPPER };
    const clock = createFakeClock();
    const gateway = await startGateway(policy, later, { env, clock });
    const replica = await openReplica(policy, env, clock, later);
    const [known, revoked] = [await makeKey(replica, { label: 'known' }), await makeKey(replica, { label: 'revoked' })];
    await replica.identity.apiKeys.revoke(revoked.key.id, BY);
    await until(async () => (await metric(gateway, 'database_listening')) === 1);
    await until(async () => (await metric(gateway, 'database_up')) === 1);
    // What the listener hears of the new keys would make the gateway forget them just before the outage.
    equal((await steadyCall(gateway.url, known.text)).status, 200);
    await new Promise((resolve) => setTimeout(resolve, 250));
    equal((await steadyCall(gateway.url, known.text)).status, 200);
    equal((await steadyCall(gateway.url, revoked.text)).status, 401);
    return { gateway, replica, clock, known, revoked, before: gateway.lines.length };
  }

  type Scene = Awaited<ReturnType<typeof setUp>>;

  /** What holds while the database is away, however it went. */
  async function checkOutage(scene: Scene): Promise<void> {
    const { gateway, clock, known, revoked } = scene;
    // The first few strangers find out that it is away; from then on nobody waits for it.
    for (let count = 0; count < 4; count += 1) equal((await call(gateway.url, stranger())).status, 503);
    await until(async () => (await metric(gateway, 'database_up')) === 0);
    const unknown = await call(gateway.url, stranger());
    equal(unknown.status, 503);
    equal(unknown.headers.get('retry-after'), '1');
    clock.advance(TTL_MS);
    ok((await typical(20, () => call(gateway.url, stranger()))) < PROMPT_MS, 'strangers do not wait');
    ok((await typical(20, () => call(gateway.url, known.text))) < PROMPT_MS, 'known keys do not wait');
    equal((await call(gateway.url, known.text)).status, 200);
    equal((await call(gateway.url, revoked.text)).status, 401);
    equal((await call(gateway.url, 'nonsense')).status, 401);
    equal((await call(gateway.url, undefined, '/open')).status, 200);
    equal((await fetch(`${gateway.url}/health`)).status, 200);
    deepEqual(transitions(scene), ['database away']);
  }

  async function checkRecovery(scene: Scene): Promise<void> {
    const { gateway, known } = scene;
    await until(async () => (await metric(gateway, 'database_up')) === 1);
    await until(async () => (await call(gateway.url, stranger())).status === 401);
    equal((await call(gateway.url, known.text)).status, 200);
    await until(async () => (await metric(gateway, 'database_listening')) === 1);
    const said = transitions(scene);
    for (const [index, message] of said.entries()) equal(message, index % 2 === 0 ? 'database away' : 'database back');
    ok(said.length >= 2);
  }

  test(
    'killed :: and back by itself, with one line and one edge of the metric each way',
    60_000,
    async (later, postgres) => {
      const scene = await setUp(later, await postgres.createDatabase());
      await postgres.kill();
      later(() => postgres.restart());
      await checkOutage(scene);
      scene.clock.advance(MAX_STALE_MS);
      equal((await call(scene.gateway.url, scene.known.text)).status, 503, 'not for ever');
      await postgres.restart();
      await checkRecovery(scene);
    },
  );

  test('frozen :: a server that takes connections and answers nothing', 60_000, async (later, postgres) => {
    const scene = await setUp(later, await postgres.createDatabase());
    postgres.freeze();
    later(async () => postgres.thaw());
    await checkOutage(scene);
    postgres.thaw();
    await checkRecovery(scene);
  });

  test('out of connections :: the server refuses new ones and cuts the old', 60_000, async (later, postgres) => {
    const owner = await postgres.createDatabase();
    await postgres.run(owner, 'create role app login; alter schema public owner to app');
    const scene = await setUp(later, owner.replace('//seaworthy@', '//app@'));
    // A limit of the role, for it is refused with the same code (53300) and leaves the test its own connections.
    await postgres.run(
      owner,
      "alter role app connection limit 0; select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'",
    );
    await checkOutage(scene);
    await postgres.run(owner, 'alter role app connection limit -1');
    await checkRecovery(scene);
  });

  test(
    'the listening connection is cut while a key is revoked :: the gap is found at the reconnect',
    60_000,
    async (later, postgres) => {
      const url = await postgres.createDatabase();
      const proxy = await startProxy(postgres.port, later);
      const { gateway, known } = await setUp(later, url.replace(`:${postgres.port}/`, `:${proxy.port}/`));
      proxy.cut();
      await until(async () => (await metric(gateway, 'database_listening')) === 0);
      await postgres.run(url, 'update seaworthy_api_keys set revoked_at = now() where id = $1', [known.key.id]);
      equal((await call(gateway.url, known.text)).status, 200, 'it was not heard');
      proxy.mend();
      // The clock stands still, so no cache time ends: only the comparison after the gap can tell.
      await until(async () => (await call(gateway.url, known.text)).status === 401);
    },
  );

  test(
    'nothing is notified at all :: a revoked key works until its cache time ends, and not longer',
    60_000,
    async (later, postgres) => {
      const url = await postgres.createDatabase();
      const { gateway, known, clock } = await setUp(later, url);
      await postgres.run(
        url,
        `alter table seaworthy_api_keys disable trigger all;
         update seaworthy_api_keys set revoked_at = now(), updated_at = now() - interval '1 hour'
          where id = '${known.key.id}'`,
      );
      clock.advance(TTL_MS - 1);
      equal((await call(gateway.url, known.text)).status, 200);
      clock.advance(1);
      // The row that is here stands in for a moment when the answer is late.
      await until(async () => (await call(gateway.url, known.text)).status === 401);
    },
  );

  test(
    'no storm :: an outage is asked about by one question at a time, and afterwards each row is asked for once',
    60_000,
    async (later, postgres) => {
      const url = await postgres.createDatabase();
      const proxy = await startProxy(postgres.port, later);
      const scene = await setUp(later, url.replace(`:${postgres.port}/`, `:${proxy.port}/`));
      const keys = await Promise.all(
        Array.from({ length: 40 }, (_, index) => makeKey(scene.replica, { label: `key ${index}` })),
      );
      const askAll = () =>
        Promise.all(keys.map(({ text }) => call(scene.gateway.url, text).then(({ status }) => status)));
      await until(async () => (await askAll()).every((status) => status === 200));
      proxy.cut();
      scene.clock.advance(TTL_MS);
      for (let count = 0; count < 4; count += 1) await call(scene.gateway.url, stranger());
      await until(async () => (await metric(scene.gateway, 'database_up')) === 0);
      const before = proxy.refused();
      const startedMs = performance.now();
      let requests = 0;
      while (performance.now() - startedMs < 1_500) {
        await askAll();
        await call(scene.gateway.url, stranger());
        requests += keys.length + 1;
      }
      // Two processes ask twice a second and listen again ever more rarely; requests ask nothing.
      const attempts = proxy.refused() - before;
      ok(attempts <= 40 && attempts < requests / 4, `${attempts} connections for ${requests} requests`);
      proxy.mend();
      await until(async () => (await metric(scene.gateway, 'database_up')) === 1);
      scene.clock.advance(TTL_MS);
      // Rows that are here stand in for answers that are late.
      deepEqual(new Set(await askAll()), new Set([200]));
      const [row] = await postgres.run(
        url,
        "select count(*)::int as n from pg_stat_activity where application_name = 'seaworthy-runtime' and datname = current_database()",
      );
      ok(Number(row?.['n']) <= 2 * POOL.max, 'two processes, each within its pool');
    },
  );
});

/** Passes connections on until it is cut; then it refuses and counts them. */
async function startProxy(target: number, later: Later) {
  const sockets = new Set<Socket>();
  let isCut = false;
  let refused = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (isCut) {
      refused += 1;
      socket.destroy();
      return;
    }
    const upstream = connect(target, '127.0.0.1');
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on('error', () => undefined);
      end.on('close', () => {
        socket.destroy();
        upstream.destroy();
        sockets.delete(end);
      });
    }
    socket.pipe(upstream).pipe(socket);
  });
  const port = await bind(server);
  later(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    port,
    refused: () => refused,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      isCut = false;
    },
  };
}
