/** Puts a job into a queue of the policy. */
import type { Redis } from 'ioredis';
import type { Queue } from '../../../schemas/runtime-policy.gen.ts';
import { runScript } from '../../storage/redis/scripts.ts';
import { formatJob, type JobContext } from './queue-entries.ts';
import { ADD } from './queue-scripts.ts';

export interface EnqueueOptions extends JobContext {
  /** Most entries of the stream, waiting and in hand. Default: no bound. */
  readonly maxLength?: number;
}

export type Enqueued =
  | { readonly kind: 'queued'; readonly id: string }
  /** Nothing was queued. A full queue refuses new work; it never drops what it has taken. */
  | { readonly kind: 'full' };

/**
 * Fails as Redis does. A job is any JSON value.
 *
 * @example await enqueue(redis, policy.queues.debates, { debate: 7 }, { requestId, maxLength: 10_000 });
 */
export async function enqueue(
  redis: Redis,
  { stream }: Queue,
  job: unknown,
  options: EnqueueOptions = {},
): Promise<Enqueued> {
  const most = options.maxLength ?? Number.MAX_SAFE_INTEGER;
  const id = await runScript(redis, ADD, [stream], [most, ...formatJob(job, options)]);
  return id === null ? { kind: 'full' } : { kind: 'queued', id: String(id) };
}
