/**
 * A consumer of a queue of the policy, for the process that does the work.
 *
 * Invariants
 * 1. A job is acknowledged only after `handle` succeeded. One that fails, or whose process dies, is delivered again after
 *    `reclaimAfterMs`, to any consumer; after `maxDeliveries` it is set aside into `<stream>.dead`.
 * 2. While a consumer is alive it keeps its claim on what it has in hand, however long that takes, so no two live consumers
 *    work on the same job. One that was stopped for longer loses it, and is told by `signal`. Delivery is at least once:
 *    a process that dies after its work and before the acknowledgement leaves work that is done again.
 * 3. Nothing that happens to the stream or to Redis ends the loop: it recreates its group and reconnects.
 */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Queue } from '../../../schemas/runtime-policy.gen.ts';
import { runScript } from '../../storage/redis/scripts.ts';
import { describeError } from '../../telemetry/log.ts';
import type { MetricRegistry } from '../../telemetry/registry.ts';
import type { WorkerLog } from './jobs.ts';
import { createJobs, type JobHandler } from './jobs.ts';
import { LEAVE } from './queue-scripts.ts';
import { createReclaimer } from './reclaim.ts';
import { createStreamReader } from './stream-reader.ts';
import { createWorkerMetrics } from './worker-metrics.ts';

export interface QueueWorkerOptions<Job> {
  /** Name of the queue in the policy, for metrics and logs. */
  readonly name: string;
  readonly queue: Queue;
  /** Address of Redis: the value of the variable that `queue.env` names. */
  readonly url: string;
  /** Does the work. It should give up when `signal` is aborted: another has the job then. */
  readonly handle: JobHandler<Job>;
  /** Default: host, process id and a random word. No two running consumers of a group may share a name. */
  readonly consumer?: string;
  /** Jobs in hand at once. Default: 1. */
  readonly concurrency?: number;
  /** Where processing times go. Default: nowhere. */
  readonly registry?: MetricRegistry;
  /** Default: nowhere. */
  readonly log?: WorkerLog;
}

export interface QueueWorker {
  readonly consumer: string;
  /** Jobs in hand. */
  readonly active: number;
  /** Takes no more jobs, and settles when those in hand are over. */
  stop(): Promise<void>;
}

const SILENT: WorkerLog = { info: () => undefined, warn: () => undefined };

/** Begins to consume at once. */
export function startQueueWorker<Job>(options: QueueWorkerOptions<Job>): QueueWorker {
  const { name, queue, url, handle, concurrency = 1, registry, log = SILENT } = options;
  const { consumer = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}` } = options;
  // Two connections: one waits for entries, and nothing may wait behind it.
  const reading = connect(url, log);
  const redis = connect(url, log);
  const about = { queue: name, consumer };
  const jobs = createJobs({ redis, queue, consumer, handle, record: createWorkerMetrics(registry, name), log, about });
  const reader = createStreamReader({ redis: reading, queue, consumer });
  const reclaimer = createReclaimer({ redis, queue, consumer, jobs });
  let isStopping = false;

  /** Fills the free places once. */
  async function fill(): Promise<void> {
    await jobs.free(concurrency);
    if (isStopping) return;
    for (const delivery of await reclaimer.take(concurrency - jobs.active)) jobs.start(delivery);
    if (jobs.active >= concurrency) return;
    const entries = await reader.read(concurrency - jobs.active);
    for (const { id, fields } of entries) jobs.start({ id, fields, deliveries: 1 });
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!isStopping) {
      try {
        await fill();
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 1) log.warn({ ...about, ...describeError(error) }, 'queue away');
        await sleep(Math.min(2_000, 50 * 2 ** failures) * (0.5 + Math.random() / 2));
      }
    }
  }

  const running = run();
  log.info(about, 'queue worker started');
  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    isStopping = true;
    await running;
    await jobs.free(1);
    jobs.close();
    await runScript(redis, LEAVE, [queue.stream], [queue.group, consumer]).catch(() => undefined);
    reading.disconnect();
    redis.disconnect();
    log.info(about, 'queue worker stopped');
  }

  return {
    consumer,
    get active() {
      return jobs.active;
    },
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

function connect(url: string, log: WorkerLog): Redis {
  const redis = new Redis(url, {
    connectTimeout: 2_000,
    // A command fails when its connection does; what is to be done again is decided here.
    // Replies as lists, in every version of Redis.
    protocol: 2,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: true,
    retryStrategy: (attempt) => Math.round((0.5 + Math.random() / 2) * Math.min(2_000, 50 * 2 ** attempt)),
  });
  redis.on('error', (error: Error) => log.warn(describeError(error), 'redis away'));
  return redis;
}
