import { equal, ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { testPolicy, testRoute, testUpstream } from '../../testing/policy.ts';
import { startRedis } from '../../testing/redis.ts';
import { type Gateway, startGateway, startUpstream, within } from '../../testing/servers.ts';
import { testSignature } from '../../testing/signing.ts';
import { signRequest } from './sign-request.ts';

const SECRET = randomBytes(24).toString('hex');
const send = async ({ url }: Gateway, headers: Record<string, string>): Promise<number> =>
  (await fetch(`${url}/v1/items`, { method: 'POST', headers })).status;
/** A signature is good for one request a second: this one is of a second that no other test request had. */
let second = Date.now();
const signNew = (): Record<string, string> => {
  second += 1_000;
  const request = { method: 'POST', target: '/v1/items' };
  return { ...signRequest({ profile: 'simple', secret: SECRET }, request, { wallMs: second }) };
};

describe('nonces in redis', (it) => {
  it(
    '[JAM-049] a captured request is refused by the other instance too :: one of many at once passes',
    within(25_000, async (later) => {
      const redis = await startRedis(requireTool('redis-server'));
      later(() => redis.stop());
      const [one, two] = await startPair(later, redis.url, 'closed');
      const captured = signNew();
      equal(await send(one, captured), 200);
      equal(await send(two, captured), 401);
      equal(await send(one, captured), 401);
      const other = signNew();
      const statuses = await Promise.all(Array.from({ length: 20 }, (_, index) => send(index % 2 ? one : two, other)));
      equal(statuses.filter((status) => status === 200).length, 1);
      equal(statuses.filter((status) => status === 401).length, 19);
    }),
  );

  it(
    'while redis is frozen or gone a closed policy answers 503, quickly, and recovers by itself',
    within(25_000, async (later) => {
      const redis = await startRedis(requireTool('redis-server'));
      later(() => redis.stop());
      const [one, two] = await startPair(later, redis.url, 'closed');
      equal(await send(one, signNew()), 200);
      redis.freeze();
      const started = performance.now();
      equal(await send(one, signNew()), 503);
      ok(performance.now() - started < 5_000, 'a frozen store costs a bounded time');
      await redis.kill();
      equal(await send(two, signNew()), 503);
      ok(/signature_nonce_store_failures_total 1\n/.test(await (await fetch(`${one.adminUrl}/metrics`)).text()));
      ok(one.lines.some((line) => line['outcome'] === 'auth:unavailable'));
      await redis.restart();
      await recovered(one);
    }),
  );

  it(
    'a local policy goes on with what each instance knows',
    within(25_000, async (later) => {
      const redis = await startRedis(requireTool('redis-server'));
      later(() => redis.stop());
      const [one] = await startPair(later, redis.url, 'local');
      const before = signNew();
      equal(await send(one, before), 200);
      await redis.kill();
      const during = signNew();
      equal(await send(one, during), 200);
      equal(await send(one, during), 401);
      equal(await send(one, before), 401);
    }),
  );
});

type Later = (cleanUp: () => Promise<unknown>) => void;

async function startPair(later: Later, redisUrl: string, onStoreFailure: 'closed' | 'local') {
  const upstream = await startUpstream((_req, res) => res.end('ok'), later);
  const base = testPolicy();
  const policy = testPolicy({
    auth: { ...base.auth, signature: testSignature({ onStoreFailure }) },
    upstreams: { main: testUpstream(upstream) },
    routes: [testRoute({ auth: 'signature' })],
    storage: { ...base.storage, counters: { kind: 'redis', env: 'REDIS_URL' }, replicas: 2 },
  });
  const env = { SIGNING_SECRET: SECRET, REDIS_URL: redisUrl };
  const pair = [await startGateway(policy, later, { env }), await startGateway(policy, later, { env })] as const;
  for (const gateway of pair) await recovered(gateway);
  return pair;
}

/** Waits until the gateway reaches Redis. */
async function recovered(gateway: Gateway): Promise<void> {
  while (!(await (await fetch(`${gateway.adminUrl}/metrics`)).text()).includes('shared_state_up 1\n')) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
