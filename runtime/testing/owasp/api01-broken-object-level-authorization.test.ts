/**
 * OWASP API1:2023 :: a credential of one tenant reaches nothing of another: answers that are kept, budgets, bodies, sockets, nonces.
 *
 * Keys are in a real PostgreSQL, what replicas share is in a real Redis.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { signRequest } from '../../features/signing/sign-request.ts';
import { attack } from '../attacker.ts';
import { issueKey, steadily } from '../issue-key.ts';
import { startTestRedis } from '../open-test-redis.ts';
import { testCache, testCacheUse, testLimit, testPolicy, testRoute, testUpstream } from '../policy.ts';
import { startPostgres } from '../postgres.ts';
import { startGateway, startUpstream } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';
import { testSignature } from '../signing.ts';
import { openSocket, startSocketUpstream } from '../websockets.ts';

type Later = Parameters<typeof startGateway>[1];

const SECRETS = {
  SIGNING_SECRET: randomBytes(24).toString('hex'),
  SIGNING_SECRET_PREVIOUS: randomBytes(24).toString('hex'),
};
const base = testPolicy();

function policyOf(main: string, sockets: string): RuntimePolicy {
  const websocket = { enabled: true, maxConnectionsPerTenant: 1, pingIntervalMs: 10_000 };
  return testPolicy({
    upstreams: { main: testUpstream(main), sockets: testUpstream(sockets) },
    caches: { rules: testCache({ store: 'redis' }) },
    limits: { 'per-tenant': testLimit({ per: 'tenant', requests: 1, periodMs: 86_400_000, capacity: 3 }) },
    auth: {
      ...base.auth,
      apiKeys: { ...base.auth.apiKeys, cacheTtlMs: 600_000 },
      signature: testSignature({ profile: 'rfc9421' }),
    },
    storage: { ...base.storage, counters: { kind: 'redis', env: 'REDIS_URL', commandTimeoutMs: 10_000 } },
    routes: [
      testRoute({ id: 'documents', path: '/v1/documents', auth: 'api-key', cache: testCacheUse() }),
      testRoute({ id: 'budget', path: '/v1/budget', auth: 'api-key', limits: ['per-tenant'] }),
      testRoute({ id: 'orders', path: '/v1/orders', auth: 'api-key', tenantField: 'tenant_id' }),
      testRoute({
        id: 'ws',
        path: '/ws',
        kind: 'websocket',
        methods: ['GET'],
        upstream: 'sockets',
        auth: 'api-key',
        websocket,
      }),
      testRoute({ id: 'signed', path: '/v1/signed', auth: 'signature' }),
    ],
  });
}

async function start(later: Later) {
  const postgres = await startPostgres(requireTool('postgres'));
  later(() => postgres.stop());
  const redis = await startTestRedis(requireTool('redis-server'), later);
  let calls = 0;
  const main = await startUpstream((req, res) => {
    calls += 1;
    const { 'x-consumer-tenant': tenant } = req.headers;
    // Late enough that a second caller comes while the first is served.
    setTimeout(() => res.end(`documents of ${tenant}`), 50);
  }, later);
  const env = {
    DATABASE_URL: postgres.url,
    API_KEY_PEPPER: randomBytes(24).toString('hex'),
    REDIS_URL: redis.url,
    ...SECRETS,
  };
  const gateway = await startGateway(policyOf(main, await startSocketUpstream(later)), later, { env });
  const keyOf = async (tenant: string): Promise<string> => {
    const { text } = await issueKey(gateway, { tenant });
    await steadily(() => attack(gateway.port, 'GET /v1/documents/warm', [`X-API-Key: ${text}`]));
    return text;
  };
  const acme = await keyOf('acme');
  const rival = await keyOf('rival');
  return { ...gateway, acme, rival, calls: () => calls };
}

/** Ways to say that one is somebody else; the runtime believes the credential alone. */
const CLAIMS = [
  'X-Consumer-Tenant: acme',
  'X_Consumer_Tenant: acme',
  'X-Tenant-Id: acme',
  'X-Consumer-Key-Id: 0000000000',
  'Connection: close, x-consumer-tenant',
  'Cookie: tenant=acme',
];

describe('OWASP API1 :: broken object level authorization', (it) => {
  const test = shareSetUp(it, start);

  test(
    'what is kept for one tenant is not answered to another :: whatever he says he is, at once and later',
    60_000,
    async ({ port, acme, rival, calls }) => {
      const read = (key: string, target: string, ...fields: readonly string[]) =>
        attack(port, `GET ${target}`, [`X-API-Key: ${key}`, ...fields]);
      const before = calls();
      const [mine, his, mineAgain] = await Promise.all([
        read(acme, '/v1/documents/1'),
        read(rival, '/v1/documents/1'),
        read(acme, '/v1/documents/1'),
      ]);
      deepEqual(
        [mine.body, mineAgain.body, his.body],
        ['documents of acme', 'documents of acme', 'documents of rival'],
      );
      equal(calls() - before, 2, 'two of one tenant share a flight, and nobody else');
      for (const claim of CLAIMS) {
        equal((await read(rival, '/v1/documents/1', claim)).body, 'documents of rival', claim);
      }
      for (const target of ['/v1/documents/1?tenant=acme', '/v1/documents/1?x-consumer-tenant=acme']) {
        equal((await read(rival, target)).body, 'documents of rival', target);
      }
      const kept = await read(acme, '/v1/documents/1');
      match(kept.field('cache-status') ?? '', /hit/);
      equal(kept.body, 'documents of acme');
      const stranger = await attack(port, 'GET /v1/documents/1', ['X-Consumer-Tenant: acme']);
      equal(stranger.status, 401);
    },
  );

  test('a budget that one tenant has used up is whole for another', 30_000, async ({ port, acme, rival }) => {
    const spend = async (key: string, ...fields: readonly string[]) =>
      (await attack(port, 'GET /v1/budget', [`X-API-Key: ${key}`, ...fields])).status;
    const statuses: number[] = [];
    for (const claim of [...CLAIMS.slice(0, 4), 'X-Tenant-Id: other']) statuses.push(await spend(rival, claim));
    deepEqual(statuses, [200, 200, 200, 429, 429]);
    equal(await spend(acme), 200);
    equal(await spend(rival), 429);
  });

  test('a body that names the object of another tenant is refused', 30_000, async ({ port, acme, rival, calls }) => {
    const order = (key: string, body: string) =>
      attack(port, 'POST /v1/orders', [`X-API-Key: ${key}`, 'Content-Type: application/json'], body);
    const before = calls();
    equal((await order(rival, '{"tenant_id":"acme"}')).status, 403);
    equal((await order(rival, '{"tenant_id":"rival","tenant_id":"acme"}')).status, 400);
    equal((await order(rival, '{"tenant_id":["acme"]}')).status, 400);
    equal((await order(rival, '{"__proto__":{"tenant_id":"rival"}}')).status, 400);
    equal(calls(), before, 'nothing of it was forwarded');
    equal((await order(acme, '{"tenant_id":"acme"}')).status, 200);
  });

  test('sockets of one tenant take no place of another', 30_000, async ({ url, acme, rival }) => {
    const open = (key: string, claim = {}) => openSocket(`${url}/ws`, { headers: { 'x-api-key': key, ...claim } });
    const first = await open(rival);
    equal(first.kind, 'open');
    const second = await open(rival, { 'x-consumer-tenant': 'acme' });
    equal(second.kind === 'refused' && second.status, 429);
    const other = await open(acme);
    equal(other.kind, 'open');
    for (const socket of [first, other]) if (socket.kind === 'open') socket.socket.terminate();
    await sleep(10);
  });

  test('nonces of one signer are not used up by another :: nor under his name', 30_000, async ({ port }) => {
    const request = { method: 'POST', target: '/v1/signed', body: 'pay' };
    const send = (secret: string, keyId: string, nonce: string) => {
      const fields = signRequest({ profile: 'rfc9421', secret, keyId }, request, { nonce });
      return attack(
        port,
        'POST /v1/signed',
        Object.entries(fields).map((field) => field.join(': ')),
        request.body,
      );
    };
    // Who has a secret may call his key as he likes, also as somebody else calls his.
    equal((await send(SECRETS.SIGNING_SECRET_PREVIOUS, 'acme', 'nonce-1')).status, 200);
    equal((await send(SECRETS.SIGNING_SECRET, 'acme', 'nonce-1')).status, 200);
    equal((await send(SECRETS.SIGNING_SECRET, 'acme', 'nonce-1')).status, 401);
    equal((await send(SECRETS.SIGNING_SECRET_PREVIOUS, 'acme', 'nonce-1')).status, 401);
  });
});
