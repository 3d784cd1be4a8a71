import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { Redis } from 'ioredis';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { QUEUE_METRICS } from '../../../schemas/metrics/queues.ts';
import { METRICS, type MetricDescription } from '../../../schemas/metrics.ts';
import { until } from '../../testing/cached-gateway.ts';
import { testPolicy } from '../../testing/policy.ts';
import { startRedis } from '../../testing/redis.ts';
import { startGateway, within } from '../../testing/servers.ts';
import { enqueue } from './enqueue.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

const rest = { group: 'agents', env: 'REDIS_URL', reclaimAfterMs: 1_000, maxDeliveries: 3 };
const debates = { stream: 'debate.requests', ...rest };

describe('queues', (it) => {
  const program = requireTool('redis-server');

  async function start(later: Later, queues = { debates }) {
    const server = await startRedis(program);
    later(() => server.stop());
    const redis = new Redis(server.url, { protocol: 2 });
    redis.on('error', () => undefined);
    later(async () => redis.disconnect());
    const gateway = await startGateway(testPolicy({ queues }), later, { env: { REDIS_URL: server.url } });
    const scrape = async () => (await fetch(`${gateway.adminUrl}/metrics`)).text();
    /** NaN also where the metric is not there. */
    const read = async (name: string, queue = 'debates') => {
      const found = new RegExp(`^${name}\\{queue="${queue}"\\} (\\S+)$`, 'm').exec(await scrape());
      return Number(found?.[1]);
    };
    await until(async () => (await read('queue_up')) === 1);
    return { server, redis, gateway, scrape, read };
  }

  it(
    '[SIQ-058] measures the length of a queue :: it is XLEN, with the workers stopped',
    within(30_000, async (later) => {
      const { redis, read } = await start(later);
      equal(await read('queue_length'), 0);
      equal(await read('queue_consumers'), 0);
      for (let n = 0; n < 17; n += 1) await enqueue(redis, debates, { n });
      await until(async () => (await read('queue_length')) === 17);
      equal(await redis.xlen(debates.stream), 17);
    }),
  );

  it(
    '[SIQ-059] measures what was delivered and not acknowledged :: its number, and how long the oldest is silent',
    within(30_000, async (later) => {
      const { redis, gateway, read } = await start(later);
      for (let n = 0; n < 5; n += 1) await enqueue(redis, debates, { n });
      await redis.call('XGROUP', 'CREATE', debates.stream, debates.group, '0');
      // A consumer that reads and dies.
      await redis.call('XREADGROUP', 'GROUP', debates.group, 'gone', 'COUNT', 3, 'STREAMS', debates.stream, '>');
      await until(async () => (await read('queue_pending')) === 3);
      const summary = await redis.call('XPENDING', debates.stream, debates.group);
      equal(Array.isArray(summary) && summary[0], 3);
      equal(await read('queue_consumers'), 1);
      await until(async () => (await read('queue_oldest_pending_seconds')) >= 1);
      await redis.xadd(`${debates.stream}.dead`, '*', 'job', '1');
      await until(async () => (await read('queue_dead_entries')) === 1);
      const { queues, attention } = Object(await (await fetch(`${gateway.adminUrl}/v1/status`)).json());
      deepEqual(
        queues.map(({ name, up, length, pending, dead }: Readonly<Record<string, unknown>>) => [
          ...[name, up, length, pending, dead],
        ]),
        [['debates', true, 5, 3, 1]],
      );
      match(attention.map(({ text }: { text: string }) => text).join(), /1 job of the queue debates failed too often/);
      match(await (await fetch(`${gateway.adminUrl}/status`)).text(), /<h2 id="queues">Queues<\/h2>/);
    }),
  );

  it(
    '[SIM-055] measures every queue of the policy',
    within(30_000, async (later) => {
      const names = ['missions', 'dispatch', 'report'] as const;
      const queues = Object.fromEntries(names.map((name) => [name, { stream: `${name}.jobs`, ...rest }]));
      const { redis, read } = await start(later, { debates, ...queues });
      for (const [index, name] of names.entries()) {
        for (let n = 0; n <= index; n += 1) await enqueue(redis, { ...rest, stream: `${name}.jobs` }, { n });
      }
      for (const [index, name] of names.entries()) {
        await until(async () => (await read('queue_length', name)) === index + 1);
      }
    }),
  );

  it(
    'says that it cannot measure :: Redis frozen, gone, or never named; and does not hold up the scrape',
    within(40_000, async (later) => {
      const { server, read, scrape } = await start(later);
      server.freeze();
      await until(async () => (await read('queue_up')) === 0);
      equal(await read('queue_length'), Number.NaN);
      const startedMs = performance.now();
      match(await scrape(), /queue_up\{queue="debates"\} 0/);
      ok(performance.now() - startedMs < 1_500);
      server.thaw();
      await until(async () => (await read('queue_up')) === 1);
      await server.kill();
      await until(async () => (await read('queue_up')) === 0);
      await server.restart();
      await until(async () => (await read('queue_up')) === 1);
      const unnamed = await startGateway(testPolicy({ queues: { debates } }), later);
      match(await (await fetch(`${unnamed.adminUrl}/metrics`)).text(), /queue_up\{queue="debates"\} 0/);
      ok(unnamed.lines.some((line) => String(line['msg']).startsWith('queues cannot be measured')));
    }),
  );

  it(
    'exports what the table says',
    within(30_000, async (later) => {
      const { scrape } = await start(later);
      const text = await scrape();
      const table: Readonly<Record<string, MetricDescription>> = QUEUE_METRICS;
      const names = Object.keys(table).filter((name) => table[name]?.type === 'gauge');
      for (const name of names) {
        match(text, new RegExp(`^# TYPE ${name} gauge$`, 'm'));
        match(text, new RegExp(`^${name}\\{queue="debates"\\} `, 'm'));
        ok(name in METRICS);
      }
      deepEqual([...text.matchAll(/^# TYPE (queue_\S+)/gm)].map((found) => found[1]).sort(), names.sort());
    }),
  );
});
