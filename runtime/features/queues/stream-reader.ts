/**
 * Takes new entries from the stream as a member of its group, and makes the group where there is none: before the first job,
 * and after somebody emptied Redis.
 */
import type { Redis } from 'ioredis';
import type { Queue } from '../../../schemas/runtime-policy.gen.ts';
import { type RawEntry, readStreams } from './queue-entries.ts';

export interface StreamReader {
  /** Waits for entries, at most half a second. */
  read(count: number): Promise<readonly RawEntry[]>;
}

export interface StreamReaderOptions {
  readonly redis: Redis;
  readonly queue: Queue;
  readonly consumer: string;
}

/** Short, so that a worker that is to stop does not wait long. */
const BLOCK_MS = 500;

export function createStreamReader({ redis, queue, consumer }: StreamReaderOptions): StreamReader {
  const { stream, group } = queue;
  let isJoined = false;
  return {
    async read(count) {
      if (!isJoined) await join(redis, queue, consumer);
      isJoined = true;
      const args = ['GROUP', group, consumer, 'COUNT', count, 'BLOCK', BLOCK_MS, 'STREAMS', stream, '>'];
      try {
        return readStreams(await redis.call('XREADGROUP', args));
      } catch (error) {
        if (!isGroupMissing(error)) throw error;
        isJoined = false;
        return [];
      }
    },
  };
}

/** Whether there is no such group, or its stream was deleted while this waited. */
export function isGroupMissing(error: unknown): boolean {
  return error instanceof Error && /^(?:NOGROUP|UNBLOCKED)/.test(error.message);
}

/** Makes the group from the first entry on: what was queued before the first worker came is work, too. */
async function join(redis: Redis, { stream, group }: Queue, consumer: string): Promise<void> {
  try {
    await redis.call('XGROUP', ['CREATE', stream, group, '0', 'MKSTREAM']);
  } catch (error) {
    // Another worker was faster.
    if (!(error instanceof Error) || !error.message.startsWith('BUSYGROUP')) throw error;
  }
  // Or nobody would see a worker that has no work yet.
  await redis.call('XGROUP', ['CREATECONSUMER', stream, group, consumer]);
}
