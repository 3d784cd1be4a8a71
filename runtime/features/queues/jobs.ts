/**
 * The jobs that a worker has in hand.
 *
 * Owns what becomes of each: done and gone, failed and left for later, or set aside for good. Says to Redis again and again
 * that they are in good hands, so that nobody takes them over.
 */
import type { Redis } from 'ioredis';
import type { Queue } from '../../../schemas/runtime-policy.gen.ts';
import { runScript } from '../../storage/redis/scripts.ts';
import { describeError } from '../../telemetry/log.ts';
import type { JobContext } from './queue-entries.ts';
import { BURY, FINISH, KEEP } from './queue-scripts.ts';
import type { JobRecorder } from './worker-metrics.ts';

export interface QueueJob<Job> extends JobContext {
  readonly id: string;
  readonly job: Job;
  /** 1 for the first attempt. */
  readonly delivery: number;
}

export type JobHandler<Job> = (job: QueueJob<Job>, signal: AbortSignal) => Promise<unknown>;

export interface Delivery {
  readonly id: string;
  readonly fields: ReadonlyMap<string, string> | undefined;
  readonly deliveries: number;
}

/** Where a worker says what goes wrong. */
export interface WorkerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface Jobs {
  readonly active: number;
  start(delivery: Delivery): void;
  /** Settles when fewer than `concurrency` are in hand. */
  free(concurrency: number): Promise<void>;
  /** Sets an entry aside. */
  bury(delivery: Delivery, reason: string): Promise<void>;
  close(): void;
}

export interface JobsOptions<Job> {
  readonly redis: Redis;
  readonly queue: Queue;
  readonly consumer: string;
  readonly handle: JobHandler<Job>;
  readonly record: JobRecorder;
  readonly log: WorkerLog;
  readonly about: object;
}

const KEEPS_PER_LIMIT = 4;

export function createJobs<Job>(options: JobsOptions<Job>): Jobs {
  const { redis, queue, consumer, handle, record, log, about } = options;
  const { stream, group, reclaimAfterMs, maxDeliveries } = queue;
  const active = new Map<string, { readonly work: Promise<void>; readonly abort: AbortController }>();

  async function work(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const startedMs = performance.now();
    const parsed = parseJob<Job>(delivery);
    if (parsed === undefined) {
      // Deleted meanwhile, or not of our making: nobody can do it.
      await bury(delivery, 'no job in it');
      return;
    }
    try {
      await handle(parsed, signal);
    } catch (error) {
      const isLast = delivery.deliveries >= maxDeliveries;
      record(isLast ? 'dead' : 'failed', performance.now() - startedMs);
      const fields = { ...about, id: delivery.id, delivery: delivery.deliveries, request_id: parsed.requestId };
      log.warn({ ...fields, ...describeError(error) }, 'job failed');
      if (isLast) await bury(delivery, 'failed too often');
      return;
    }
    await runScript(redis, FINISH, [stream], [group, delivery.id]);
    record('done', performance.now() - startedMs);
  }

  async function bury(delivery: Delivery, reason: string): Promise<void> {
    const fields = [...(delivery.fields ?? [])].flat();
    const note = ['entry', delivery.id, 'deliveries', String(delivery.deliveries), 'reason', reason];
    await runScript(redis, BURY, [stream, `${stream}.dead`], [group, delivery.id, ...fields, ...note]);
    log.warn({ ...about, id: delivery.id, deliveries: delivery.deliveries, reason }, 'job set aside');
  }

  async function keep(): Promise<void> {
    if (active.size === 0) return;
    const lost = await runScript(redis, KEEP, [stream], [group, consumer, ...active.keys()]);
    if (!Array.isArray(lost)) return;
    for (const id of lost) active.get(String(id))?.abort.abort(new Error('another has this job'));
  }

  // What Redis does not take now it may take next time; whoever comes too late is told by `lost`.
  const keeping = setInterval(() => void keep().catch(() => undefined), reclaimAfterMs / KEEPS_PER_LIMIT);

  return {
    get active() {
      return active.size;
    },
    start(delivery) {
      // Taken over from oneself, after this process was stopped for a while: it is being worked on.
      if (active.has(delivery.id)) return;
      const abort = new AbortController();
      const done = work(delivery, abort.signal)
        // Redis went away before it could be told: the entry is delivered again.
        .catch((error: unknown) =>
          log.warn({ ...about, id: delivery.id, ...describeError(error) }, 'job not acknowledged'),
        )
        .finally(() => active.delete(delivery.id));
      active.set(delivery.id, { work: done, abort });
    },
    async free(concurrency) {
      while (active.size >= concurrency) await Promise.race([...active.values()].map((job) => job.work));
    },
    bury,
    close: () => clearInterval(keeping),
  };
}

/** Undefined when the entry holds no job. */
function parseJob<Job>({ id, fields, deliveries }: Delivery): QueueJob<Job> | undefined {
  const text = fields?.get('job');
  if (text === undefined) return undefined;
  try {
    const job: Job = JSON.parse(text);
    return {
      id,
      job,
      delivery: deliveries,
      requestId: fields?.get('request_id'),
      traceparent: fields?.get('traceparent'),
    };
  } catch {
    return undefined;
  }
}
