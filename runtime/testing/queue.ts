/** A queue on a real Redis, for tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import type { Queue } from '../../schemas/runtime-policy.gen.ts';
import { enqueue } from '../features/queues/enqueue.ts';
import { type QueueWorkerOptions, startQueueWorker } from '../features/queues/queue-worker.ts';
import { until } from './cached-gateway.ts';
import type { TestJob } from './queue-process.ts';
import { startRedis } from './redis.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

const PROCESS = fileURLToPath(new URL('./queue-process.ts', import.meta.url));

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

/** An empty queue on a real Redis, and workers in this process or in processes of their own. */
export async function startQueue(program: string, later: Later, change: Partial<Queue> = {}) {
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
      const child = spawn(process.execPath, ['--import', 'tsx', PROCESS, JSON.stringify({ url: server.url, queue })], {
        stdio: 'ignore',
      });
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
