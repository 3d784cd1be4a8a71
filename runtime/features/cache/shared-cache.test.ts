import { equal, match, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import type { Cache, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { type CachedGatewayChange, type Listener, startCachedGateway, until } from '../../testing/cached-gateway.ts';
import { testPolicy } from '../../testing/policy.ts';
import { startRedis } from '../../testing/redis.ts';
import { within } from '../../testing/servers.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

describe('shared cache', (it) => {
  const program = requireTool('redis-server');

  /** Replicas with a cache in one Redis. */
  async function start(
    later: Later,
    listener: Listener,
    cache: Partial<Cache>,
    change: CachedGatewayChange & { commandTimeoutMs?: number } = {},
  ) {
    // Patient, so that a busy machine is not taken for an outage.
    const { commandTimeoutMs = 2_000 } = change;
    const redis = await startRedis(program);
    later(() => redis.stop());
    const { storage } = testPolicy();
    const policy: Partial<RuntimePolicy> = {
      trust: { proxyCidrs: ['127.0.0.0/8'] },
      storage: { ...storage, counters: { kind: 'redis', env: 'REDIS_URL', commandTimeoutMs }, replicas: 2 },
    };
    const options = { env: { REDIS_URL: redis.url } };
    const started = await startCachedGateway(later, listener, { replicas: 2, ...change, cache, policy, options });
    const [a, b] = started.replicas;
    for (const { gateway } of started.replicas) {
      await until(async () => /^shared_state_up 1$/m.test(await (await fetch(`${gateway.adminUrl}/metrics`)).text()));
    }
    ok(a !== undefined && b !== undefined);
    return { ...started, redis, a: behindBalancer(a), b: behindBalancer(b) };
  }

  /** Replicas are asked under one name. */
  function behindBalancer<Replica extends { get(target?: string, init?: RequestInit): Promise<Response> }>(
    replica: Replica,
  ): Replica {
    const headers = { 'x-forwarded-host': 'api.example.com' };
    return { ...replica, get: (target, init) => replica.get(target, { headers, ...init }) };
  }

  const counting: Listener = (req, res, call) => {
    if (req.url?.endsWith('/events')) res.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: a\n\n');
    else if (req.url?.endsWith('/error')) res.writeHead(500).end('no');
    else res.end(`answer ${call}`);
  };

  it(
    '[SIQ-081] serves the second request from Redis :: on another replica, for its TTL; no events, no errors',
    within(30_000, async (later) => {
      const { a, b, calls, redis } = await start(later, counting, { store: 'redis', ttlMs: 4_000 });
      equal(await (await a.get()).text(), 'answer 1');
      await until(async () => (await b.metric('cache_entries')) === 1);
      const hit = await b.get();
      equal(await hit.text(), 'answer 1');
      match(hit.headers.get('cache-status') ?? '', /^"rules"; hit; ttl=[0-3]$/);
      equal(calls(), 1);
      equal(await b.metric('cache_hits_total'), 1);
      equal(await a.metric('cache_misses_total'), 1);
      for (const path of ['/events', '/events', '/error', '/error']) await (await a.get(path)).text();
      equal(calls(), 5);
      await sleep(4_100);
      equal(await (await b.get()).text(), 'answer 6');
      // Nothing is left behind that does not end by itself.
      const client = new Redis(redis.url);
      later(async () => client.disconnect());
      for (const key of await client.keys('*')) ok((await client.pttl(key)) > 0, key);
    }),
  );

  it(
    '[SIM-114] drops the entries of a tag on all instances',
    within(30_000, async (later) => {
      let value = 'old';
      const listener: Listener = (req, res) => {
        if (req.method === 'POST') value = 'new';
        res.end(value);
      };
      const route = { invalidates: ['rules'] };
      const { a, b } = await start(later, listener, { store: 'redis' }, { route });
      equal(await (await a.get()).text(), 'old');
      await until(async () => /hit/.test((await b.get()).headers.get('cache-status') ?? ''));
      await (await a.get('', { method: 'POST' })).text();
      equal(await (await a.get()).text(), 'new');
      equal(await (await b.get()).text(), 'new');
    }),
  );

  it(
    '[JAM-004] tells the memory of other instances what a write made out of date',
    within(30_000, async (later) => {
      let value = 'old';
      const listener: Listener = (req, res) => {
        if (req.method === 'POST') value = 'new';
        res.end(value);
      };
      const { a, b } = await start(later, listener, { store: 'memory' }, { route: { invalidates: ['rules'] } });
      const kept = async (): Promise<boolean> => {
        await (await b.get()).text();
        return (await b.metric('cache_entries')) === 1;
      };
      equal(await (await a.get()).text(), 'old');
      await until(kept);
      const before = await b.metric('cache_invalidations_total');
      await (await a.get('', { method: 'POST' })).text();
      await until(async () => (await b.metric('cache_entries')) === 0);
      equal(await b.metric('cache_invalidations_total'), before + 1);
      equal(await (await b.get()).text(), 'new');
      equal(await (await a.get()).text(), 'new');
    }),
  );

  it(
    'does not put back on one replica what another has invalidated meanwhile',
    within(30_000, async (later) => {
      let answerOld: (() => void) | undefined;
      const listener: Listener = (req, res, call) => {
        if (req.method === 'POST') res.end('written');
        else if (call > 1) res.end('new');
        else answerOld = () => res.end('old');
      };
      const { a, b } = await start(later, listener, { store: 'redis' }, { route: { invalidates: ['rules'] } });
      const old = a.get();
      await until(() => answerOld !== undefined);
      await (await b.get('', { method: 'POST' })).text();
      answerOld?.();
      equal(await (await old).text(), 'old');
      await sleep(100);
      equal(await (await a.get()).text(), 'new');
      equal(await (await b.get()).text(), 'new');
    }),
  );

  it(
    '[SIM-113] costs calls and no errors while Redis is away :: frozen or gone, at most 50 ms each and soon nothing',
    within(60_000, async (later) => {
      const { a, calls, redis } = await start(later, counting, { store: 'redis' }, { commandTimeoutMs: 50 });
      await until(async () => /hit/.test((await a.get()).headers.get('cache-status') ?? ''));
      const before = calls();
      for (const fail of [() => redis.freeze(), () => redis.kill()]) {
        await fail();
        const times: number[] = [];
        for (let index = 0; index < 12; index += 1) {
          const startedMs = performance.now();
          const response = await a.get();
          equal(response.status, 200);
          await response.text();
          times.push(performance.now() - startedMs);
        }
        // With room for a busy machine: a request that waited twice, or for a reconnection, took much longer.
        ok(Math.max(...times) < 250, times.join());
        ok(times.filter((ms) => ms > 45).length <= 6, times.join());
        redis.thaw();
      }
      equal(calls(), before + 24);
      await redis.restart();
      await until(async () => {
        await (await a.get()).text();
        return /hit/.test((await a.get()).headers.get('cache-status') ?? '');
      });
    }),
  );

  it(
    'carries an invalidation over an outage of Redis :: nothing out of date is served meanwhile or after',
    within(60_000, async (later) => {
      let value = 'old';
      const listener: Listener = (req, res) => {
        if (req.method === 'POST') value = 'new';
        res.end(value);
      };
      const change = { route: { invalidates: ['rules'] }, commandTimeoutMs: 50 };
      const { a, b, redis } = await start(later, listener, { store: 'redis' }, change);
      await until(async () => /hit/.test((await a.get()).headers.get('cache-status') ?? ''));
      redis.freeze();
      await (await a.get('', { method: 'POST' })).text();
      equal(await (await a.get()).text(), 'new');
      redis.thaw();
      // What a has said is heard by b within the time of a retry.
      await until(async () => (await (await b.get()).text()) === 'new');
      equal(await (await a.get()).text(), 'new');
    }),
  );

  it(
    'bounds the number of entries in Redis :: the least recently used goes',
    within(30_000, async (later) => {
      const { a, calls } = await start(later, counting, { store: 'redis', maxEntries: 2 });
      const put = async (path: string) => {
        await (await a.get(path)).text();
        await sleep(20);
      };
      await put('/a');
      await put('/b');
      await put('/a');
      equal(calls(), 2);
      await put('/c');
      equal(await a.metric('cache_entries'), 2);
      equal(await a.metric('cache_evictions_total'), 1);
      await put('/a');
      equal(calls(), 3);
      await put('/b');
      equal(calls(), 4);
    }),
  );

  it(
    'asks Redis and the upstream once for many who want the same at once',
    within(30_000, async (later) => {
      const slow: Listener = (_req, res, call) => void setTimeout(() => res.end(`answer ${call}`), 100);
      const { a, calls } = await start(later, slow, { store: 'redis' });
      const texts = await Promise.all(Array.from({ length: 200 }, async () => (await a.get()).text()));
      ok(texts.every((text) => text === 'answer 1'));
      equal(calls(), 1);
    }),
  );

  it(
    'survives a flush of scripts and data',
    within(30_000, async (later) => {
      const { a, calls, redis } = await start(later, counting, { store: 'redis' });
      const client = new Redis(redis.url);
      later(async () => client.disconnect());
      await (await a.get()).text();
      await client.script('FLUSH');
      await (await a.get()).text();
      equal(calls(), 1);
      await client.flushall();
      equal(await (await a.get()).text(), 'answer 2');
      await (await a.get()).text();
      equal(calls(), 2);
    }),
  );

  it(
    'serves nothing whose marks are lost',
    within(30_000, async (later) => {
      const { a, calls, redis } = await start(later, counting, { store: 'redis' });
      const client = new Redis(redis.url);
      later(async () => client.disconnect());
      await (await a.get()).text();
      await until(async () => (await a.metric('cache_entries')) === 1);
      await client.del(await client.keys('*mark*'));
      equal(await (await a.get()).text(), 'answer 2');
      equal(calls(), 2);
    }),
  );
});
