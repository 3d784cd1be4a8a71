import { deepEqual, equal, match } from 'node:assert/strict';
import { createServer } from 'node:http';
import Koa from 'koa';
import { describe } from '../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../schemas/runtime-policy.gen.ts';
import type { GatewayState } from './http/exchange.ts';
import { policies } from './library.ts';
import { testCache, testCacheUse, testLimit, testPolicy, testRoute, testUpstream } from './testing/policy.ts';
import { bind, within } from './testing/servers.ts';
import { testSignature } from './testing/signing.ts';

describe('library form', (it) => {
  it(
    'enforces the same policy in front of a host application',
    within(8_000, async (later) => {
      const lines: string[] = [];
      const policy = testPolicy({
        limits: { two: testLimit({ requests: 1, periodMs: 86_400_000, capacity: 2 }) },
        routes: [testRoute({ limits: ['two'], cors: true })],
      });
      const enforce = policies(policy, { log: { write: (line) => lines.push(line) } });
      const app = new Koa<GatewayState>();
      app.use(enforce);
      app.use((ctx) => {
        ctx.body = `host ${ctx.state.exchange.route?.id}`;
      });
      const server = createServer(app.callback());
      const url = `http://127.0.0.1:${await bind(server)}/v1/items`;
      later(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
      const first = await fetch(url, { headers: { origin: 'https://app.example.com' } });
      equal(await first.text(), 'host items');
      equal(first.headers.get('x-content-type-options'), 'nosniff');
      equal(first.headers.get('access-control-allow-origin'), 'https://app.example.com');
      equal((await fetch(url)).status, 200);
      equal((await fetch(url)).status, 429);
      equal((await fetch(`${url}x`)).status, 404);
      equal(lines.length, 4);
      match(await enforce.metrics.scrape(), /ratelimit_requests_total\{policy="two",result="refused"\} 1\n/);
    }),
  );

  it(
    'leaves the host the body that it has read, and refuses signed requests without a secret',
    within(8_000, async (later) => {
      const policy = testPolicy({
        auth: { ...testPolicy().auth, signature: testSignature() },
        routes: [
          testRoute({ body: { type: 'object', required: ['a'] } }),
          testRoute({ id: 'signed', path: '/signed', auth: 'signature' }),
        ],
      });
      const app = new Koa<GatewayState>();
      app.use(policies(policy));
      app.use((ctx) => {
        ctx.body = JSON.stringify(Object.entries(ctx.request).find(([name]) => name === 'body')?.[1]);
      });
      const server = createServer(app.callback());
      const url = `http://127.0.0.1:${await bind(server)}`;
      later(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
      const post = (path: string, body: string) =>
        fetch(url + path, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
      equal(await (await post('/v1/items', ' {"a": 1}')).text(), '{"a":1}');
      equal((await post('/v1/items', '{"b": 1}')).status, 400);
      equal((await post('/signed', '{}')).status, 500);
    }),
  );

  it('holds no process open :: no listener, no timer, with everything declared', async () => {
    const before = listenersAndTimers();
    const { caches } = policies(everything(), {
      env: { SIGNING_SECRET: 'a-secret-for-tests-of-at-least-32-characters' },
    });
    await caches.get('rules')?.wrap('key', ['rules'], () => 'value');
    await new Promise((resolve) => setImmediate(resolve));
    deepEqual(listenersAndTimers(), before);
  });
});

/** Connections of other tests may still be closing. */
function listenersAndTimers(): readonly string[] {
  return process.getActiveResourcesInfo().filter((name) => /Server|Timeout|Interval|FSEvent/.test(name));
}

function everything(): RuntimePolicy {
  const { auth, storage, telemetry } = testPolicy();
  const breaker = { consecutiveFailures: 5, openMs: 1_000, halfOpenProbes: 1 };
  const listen = { host: '127.0.0.1', port: 0 };
  return testPolicy({
    egress: listen,
    auth: {
      ...auth,
      apiKeys: { ...auth.apiKeys, types: ['standard'] },
      tenants: { store: 'database', tiers: ['standard'] },
      signature: testSignature(),
    },
    storage: { ...storage, replicas: 3, counters: { kind: 'redis', env: 'REDIS_URL' } },
    telemetry: { ...telemetry, metrics: true },
    upstreams: {
      main: {
        ...testUpstream('http://127.0.0.1:9'),
        breaker,
        health: { path: '/health', intervalMs: 20, timeoutMs: 500, unhealthyAfter: 3, healthyAfter: 1, ejectMs: 1_000 },
      },
    },
    limits: { one: testLimit(), keyed: testLimit({ per: 'api-key' }) },
    caches: { rules: testCache() },
    queues: { jobs: { stream: 'jobs', group: 'g', env: 'REDIS_URL', reclaimAfterMs: 1_000, maxDeliveries: 3 } },
    providers: {
      llm: { timeoutMs: 900, breaker, pool: { name: 'llm', maxConcurrent: 3, queue: { max: 4, waitMs: 500 } } },
    },
    backups: { orders: { rpoMs: 3_600_000 } },
    objectives: [{ name: 'good', upstream: 'main', target: 0.9, windowMs: 2_592_000_000 }],
    routes: [
      testRoute({ limits: ['one'], maxConcurrent: 3, priority: 'critical', cache: testCacheUse(), cors: true }),
      testRoute({ id: 'keyed', path: '/keyed', auth: 'api-key', limits: ['keyed'], sunset: '2030-01-01' }),
      testRoute({ id: 'signed', path: '/signed', auth: 'signature', body: { type: 'object' } }),
      testRoute({ id: 'stream', path: '/stream', kind: 'sse' }),
      testRoute({ id: 'socket', path: '/socket', kind: 'websocket' }),
    ],
    health: {
      live: '/health',
      ready: '/ready',
      dependencies: [{ name: 'main', kind: 'upstream', required: true, timeoutMs: 500, upstream: 'main' }],
    },
  });
}
