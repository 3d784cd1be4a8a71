import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { requireTool } from '../../compiler/testing/real-tools.ts';
import { describe } from '../../compiler/testing/suite.ts';
import type { Queue } from '../../schemas/runtime-policy.gen.ts';
import { createMetricRegistry } from '../telemetry/registry.ts';
import { until } from '../testing/cached-gateway.ts';
import { testPolicy } from '../testing/policy.ts';
import type { TestJob } from '../testing/queue-process.ts';
import { startRedis } from '../testing/redis.ts';
import { startGateway, within } from '../testing/servers.ts';
import { enqueue } from './enqueue.ts';
import type { QueueJob } from './jobs.ts';
import { readPending } from './queue-entries.ts';
import { type QueueWorkerOptions, startQueueWorker } from './queue-worker.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

const PROCESS = fileURLToPath(new URL('../testing/queue-process.ts', import.meta.url));

function testQueue(change: Partial<Queue> = {}): Queue {
  return {
    stream: 'debate.requests',
    group: 'agents',
    env: 'REDIS_URL',
    reclaimAfterMs: 1_500,
    maxDeliveries: 3,
    ...change,
  };
}

describe('queue worker', (it) => {
  const program = requireTool('redis-server');

  async function start(later: Later, change: Partial<Queue> = {}) {
    const server = await startRedis(program);
    later(() => server.stop());
    const redis = new Redis(server.url, { protocol: 2 });
    redis.on('error', () => undefined);
    later(async () => redis.disconnect());
    const queue = testQueue(change);
    const put = (job: TestJob) => enqueue(redis, queue, job);
    const work = (handle: QueueWorkerOptions<TestJob>['handle'], more: Partial<QueueWorkerOptions<TestJob>> = {}) => {
      const worker = startQueueWorker<TestJob>({ name: 'debates', queue, url: server.url, handle, ...more });
      later(() => worker.stop());
      return worker;
    };
    const processes = async (count: number): Promise<readonly ChildProcess[]> => {
      const before = await consumers();
      const children = Array.from({ length: count }, () => {
        const child = spawn(
          process.execPath,
          ['--import', 'tsx', PROCESS, JSON.stringify({ url: server.url, queue })],
          { stdio: 'ignore' },
        );
        later(async () => child.kill('SIGKILL'));
        return child;
      });
      await until(async () => (await consumers()).length >= before.length + count);
      return children;
    };
    const consumers = async (): Promise<readonly string[]> => {
      const reply = await redis.call('XINFO', 'CONSUMERS', queue.stream, queue.group).catch(() => []);
      return Array.isArray(reply) ? reply.map((item) => String(item[1])) : [];
    };
    const count = async (name: string) => Number((await redis.get(name)) ?? 0);
    const isEmpty = async () => (await redis.xlen(queue.stream)) === 0;
    return { server, redis, queue, put, work, processes, consumers, count, isEmpty };
  }

  it(
    '[SIQ-032] brings a job from the queue to a worker :: with who asked, and leaves nothing behind',
    within(30_000, async (later) => {
      const { redis, queue, work, isEmpty } = await start(later);
      const registry = createMetricRegistry();
      const seen: QueueJob<TestJob>[] = [];
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const queued = await enqueue(redis, queue, { n: 7 }, { requestId: 'request-7', traceparent });
      ok(queued.kind === 'queued');
      const worker = work(async (job) => seen.push(job), { registry });
      await until(isEmpty);
      deepEqual(seen, [{ id: queued.id, job: { n: 7 }, delivery: 1, requestId: 'request-7', traceparent }]);
      await worker.stop();
      deepEqual(await redis.call('XPENDING', queue.stream, queue.group), [0, null, null, null]);
      match(await registry.scrape(), /queue_job_duration_seconds_count\{queue="debates",result="done"\} 1\n/);
      deepEqual(await redis.call('XINFO', 'CONSUMERS', queue.stream, queue.group), []);
    }),
  );

  it(
    '[SIQ-060] [SIQ-032] finishes what a killed worker had in hand :: by another, within the limit',
    within(60_000, async (later) => {
      const { put, processes, count, isEmpty, consumers } = await start(later);
      const [first] = await processes(1);
      await put({ n: 1, hangs: true });
      await until(async () => (await count('attempts:1')) === 1);
      first?.kill('SIGKILL');
      await processes(1);
      const startedMs = performance.now();
      await until(isEmpty);
      ok(performance.now() - startedMs < 8_000);
      deepEqual([await count('attempts:1'), await count('done:1')], [2, 1]);
      equal((await consumers()).length, 2);
    }),
  );

  it(
    '[SIQ-060] sets aside what takes down every worker :: after the deliveries that the policy grants, with its fields',
    within(60_000, async (later) => {
      const { redis, queue, put, processes, count, isEmpty } = await start(later, { maxDeliveries: 2 });
      await put({ n: 1, poison: true });
      await put({ n: 2 });
      for (let worker = 0; worker < 3 && !(await isEmpty()); worker += 1) {
        const [child] = await processes(1);
        const gone = new Promise((resolve) => child?.once('exit', resolve));
        await Promise.race([gone, until(isEmpty)]);
      }
      await until(isEmpty);
      equal(await count('attempts:1'), 2);
      equal(await count('done:2'), 1);
      const [dead] = await redis.xrange(`${queue.stream}.dead`, '-', '+');
      const fields = dead?.[1] ?? [];
      equal(fields[fields.indexOf('job') + 1], '{"n":1,"poison":true}');
      equal(fields[fields.indexOf('reason') + 1], 'delivered too often');
    }),
  );

  it(
    '[SIQ-029] lets several workers share the queue :: distinct consumers, no job done twice',
    within(90_000, async (later) => {
      const { redis, put, processes, consumers, isEmpty } = await start(later);
      await processes(3);
      const names = await consumers();
      equal(new Set(names).size, 3);
      const many = 600;
      for (let n = 0; n < many; n += 1) await put({ n, ms: 2 });
      // Longer than the limit, in the hands of a worker that lives: nobody takes it over.
      await put({ n: many, ms: 4_000 });
      await until(isEmpty);
      const done = await redis.mget(Array.from({ length: many + 1 }, (_, n) => `done:${n}`));
      const attempts = await redis.mget(Array.from({ length: many + 1 }, (_, n) => `attempts:${n}`));
      ok(done.every((value) => value === '1'));
      ok(attempts.every((value) => value === '1'));
      const shares = await Promise.all(names.map(async (name) => Number(await redis.get(`by:${name}`))));
      ok(
        shares.every((share) => share > 0),
        shares.join(),
      );
    }),
  );

  it(
    '[SIQ-080] scales by processes alone :: the API goes on in the same process, the group grows and shrinks',
    within(60_000, async (later) => {
      const { server, queue, processes, consumers } = await start(later);
      const policy = testPolicy({ queues: { debates: queue } });
      const gateway = await startGateway(policy, later, { env: { REDIS_URL: server.url } });
      const scrape = async () => (await fetch(`${gateway.adminUrl}/metrics`)).text();
      const started = async () => /^process_start_time_seconds (\S+)$/m.exec(await scrape())?.[1];
      const before = await started();
      ok(before !== undefined);
      const [first] = await processes(1);
      await until(async () => (await scrape()).includes('queue_consumers{queue="debates"} 1\n'));
      await processes(2);
      await until(async () => (await scrape()).includes('queue_consumers{queue="debates"} 3\n'));
      equal(new Set(await consumers()).size, 3);
      first?.kill('SIGTERM');
      await until(async () => (await scrape()).includes('queue_consumers{queue="debates"} 2\n'));
      equal(await started(), before);
      equal((await fetch(`${gateway.url}/health`)).status, 200);
    }),
  );

  it(
    '[SIQ-062] goes on after FLUSHDB under load :: makes its group again, without a restart',
    within(60_000, async (later) => {
      const { redis, queue, put, work } = await start(later);
      const done = new Set<number>();
      const warnings: string[] = [];
      const log = { info: () => undefined, warn: (_fields: object, message: string) => warnings.push(message) };
      const handle: QueueWorkerOptions<TestJob>['handle'] = async ({ job }) => {
        await new Promise((resolve) => setTimeout(resolve, 3));
        done.add(job.n);
      };
      const workers = [work(handle, { concurrency: 4, log }), work(handle, { concurrency: 4, log })];
      let n = 0;
      let isFeeding = true;
      const feeding = (async () => {
        while (isFeeding) {
          n += 1;
          await put({ n });
        }
      })();
      for (let flush = 0; flush < 3; flush += 1) {
        await until(() => done.size > (flush + 1) * 20);
        await redis.flushdb();
      }
      isFeeding = false;
      await feeding;
      const after = n + 1;
      for (let extra = 0; extra < 50; extra += 1) await put({ n: after + extra });
      await until(() => Array.from({ length: 50 }, (_, extra) => after + extra).every((job) => done.has(job)));
      match(String(await redis.call('XINFO', 'GROUPS', queue.stream)), /agents/);
      equal(workers.length, 2);
      ok(warnings.length < 20, warnings.slice(0, 20).join());
    }),
  );

  it(
    'goes on after Redis was killed and came back empty',
    within(60_000, async (later) => {
      const { server, redis, put, work } = await start(later);
      const done = new Set<number>();
      work(async ({ job }) => done.add(job.n));
      await put({ n: 1 });
      await until(() => done.has(1));
      await server.kill();
      await server.restart();
      await until(() => redis.status === 'ready');
      await put({ n: 2 });
      await until(() => done.has(2));
    }),
  );

  it(
    'tries a job that failed again, later :: and sets it aside after the last try, without another delivery',
    within(30_000, async (later) => {
      const { redis, queue, put, work, isEmpty } = await start(later, { reclaimAfterMs: 200, maxDeliveries: 2 });
      const registry = createMetricRegistry();
      const deliveries: number[] = [];
      const handle: QueueWorkerOptions<TestJob>['handle'] = async ({ job, delivery }) => {
        if (job.n !== 1) return;
        deliveries.push(delivery);
        throw new Error('cannot');
      };
      work(handle, { registry });
      await put({ n: 1 });
      await put({ n: 2 });
      await redis.xadd(queue.stream, '*', 'something', 'else');
      await until(isEmpty);
      deepEqual(deliveries, [1, 2]);
      equal(await redis.xlen(`${queue.stream}.dead`), 2);
      const text = await registry.scrape();
      for (const result of ['done', 'failed', 'dead']) {
        ok(text.includes(`queue_job_duration_seconds_count{queue="debates",result="${result}"} 1\n`), result);
      }
    }),
  );

  it(
    'finishes what is in hand when it is stopped :: and takes nothing new',
    within(30_000, async (later) => {
      const { put, work, redis, queue } = await start(later);
      const done: number[] = [];
      const worker = work(async ({ job }) => {
        await new Promise((resolve) => setTimeout(resolve, 400));
        done.push(job.n);
      });
      await put({ n: 1 });
      await until(() => worker.active === 1);
      await put({ n: 2 });
      await worker.stop();
      deepEqual(done, [1]);
      equal(await redis.xlen(queue.stream), 1);
    }),
  );

  it(
    'tells a worker that was stopped for long that another has its job',
    within(30_000, async (later) => {
      const { redis, queue, put, work } = await start(later, { reclaimAfterMs: 400 });
      let isAborted = false;
      const worker = work(
        (_job, signal) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              isAborted = true;
              resolve(undefined);
            });
          }),
      );
      await put({ n: 1 });
      await until(() => worker.active === 1);
      const [pending] = readPending(await redis.call('XPENDING', queue.stream, queue.group, '-', '+', 1));
      ok(pending !== undefined);
      equal(pending.consumer, worker.consumer);
      await redis.call('XCLAIM', queue.stream, queue.group, 'another', 0, pending.id);
      await until(() => isAborted);
    }),
  );

  it(
    'refuses new jobs when the queue is full :: and drops none that it has taken',
    within(15_000, async (later) => {
      const { redis, queue } = await start(later);
      const kinds: string[] = [];
      for (let n = 0; n < 4; n += 1) kinds.push((await enqueue(redis, queue, { n }, { maxLength: 3 })).kind);
      deepEqual(kinds, ['queued', 'queued', 'queued', 'full']);
      const [oldest] = await redis.xrange(queue.stream, '-', '+');
      deepEqual(oldest?.[1], ['job', '{"n":0}']);
    }),
  );
});
