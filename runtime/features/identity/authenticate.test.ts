import { equal, match, ok } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { becomesReady } from '../../testing/administration.ts';
import { createSkippingClock } from '../../testing/fake-clock.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../../testing/policy.ts';
import { startGateway, startUpstream, within } from '../../testing/servers.ts';
import { sharePostgres } from '../../testing/shared-postgres.ts';
import { generateApiKey } from './api-key.ts';

const PEPPER = 'a pepper of thirty-two characters or more';
const base = testPolicy();
const keyed = (url: string, change: Partial<RuntimePolicy> = {}) =>
  testPolicy({
    routes: [testRoute({ auth: 'api-key', limits: ['per-key'] }), testRoute({ id: 'open', path: '/open' })],
    limits: {
      'per-key': testLimit({
        per: 'api-key',
        requests: 1,
        periodMs: 86_400_000,
        capacity: 5,
        variants: { big: { requests: 1, periodMs: 86_400_000, capacity: 8 } },
      }),
    },
    upstreams: { main: testUpstream(url) },
    health: { ...base.health, dependencies: [{ name: 'database', kind: 'storage', required: true, timeoutMs: 400 }] },
    ...change,
  });
const send = (url: string, key?: string) =>
  fetch(`${url}/v1/items`, key === undefined ? {} : { headers: { 'x-api-key': key } });

describe('authenticate', (it) => {
  const test = sharePostgres(it);

  test(
    'accepts a key that was issued, and tells of a wrong one in one sentence :: and never forwards or logs it',
    60_000,
    async (later, postgres) => {
      let seen: NodeJS.Dict<string | string[]> = {};
      const upstream = await startUpstream((req, res) => {
        seen = req.headers;
        res.end('ok');
      }, later);
      const env = { DATABASE_URL: await postgres.createDatabase(), API_KEY_PEPPER: PEPPER };
      const gateway = await startGateway(keyed(upstream), later, { env });
      await becomesReady(gateway);
      const key = await gateway.runtime.issueApiKey({ label: 'test', tenant: 'acme', user: 'jo' });
      ok(key !== undefined);
      equal((await send(gateway.url, key.text)).status, 200);
      equal(seen['x-api-key'], undefined);
      equal(seen['x-consumer-key-id'], key.id);
      equal(seen['x-consumer-tenant'], 'acme');
      const wrong = `${key.text.slice(0, -1)}${key.text.endsWith('0') ? '1' : '0'}`;
      const forged = generateApiKey('harbour_test').text;
      const foreign = generateApiKey('harbour_live').text;
      const otherSecret = forged.replace(/_[0-9A-Za-z]{10}_/, `_${key.id}_`);
      for (const bad of [undefined, '', 'nonsense', wrong, forged, foreign, otherSecret, `${key.text}, ${key.text}`]) {
        const response = await send(gateway.url, bad);
        equal(response.status, 401);
        equal(response.headers.get('www-authenticate'), 'ApiKey realm="harbour"');
        equal(JSON.stringify(await response.json()).includes(key.text), false);
      }
      const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      for (const [reason, count] of [
        ['missing', 2],
        ['malformed', 2],
        ['bad-checksum', 2],
        ['unknown', 1],
        ['wrong-prefix', 1],
      ] as const) {
        match(metrics, new RegExp(`auth_failures_total\\{reason="${reason}"\\} ${count}\\n`), reason);
      }
      ok(await gateway.runtime.revokeApiKey(key.id));
      equal((await send(gateway.url, key.text)).status, 401);
      // A key in a place where none is asked for still goes no further.
      await fetch(`${gateway.url}/open`, { headers: { 'x-api-key': key.text } });
      equal(seen['x-api-key'], undefined);
      const secret = key.text.split('_')[3] ?? '';
      equal(JSON.stringify(gateway.lines).includes(secret), false);
    },
  );

  test(
    'works with a PostgreSQL server :: limits by key and type, and 503 instead of 401 while the server is away',
    60_000,
    async (later, postgres) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const policy = keyed(upstream, {
        auth: { ...base.auth, apiKeys: { ...base.auth.apiKeys, cacheTtlMs: 50 } },
        storage: { ...base.storage, database: { ...base.storage.database, embedded: 'forbidden' } },
      });
      const env = { DATABASE_URL: await postgres.createDatabase(), API_KEY_PEPPER: PEPPER };
      const clock = createSkippingClock();
      const gateway = await startGateway(policy, later, { env, clock });
      const plain = await gateway.runtime.issueApiKey({ label: 'plain' });
      const big = await gateway.runtime.issueApiKey({ label: 'big', keyType: 'big' });
      const expired = await gateway.runtime.issueApiKey({ label: 'old', expiresAtMs: Date.now() - 1 });
      ok(plain !== undefined && big !== undefined && expired !== undefined);
      equal((await send(gateway.url, expired.text)).status, 401);
      equal((await send(gateway.url, plain.text)).headers.get('ratelimit'), '"per-key";r=4;t=86400');
      equal((await send(gateway.url, big.text)).headers.get('ratelimit'), '"per-key";r=7;t=86400');
      equal((await fetch(`${gateway.url}/ready`)).status, 200);

      postgres.freeze();
      later(async () => postgres.thaw());
      // Verdicts of readiness are shared for a second.
      clock.advance(1_100);
      const unready = await fetch(`${gateway.url}/ready`);
      equal(unready.status, 503);
      equal(JSON.stringify(await unready.json()).includes('"away":["database"]'), true);
      equal((await fetch(`${gateway.url}/health`)).status, 200);
      equal((await send(gateway.url, plain.text)).status, 200);
      const unknown = await send(gateway.url, generateApiKey('harbour_test').text);
      equal(unknown.status, 503);
      equal(unknown.headers.get('retry-after'), '1');
      equal((await send(gateway.url, 'nonsense')).status, 401);
      postgres.thaw();
      // Verdicts of readiness are shared for a second.
      clock.advance(1_100);
      equal((await fetch(`${gateway.url}/ready`)).status, 200);
      equal((await send(gateway.url, generateApiKey('harbour_test').text)).status, 401);
    },
  );

  it(
    'starts without its server, answers what needs none, and recovers by itself',
    within(60_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const env = { DATABASE_URL: 'postgresql://nobody:hunter2hunter2@127.0.0.1:9/none', API_KEY_PEPPER: PEPPER };
      const gateway = await startGateway(keyed(upstream), later, { env });
      equal((await fetch(`${gateway.url}/open`)).status, 200);
      equal((await send(gateway.url, generateApiKey('harbour_test').text)).status, 503);
      equal((await fetch(`${gateway.url}/ready`)).status, 503);
      ok(gateway.lines.some((line) => line['msg'] === 'database away'));
      equal(JSON.stringify(gateway.lines).includes('hunter2'), false);
    }),
  );

  it(
    'limits guessing as it limits calling :: failed attempts draw on the budget of the client',
    within(30_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const policy = testPolicy({
        routes: [testRoute({ auth: 'admin-key', limits: ['guess'] })],
        limits: { guess: testLimit({ requests: 1, periodMs: 86_400_000, capacity: 4 }) },
        upstreams: { main: testUpstream(upstream) },
      });
      const token = 'the-admin-token-of-this-test-0123456789';
      const gateway = await startGateway(policy, later, { env: { ADMIN_API_KEY: token } });
      const call = async (text: string) =>
        (await fetch(`${gateway.url}/v1/items`, { headers: { authorization: `Bearer ${text}` } })).status;
      equal(await call(token), 200);
      equal([await call('a'), await call('b'), await call('c'), await call('d')].join(), '401,401,401,429');
      equal(await call(token), 429);
    }),
  );

  test(
    'tells a good key that it is no administrator’s, by 403 :: in either header; and counts it as a guess',
    60_000,
    async (later, postgres) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const token = 'the-admin-token-of-this-test-0123456789';
      const policy = keyed(upstream, {
        routes: [
          testRoute({ auth: 'admin-key', limits: ['guess'] }),
          testRoute({ id: 'keys', path: '/keys', auth: 'api-key' }),
        ],
        limits: { guess: testLimit({ requests: 1, periodMs: 86_400_000, capacity: 5 }) },
      });
      const env = { DATABASE_URL: await postgres.createDatabase(), API_KEY_PEPPER: PEPPER, ADMIN_API_KEY: token };
      const gateway = await startGateway(policy, later, { env });
      await becomesReady(gateway);
      const { text: key } = (await gateway.runtime.issueApiKey({ label: 'test' })) ?? { text: '' };
      const call = async (headers: Record<string, string>) =>
        (await fetch(`${gateway.url}/v1/items`, { headers })).status;
      equal(await call({ authorization: `Bearer ${token}`, 'x-api-key': key }), 200);
      equal(await call({ 'x-api-key': key }), 403);
      equal(await call({ authorization: `Bearer ${key}` }), 403);
      equal(await call({ authorization: 'Bearer guess', 'x-api-key': key }), 403);
      equal(await call({ authorization: 'Bearer guess', 'x-api-key': `${key}x` }), 401);
      equal(await call({ authorization: 'Bearer guess', 'x-api-key': key }), 429);
    },
  );

  it(
    'refuses to start on an environment that does not fit :: and names the variable, never its value',
    within(20_000, async (later) => {
      const refusals: readonly (readonly [RuntimePolicy, Record<string, string>, RegExp])[] = [
        [
          keyed('http://127.0.0.1:9', { storage: { ...base.storage, replicas: 2 } }),
          {},
          /DATABASE_URL must be set: the embedded database serves one process/,
        ],
        [
          keyed('http://127.0.0.1:9', {
            storage: { ...base.storage, database: { ...base.storage.database, embedded: 'forbidden' } },
          }),
          {},
          /DATABASE_URL must be set: the policy forbids/,
        ],
        [keyed('http://127.0.0.1:9'), { DATABASE_URL: 'mysql://hunter2' }, /DATABASE_URL must be a postgresql/],
        [keyed('http://127.0.0.1:9'), { DATABASE_URL: 'postgresql://127.0.0.1:9/x' }, /API_KEY_PEPPER must be set/],
        [
          keyed('http://127.0.0.1:9'),
          { DATABASE_URL: 'postgresql://127.0.0.1:9/x', API_KEY_PEPPER: 'hunter2' },
          /API_KEY_PEPPER must hold at least 32/,
        ],
        [testPolicy(), { ADMIN_API_KEY: 'hunter2' }, /ADMIN_API_KEY must hold at least 32/],
      ];
      for (const [policy, env, pattern] of refusals) {
        const message = await startGateway(policy, later, { env }).then(
          () => 'started',
          (error: Error) => error.message,
        );
        match(message, pattern);
        equal(message.includes('hunter2'), false);
      }
    }),
  );
});
