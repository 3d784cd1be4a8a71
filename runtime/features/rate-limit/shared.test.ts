/** Several replicas on one Redis: what they count together, and what an operator changes for all of them. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import type { Limit, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { systemClock } from '../../resilience/clock.ts';
import type { SharedRedis } from '../../storage/redis/open-redis.ts';
import { createLog } from '../../telemetry/log.ts';
import { createMetricRegistry } from '../../telemetry/registry.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { startLibraryApp } from '../../testing/library-app.ts';
import { openTestRedis, startTestRedis, until } from '../../testing/open-test-redis.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../../testing/policy.ts';
import { bind, startGateway, startUpstream, within } from '../../testing/servers.ts';
import { openLimits } from './open-limits.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

const DAY = { requests: 1, periodMs: 86_400_000 };
const { storage } = testPolicy();
/** Patient, as this machine may have better things to do meanwhile. */
const SHARED = {
  ...storage,
  counters: { kind: 'redis', env: 'REDIS_URL', commandTimeoutMs: 10_000 },
  replicas: 2,
} as const;

function policyOf(
  limits: Readonly<Record<string, Partial<Limit>>>,
  change: Partial<RuntimePolicy> = {},
): RuntimePolicy {
  return testPolicy({
    limits: Object.fromEntries(Object.entries(limits).map(([id, limit]) => [id, testLimit(limit)])),
    routes: [testRoute({ limits: Object.keys(limits) })],
    storage: SHARED,
    ...change,
  });
}

const count = (statuses: readonly number[], status: number): number => statuses.filter((one) => one === status).length;

/** Limits of one replica, beside no gateway. */
function openReplica(policy: RuntimePolicy, redis: SharedRedis | undefined, clock = systemClock) {
  const log = createLog(policy, { write: () => undefined });
  const limits = openLimits({ policy, clock, registry: createMetricRegistry(), log, redis });
  const { limiter, store } = limits.use(policy);
  const [route] = policy.routes;
  ok(route !== undefined);
  return {
    limits,
    /** How many of `wanted` requests of a client pass. */
    async admits(wanted: number, client = '203.0.113.1'): Promise<number> {
      let admitted = 0;
      for (let index = 0; index < wanted; index += 1) {
        const charges = limiter.charges(route, { client: { key: client }, principal: { kind: 'anonymous' } });
        const outcomes = await store.charge(charges, clock.nowMs());
        if (outcomes.every(({ verdict }) => verdict === 'admitted')) admitted += 1;
      }
      return admitted;
    },
  };
}

/** Hands requests to each target in turn, and says for whom, as a load balancer does. */
async function startBalancer(targets: readonly string[], later: Later): Promise<string> {
  let turn = 0;
  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', targets[turn++ % targets.length]);
    const chain = [req.headers['x-forwarded-for'], req.socket.remoteAddress].flat().filter(Boolean).join(', ');
    const onward = request(
      url,
      { method: req.method, headers: { ...req.headers, 'x-forwarded-for': chain } },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      },
    );
    req.pipe(onward);
  });
  const port = await bind(server);
  later(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return `http://127.0.0.1:${port}`;
}

describe('limits over replicas', (it) => {
  it(
    '[SIQ-078] [JAM-035] count together on one Redis :: behind a balancer, by client, with event streams, and every key ends',
    within(60_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const upstream = await startUpstream((req, res) => {
        if (req.url !== '/events') return void res.end('ok');
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.write('data: 1\n\n');
        setTimeout(() => res.end('data: 2\n\n'), 50);
      }, later);
      const policy = policyOf(
        { minute: { requests: 100, periodMs: 60_000, capacity: 100 } },
        {
          // Two hops: the balancer and what stands before it.
          trust: { proxyCidrs: ['127.0.0.0/8', '10.0.0.0/8'] },
          routes: [
            testRoute({ limits: ['minute'] }),
            testRoute({ id: 'events', path: '/events', kind: 'sse', limits: ['minute'], idleTimeoutMs: 0 }),
          ],
          upstreams: { main: testUpstream(upstream) },
        },
      );
      const env = { REDIS_URL: server.url };
      const gateways = [await startGateway(policy, later, { env }), await startGateway(policy, later, { env })];
      const balancer = await startBalancer(
        gateways.map(({ url }) => url),
        later,
      );
      const redis = await openTestRedis(server.url, later);
      for (const { url, lines } of gateways) {
        await until(() => lines.some((line) => line['msg'] === 'redis connected'));
        equal((await fetch(`${url}/v1/none`)).status, 404);
      }
      const call = async (client: string): Promise<number> => {
        const response = await fetch(`${balancer}/v1/items`, { headers: { 'x-forwarded-for': `${client}, 10.0.0.7` } });
        await response.arrayBuffer();
        return response.status;
      };
      const started = performance.now();
      const statuses: number[] = [];
      for (let round = 0; round < 5; round += 1) {
        statuses.push(...(await Promise.all(Array.from({ length: 40 }, () => call('203.0.113.1')))));
      }
      const refilled = Math.ceil((performance.now() - started) / 600);
      ok(count(statuses, 200) >= 100 && count(statuses, 200) <= 100 + refilled, String(count(statuses, 200)));
      equal(count(statuses, 200) + count(statuses, 429), 200);
      equal(await call('203.0.113.2'), 200);
      const events = await fetch(`${balancer}/events`, { headers: { 'x-forwarded-for': '203.0.113.3, 10.0.0.7' } });
      equal(await events.text(), 'data: 1\n\ndata: 2\n\n');
      const keys = await redis.client.keys('harbour:test:limit:*');
      equal(keys.length, 3);
      for (const key of keys) {
        const seconds = await redis.client.ttl(key);
        ok(seconds >= 0 && seconds <= 60, `${key}: ${seconds}`);
      }
    }),
  );

  it(
    'admit exactly 100 of 2000 at once on a budget of 100 :: two gateways',
    within(60_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const policy = policyOf({ day: { ...DAY, capacity: 100, per: 'global' } });
      const apps = [
        await startLibraryApp(policy, later, { redis: await openTestRedis(server.url, later) }),
        await startLibraryApp(policy, later, { redis: await openTestRedis(server.url, later) }),
      ];
      const statuses = await Promise.all(
        Array.from({ length: 2_000 }, async (_, index) => (await apps[index % 2]?.call('/v1/items'))?.status ?? 0),
      );
      deepEqual([count(statuses, 200), count(statuses, 429)], [100, 1_900]);
    }),
  );

  it(
    '[INT-068] limit tenants by themselves :: on two instances together, and as declared when Redis is lost',
    within(60_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const limit = { ...DAY, capacity: 12, per: 'tenant' } as const;
      const policy = policyOf(
        { hard: { ...limit, onStoreFailure: 'closed' }, soft: { ...limit, onStoreFailure: 'open' } },
        {
          routes: ['hard', 'soft'].map((id) => testRoute({ id, path: `/${id}`, auth: 'api-key', limits: [id] })),
        },
      );
      const connections = [await openTestRedis(server.url, later), await openTestRedis(server.url, later)];
      const apps = await Promise.all(connections.map((redis) => startLibraryApp(policy, later, { redis })));
      const call = async (path: string, tenant: string, index: number) =>
        (await apps[index % 2]?.call(path, { tenant, keyId: `k${index}` }))?.status ?? 0;
      const flood = async (path: string, tenant: string) =>
        Promise.all(Array.from({ length: 20 }, (_, index) => call(path, tenant, index)));
      for (const path of ['/hard', '/soft']) {
        equal(count(await flood(path, 'a'), 200), 12);
        equal(await call(path, 'b', 1), 200);
      }
      await server.kill();
      await until(() => connections.every(({ isUp }) => !isUp));
      equal(count(await flood('/hard', 'c'), 503), 20);
      equal(count(await flood('/soft', 'c'), 200), 20);
    }),
  );

  it(
    'follow a reload in the middle of traffic :: down without a fresh burst, up at once',
    within(60_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const sized = (capacity: number, requests: number) =>
        policyOf(
          { all: { per: 'global', requests, periodMs: 86_400_000, capacity } },
          { upstreams: { main: testUpstream(upstream) } },
        );
      const gateway = await startGateway(sized(50, 7), later, { env: { REDIS_URL: server.url } });
      await until(() => gateway.lines.some((line) => line['msg'] === 'redis connected'));
      const admitted = async (wanted: number): Promise<number> => {
        const calls = Array.from({ length: wanted }, async () => (await fetch(`${gateway.url}/v1/items`)).status);
        return count(await Promise.all(calls), 200);
      };
      const reload = async (policy: RuntimePolicy, digest: string) =>
        (await gateway.runtime.reload({ policy, digest })).kind;
      equal(await admitted(20), 20);
      equal(await reload(sized(25, 5), 'down'), 'reloaded');
      equal(await admitted(20), 5);
      equal(await admitted(3), 0);
      equal(await reload(sized(40, 11), 'up'), 'reloaded');
      equal(await admitted(30), 15);
    }),
  );

  it(
    '[JAM-039] take an override from one replica on all of them within a second, and keep it',
    within(60_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const policy = policyOf({ each: { requests: 3, periodMs: 1_000, capacity: 3 } });
      const connections = [await openTestRedis(server.url, later), await openTestRedis(server.url, later)];
      const [one, two] = connections.map((redis) => openReplica(policy, redis));
      ok(one !== undefined && two !== undefined);
      const name = { limit: 'each', identity: 'client:203.0.113.1' };
      const { administration } = one.limits;
      // Listening takes a moment.
      await sleep(200);
      // Before the first use.
      const set = { requests: 8, periodMs: 1_000, capacity: 8 };
      deepEqual(await administration.setOverride(name, set), { kind: 'done', value: undefined });
      await sleep(900);
      equal(await one.admits(4), 4);
      equal(await two.admits(8), 4);
      equal(await two.admits(8, '203.0.113.2'), 3);
      const report = await two.limits.administration.inspect(name);
      ok(report.kind === 'done');
      deepEqual([report.value.source, report.value.capacity, report.value.remaining], ['override', 8, 0]);
      // After a window has passed, and in a replica that starts later.
      await sleep(1_100);
      const three = openReplica(policy, await openTestRedis(server.url, later));
      await until(() => three.limits.administration.overrides().length === 1);
      equal(await three.admits(12), 8);
      deepEqual(await two.limits.administration.clearOverride(name), { kind: 'done', value: undefined });
      await sleep(1_100);
      equal(await one.admits(12), 3);
      deepEqual(one.limits.administration.overrides(), []);
      for (const { limits } of [one, two, three]) limits.close();
    }),
  );

  it(
    'fill a budget up for all :: also where it was known to be used up',
    within(30_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const policy = policyOf({ each: { ...DAY, capacity: 2 } });
      const one = openReplica(policy, await openTestRedis(server.url, later));
      const two = openReplica(policy, await openTestRedis(server.url, later));
      await sleep(300);
      equal(await one.admits(5), 2);
      equal(await two.admits(5), 0);
      const name = { limit: 'each', identity: 'client:203.0.113.1' };
      deepEqual(await one.limits.administration.reset(name), { kind: 'done', value: undefined });
      await sleep(500);
      equal(await two.admits(5), 2);
      await server.kill();
      deepEqual(await one.limits.administration.reset(name), { kind: 'store-away' });
      deepEqual(await one.limits.administration.inspect(name), { kind: 'store-away' });
      deepEqual(await one.limits.administration.setOverride(name, { ...DAY, capacity: 9 }), { kind: 'store-away' });
      for (const { limits } of [one, two]) limits.close();
    }),
  );

  it('administer budgets in memory as in Redis :: set before first use, kept after the window, over a reload', async () => {
    const clock = createFakeClock();
    const policy = { ...policyOf({ each: { requests: 3, periodMs: 60_000, capacity: 3 } }), storage };
    const { limits, admits } = openReplica(policy, undefined, clock);
    const { administration } = limits;
    const name = { limit: 'each', identity: 'client:203.0.113.1' };
    await administration.setOverride(name, { requests: 5, periodMs: 60_000, capacity: 5 });
    equal(await admits(9), 5);
    clock.advance(60_000);
    limits.use(policy);
    equal(await admits(9), 5);
    deepEqual(await administration.inspect(name), {
      kind: 'done',
      value: { ...name, requests: 5, periodMs: 60_000, capacity: 5, source: 'override', remaining: 0, resetMs: 12_000 },
    });
    await administration.reset(name);
    await administration.clearOverride(name);
    equal(await admits(9), 3);
    deepEqual(await administration.inspect({ limit: 'none', identity: 'global' }), { kind: 'no-such-limit' });
    deepEqual(await administration.setOverride(name, { requests: 0, periodMs: 60_000, capacity: 5 }), {
      kind: 'invalid',
      reason: 'requests: must be a whole number from 1 to 1000000',
    });
  });
});
