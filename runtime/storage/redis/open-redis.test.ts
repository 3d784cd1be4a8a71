import { equal, ok, rejects } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { until } from '../../testing/open-test-redis.ts';
import { testPolicy, testRoute } from '../../testing/policy.ts';
import { startRedis, type TestRedis } from '../../testing/redis.ts';
import { startGateway, within } from '../../testing/servers.ts';
import { openRedis, type SharedRedis } from './open-redis.ts';
import { parseRedisUrl } from './plan-redis.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

async function start(later: Later, options: readonly string[] = []): Promise<TestRedis> {
  const server = await startRedis(requireTool('redis-server'), options);
  later(() => server.stop());
  return server;
}

function open(url: string, later: Later): { readonly redis: SharedRedis; readonly changes: string[] } {
  const changes: string[] = [];
  const address = parseRedisUrl(url, 'single');
  ok(address !== undefined);
  const redis = openRedis({
    address,
    prefix: 'harbour:test:',
    onChange: (isUp, error) => changes.push(isUp ? 'up' : `away: ${error?.message}`),
  });
  later(() => redis.close());
  return { redis, changes };
}

async function timed(work: Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work.catch(() => undefined);
  return performance.now() - started;
}

describe('shared redis', (it) => {
  it(
    'fails at once while the server is away, tells each change once, and comes back by itself',
    within(20_000, async (later) => {
      const server = await start(later);
      const { redis, changes } = open(server.url, later);
      await redis.firstAttempt;
      equal(redis.isUp, true);
      equal(await redis.within(redis.client.set('harbour:test:a', '1')), 'OK');
      await server.kill();
      await until(() => !redis.isUp);
      await rejects(redis.within(redis.client.get('harbour:test:a')));
      ok((await timed(redis.within(redis.client.get('harbour:test:a')))) < 40);
      await sleep(300);
      await server.restart();
      await until(() => redis.isUp);
      equal(await redis.within(redis.client.get('harbour:test:a')), null);
      equal(changes.length, 3);
      equal(redis.losses, 1);
    }),
  );

  it(
    'waits for a frozen server no longer than its time, gives the connection up, and uses it again when it thaws',
    within(20_000, async (later) => {
      const server = await start(later);
      const { redis } = open(server.url, later);
      await redis.firstAttempt;
      server.freeze();
      const ms = await timed(redis.within(redis.client.get('a')));
      ok(ms >= 45 && ms < 150, String(ms));
      await until(() => !redis.isUp);
      server.thaw();
      await until(() => redis.isUp);
      equal(await redis.within(redis.client.get('a')), null);
    }),
  );

  it(
    'takes a reply that came while this process was busy',
    within(10_000, async (later) => {
      const server = await start(later);
      const { redis } = open(server.url, later);
      await redis.firstAttempt;
      const reply = redis.within(redis.client.set('a', '1'));
      await new Promise((resolve) => setImmediate(resolve));
      const blockedUntil = performance.now() + 80;
      while (performance.now() < blockedUntil);
      equal(await reply, 'OK');
    }),
  );

  it(
    'brings messages to whoever listens, and tells of every gap',
    within(20_000, async (later) => {
      const server = await start(later);
      const { redis } = open(server.url, later);
      const other = open(server.url, later).redis;
      await Promise.all([redis.firstAttempt, other.firstAttempt]);
      const heard: string[] = [];
      const listener = { onMessage: (text: string) => heard.push(text), onGap: () => heard.push('gap') };
      const stop = redis.subscribe('harbour:test:news', listener);
      await until(() => heard.includes('gap'));
      await other.client.publish('harbour:test:news', 'one');
      await until(() => heard.includes('one'));
      await server.restart();
      await until(() => heard.filter((text) => text === 'gap').length === 2 && other.isUp);
      await other.client.publish('harbour:test:news', 'two');
      await until(() => heard.includes('two'));
      stop();
      await sleep(50);
      await other.client.publish('harbour:test:news', 'three');
      await sleep(50);
      equal(heard.join(), 'gap,one,gap,two');
    }),
  );

  it(
    'lets the gateway start while Redis is away, never shows the password, and exports its state',
    within(20_000, async (later) => {
      const server = await start(later, ['--requirepass', 'hunter2']);
      const { storage } = testPolicy();
      const policy = testPolicy({
        routes: [testRoute()],
        health: {
          live: '/health',
          ready: '/ready',
          dependencies: [{ name: 'cache', kind: 'redis', env: 'REDIS_URL', required: true, timeoutMs: 300 }],
        },
        storage: { ...storage, counters: { kind: 'redis', env: 'REDIS_URL' } },
      });
      const url = server.url.replace('//', '//:hunter2@');
      const gateway = await startGateway(policy, later, { env: { REDIS_URL: url } });
      const scrape = async () => (await fetch(`${gateway.adminUrl}/metrics`)).text();
      while (!(await scrape()).includes('shared_state_up 1\n')) await sleep(20);
      // Over the shared connection: it knows the password, and the server answers.
      while ((await fetch(`${gateway.url}/ready`)).status !== 200) await sleep(50);
      server.freeze();
      while ((await fetch(`${gateway.url}/ready`)).status !== 503) await sleep(50);
      server.thaw();
      while ((await fetch(`${gateway.url}/ready`)).status !== 200) await sleep(50);
      const wrong = await startGateway(policy, later, { env: { REDIS_URL: url.replace('hunter2', 'hunter3') } });
      const away = () => wrong.lines.find((line) => line['msg'] === 'redis away');
      await until(() => away() !== undefined);
      await sleep(400);
      ok(String(away()?.['error']).includes('WRONGPASS'));
      equal(wrong.lines.filter((line) => line['msg'] === 'redis away').length, 1);
      equal(JSON.stringify([...gateway.lines, ...wrong.lines]).includes('hunter'), false);
      equal((await fetch(`${wrong.url}/health`)).status, 200);
    }),
  );
});
