/** What Redis knows of a queue. */
import type { Queue } from '../../../schemas/runtime-policy.gen.ts';
import type { SharedRedis } from '../../storage/redis/open-redis.ts';
import { readPending } from './queue-entries.ts';

export interface QueueReading {
  /** Entries of the stream, waiting and in hand. */
  readonly length: number;
  /** Entries that were delivered and not acknowledged. */
  readonly pending: number;
  /** Since the delivery, or the last sign of life of its consumer, of the one that was silent longest; 0 without any. */
  readonly oldestPendingMs: number;
  readonly consumers: number;
  /** Entries that were set aside. */
  readonly dead: number;
}

/** Of more pending entries than these, the longest silent one is looked for among the oldest. */
const LOOKED_AT = 100;

/** Undefined when Redis does not answer in time. A stream or group that is not there yet is an empty one. */
export async function measureQueue(redis: SharedRedis, { stream, group }: Queue): Promise<QueueReading | undefined> {
  if (!redis.isUp) return undefined;
  const { client } = redis;
  const ask = (command: string, ...args: readonly (string | number)[]): Promise<unknown> =>
    client.call(command, ...args).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
  try {
    const [length, summary, oldest, consumers, dead] = await redis.within(
      Promise.all([
        ask('xlen', stream),
        ask('xpending', stream, group),
        ask('xpending', stream, group, '-', '+', LOOKED_AT),
        ask('xinfo', 'CONSUMERS', stream, group),
        ask('xlen', `${stream}.dead`),
      ]),
    );
    return {
      length: Number(length),
      pending: Array.isArray(summary) ? Number(summary[0]) : 0,
      oldestPendingMs: Math.max(0, ...readPending(oldest).map(({ idleMs }) => idleMs)),
      consumers: Array.isArray(consumers) ? consumers.length : 0,
      dead: Number(dead),
    };
  } catch {
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && /^(?:NOGROUP|ERR no such key)/.test(error.message);
}
