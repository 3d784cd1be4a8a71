/**
 * A worker as a process of its own, for tests that kill it. Argument: JSON of `QueueProcessOptions`.
 *
 * Each attempt and each success is counted in Redis: `attempts:<n>`, `done:<n>`, and who did it in `by:<consumer>`.
 */
import { Redis } from 'ioredis';
import type { Queue } from '../../schemas/runtime-policy.gen.ts';
import { startQueueWorker } from '../features/queues/queue-worker.ts';

export interface QueueProcessOptions {
  readonly url: string;
  readonly queue: Queue;
  readonly concurrency?: number;
}

export interface TestJob {
  readonly n: number;
  /** How long it takes. */
  readonly ms?: number;
  /** Takes its process down with it. */
  readonly poison?: boolean;
  /** Only the first attempt takes for ever. */
  readonly hangs?: boolean;
}

const options: QueueProcessOptions = JSON.parse(process.argv[2] ?? '{}');
const redis = new Redis(options.url);

const worker = startQueueWorker<TestJob>({
  ...options,
  name: 'debates',
  async handle({ job, delivery }) {
    await redis.incr(`attempts:${job.n}`);
    if (job.poison === true) process.kill(process.pid, 'SIGKILL');
    if (job.hangs === true && delivery === 1) await new Promise((resolve) => setTimeout(resolve, 600_000));
    await new Promise((resolve) => setTimeout(resolve, job.ms ?? 0));
    await redis.incr(`done:${job.n}`);
    await redis.incr(`by:${worker.consumer}`);
  },
});

process.on('SIGTERM', () => {
  worker.stop().then(() => process.exit(0));
});
