import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { createMetricRegistry } from '../../telemetry/registry.ts';
import { until } from '../../testing/cached-gateway.ts';
import { compiledSystem } from '../../testing/compiled.ts';
import { startQueue } from '../../testing/queue.ts';
import type { TestJob } from '../../testing/queue-process.ts';
import { within } from '../../testing/servers.ts';
import { enqueue } from './enqueue.ts';
import type { QueueJob } from './jobs.ts';
import { readPending } from './queue-entries.ts';
import type { QueueWorkerOptions } from './queue-worker.ts';

/** The queue of SentientIQ, as it is compiled. */
const debates = () => compiledSystem('sentientiq', 'production').policy().queues?.['debate-requests'];

describe('queue worker', (it) => {
  const program = requireTool('redis-server');

  it(
    '[SIQ-032] brings a job from the queue to a worker :: with who asked, and leaves nothing behind',
    within(30_000, async (later) => {
      const { redis, queue, work, isEmpty } = await startQueue(program, later, debates());
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
    '[SIQ-062] goes on after FLUSHDB under load :: makes its group again, without a restart',
    within(60_000, async (later) => {
      const { redis, queue, put, work } = await startQueue(program, later, debates());
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
          // About as fast as the workers, so that no backlog of minutes builds up on a fast machine.
          await new Promise((resolve) => setTimeout(resolve, 2));
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
      const { server, redis, put, work } = await startQueue(program, later);
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
      const { redis, queue, put, work, isEmpty } = await startQueue(program, later, {
        reclaimAfterMs: 200,
        maxDeliveries: 2,
      });
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
      const { put, work, redis, queue } = await startQueue(program, later);
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
      const { redis, queue, put, work } = await startQueue(program, later, { reclaimAfterMs: 400 });
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
      const { redis, queue } = await startQueue(program, later);
      const kinds: string[] = [];
      for (let n = 0; n < 4; n += 1) kinds.push((await enqueue(redis, queue, { n }, { maxLength: 3 })).kind);
      deepEqual(kinds, ['queued', 'queued', 'queued', 'full']);
      const [oldest] = await redis.xrange(queue.stream, '-', '+');
      deepEqual(oldest?.[1], ['job', '{"n":0}']);
    }),
  );
});
