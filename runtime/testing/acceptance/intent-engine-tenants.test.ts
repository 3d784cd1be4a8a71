/** Tenants of the Intent Reasoning Engine as it is compiled: their budgets on two replicas, their sockets, and the table they are in. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { createCaller } from '../administration.ts';
import { compiledSystem, testSecrets } from '../compiled.ts';
import { startCompiledEdge } from '../compiled-edge.ts';
import { startTestRedis } from '../open-test-redis.ts';
import { startPostgres } from '../postgres.ts';
import { type Gateway, startGateway } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';
import { until } from '../until.ts';
import { mustOpen, openSocket, startSocketUpstream } from '../websockets.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

const SYSTEM = compiledSystem('intent-engine', 'production');

async function deploy(later: Later) {
  const redis = await startTestRedis(requireTool('redis-server'), later);
  const postgres = await startPostgres(requireTool('postgres'));
  later(() => postgres.stop());
  const seen: NodeJS.Dict<string | string[]>[] = [];
  // Plain requests are answered 418, sockets are echoed.
  const service = await startSocketUpstream(later, (socket, headers) => {
    seen.push(headers);
    socket.on('message', (data) => socket.send(String(data)));
  });
  const secrets = testSecrets();
  const env = { ...secrets, DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  const start = async (more: Readonly<Record<string, string>>, end: Later, environment = 'production') => {
    const policy = compiledSystem('intent-engine', environment).policy(service);
    const gateway = await startGateway(policy, end, { env: { ...env, ...more } });
    await becomes(gateway, 200);
    return gateway;
  };
  const gateway = await start({}, later);
  const administer = createCaller(gateway, secrets['ADMIN_API_KEY']);
  /** A key of a new tenant, as a header. */
  const join = async (tenant: string) => {
    const made = await administer('POST', '/v1/admin/tenants', { id: tenant, name: tenant });
    equal(made.status, 201, made.text);
    const key = await administer('POST', '/v1/admin/keys', { label: 'acceptance', tenant });
    equal(key.status, 201, key.text);
    return { headers: { 'x-api-key': String(key.body.text) } };
  };
  return { redis, postgres, seen, gateway, start, join };
}

async function becomes({ url }: Gateway, status: number): Promise<string> {
  let text = '';
  let seen = 0;
  const look = setInterval(() => {
    void fetch(`${url}/ready`)
      .then(async (response) => {
        text = await response.text();
        seen = response.status;
      })
      .catch(() => undefined);
  }, 100);
  await until(() => seen === status, `/ready is ${status}`, 30_000).finally(() => clearInterval(look));
  return text;
}

/** Statuses of so many calls, dealt out to the gateways in turn; 418 is the service. */
async function flood(gateways: readonly Gateway[], count: number, init: RequestInit) {
  const startedMs = performance.now();
  const calls = Array.from({ length: count }, async (_, index) => {
    const response = await fetch(`${gateways[index % gateways.length]?.url}/v1/resolve`, init);
    await response.arrayBuffer();
    return response.status;
  });
  const statuses = await Promise.all(calls);
  const seconds = (performance.now() - startedMs) / 1_000;
  deepEqual(
    statuses.filter((status) => status !== 418 && status !== 429),
    [],
  );
  return { admitted: statuses.filter((status) => status === 418).length, seconds };
}

describe('tenants of the Intent Reasoning Engine', (it) => {
  const test = shareSetUp(it, deploy);

  test(
    '[INT-075] WS_ENABLED opens a WebSocket, and false refuses it',
    60_000,
    async ({ gateway, start, join }, later) => {
      const key = await join('talks');
      const { socket, next } = await mustOpen(`${gateway.url}/v1/ws`, key);
      socket.send('hello');
      equal(await next(), 'hello');
      socket.close();
      const off = await start({ WS_ENABLED: 'false' }, later);
      const refused = await openSocket(`${off.url}/v1/ws`, key);
      ok(refused.kind === 'refused');
      equal(refused.status, 503);
    },
  );

  test(
    '[INT-077] WS_MAX_CONNECTIONS_PER_TENANT=3 :: the fourth socket of a tenant is refused, that of another is not, and closing one frees a place',
    60_000,
    async ({ start, join }, later) => {
      const capped = await start({ WS_MAX_CONNECTIONS_PER_TENANT: '3' }, later);
      const [acme, other] = [await join('acme'), await join('other')];
      const open = (as: object) => openSocket(`${capped.url}/v1/ws`, as);
      const [first] = [await mustOpen(`${capped.url}/v1/ws`, acme), await open(acme), await open(acme)];
      const fourth = await open(acme);
      ok(fourth.kind === 'refused');
      equal(fourth.status, 429);
      equal((await open(other)).kind, 'open');
      first.socket.close();
      await first.closed;
      let again = 'refused';
      // The place is free once the other side has heard of it.
      for (let count = 0; count < 8 && again === 'refused'; count += 1) {
        await sleep(200);
        again = (await open(acme)).kind;
      }
      equal(again, 'open');
    },
  );

  test(
    '[INT-076] wss passes the compiled nginx and the gateway, and comes back :: with a read timeout of an hour',
    60_000,
    async ({ gateway, seen, join }, later) => {
      const edge = await startCompiledEdge(requireTool('nginx'), { system: SYSTEM, runtime: gateway.port }, later);
      const { headers } = await join('secure');
      const options = {
        headers: { ...headers, host: edge.host },
        servername: edge.host,
        rejectUnauthorized: false,
      };
      const { socket, next } = await mustOpen(`https://127.0.0.1:${edge.port}/v1/ws`, options);
      socket.send('through both');
      equal(await next(), 'through both');
      socket.close();
      equal(String(seen.at(-1)?.['upgrade']).toLowerCase(), 'websocket');
      const [, location = ''] =
        /location = \/v1\/ws \{([^}]*(?:\{[^}]*\}[^}]*)*)\n\}/.exec(SYSTEM.read('nginx/snippets/routes.conf')) ?? [];
      match(location, /proxy_read_timeout 360[01]s;/);
    },
  );

  test(
    '[INT-001] any key at all is 401 :: in production, and in staging even with TENANT_DEV_MODE',
    60_000,
    async ({ gateway, start }, later) => {
      const headers = { 'x-api-key': randomBytes(12).toString('hex') };
      const staging = await start({ TENANT_DEV_MODE: 'true' }, later, 'staging');
      for (const { url } of [gateway, staging]) equal((await fetch(`${url}/v1/resolve`, { headers })).status, 401);
    },
  );

  test(
    '[INT-058] readiness covers the table of tenants, since tenants are in the database :: no request is sent while it is broken',
    60_000,
    async ({ gateway, postgres }) => {
      await postgres.run(postgres.url, 'alter table seaworthy_tenants rename to broken');
      match(await becomes(gateway, 503), /"away":\[[^\]]*"tenant-store"/);
      await postgres.run(postgres.url, 'alter table broken rename to seaworthy_tenants');
      await becomes(gateway, 200);
    },
  );

  // The last: Redis does not come back.
  test(
    '[INT-068] a tenant has 11 at once and 60 a minute on two replicas together, and takes nothing from another :: without Redis each replica keeps its share',
    90_000,
    async ({ redis, gateway, start, join }, later) => {
      const both = [gateway, await start({}, later)];
      const [busy, calm, late] = [await join('busy'), await join('calm'), await join('late')];
      const { admitted, seconds } = await flood(both, 40, busy);
      ok(admitted >= 11 && admitted <= 12 + seconds, `${admitted} in ${seconds} s`);
      for (const { url } of both) equal((await fetch(`${url}/v1/resolve`, calm)).status, 418);
      await redis.kill();
      await Promise.all(both.map((one) => becomes(one, 503)));
      const alone = await flood(both, 40, late);
      ok(alone.admitted >= 2 && alone.admitted <= 12 + alone.seconds, `${alone.admitted} in ${alone.seconds} s`);
    },
  );
});
