/**
 * Takes over what another consumer, or this one, has not finished in time.
 *
 * Asks for it a few times within `reclaimAfterMs`, not for each read. Also lets consumers go that have nothing in hand and
 * were not heard of for long: each process leaves a name behind when it is killed.
 */
import type { Redis } from 'ioredis';
import type { Queue } from '../../../schemas/runtime-policy.gen.ts';
import { runScript } from '../../storage/redis/scripts.ts';
import type { Delivery, Jobs } from './jobs.ts';
import { readEntries, readPending } from './queue-entries.ts';
import { LEAVE } from './queue-scripts.ts';
import { isGroupMissing } from './stream-reader.ts';

export interface Reclaimer {
  /** At most `count` deliveries; none while it is not time to look. */
  take(count: number): Promise<readonly Delivery[]>;
}

export interface ReclaimerOptions {
  readonly redis: Redis;
  readonly queue: Queue;
  readonly consumer: string;
  readonly jobs: Jobs;
}

const LOOKS_PER_LIMIT = 4;
const LONGEST_PAUSE_MS = 5_000;
/** A silent consumer without work is forgotten after so many times the limit. */
const FORGOTTEN_AFTER = 10;

export function createReclaimer({ redis, queue, consumer, jobs }: ReclaimerOptions): Reclaimer {
  const { stream, group, reclaimAfterMs, maxDeliveries } = queue;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, reclaimAfterMs / LOOKS_PER_LIMIT);
  let nextMs = 0;
  let cursor = '0-0';

  async function claim(count: number): Promise<readonly Delivery[]> {
    const reply = await redis.call('XAUTOCLAIM', [stream, group, consumer, reclaimAfterMs, cursor, 'COUNT', count]);
    if (!Array.isArray(reply)) return [];
    cursor = String(reply[0]);
    // While there is more to look at, do not wait.
    if (cursor !== '0-0') nextMs = 0;
    const deliveries: Delivery[] = [];
    for (const { id, fields } of readEntries(reply[1])) {
      const [pending] = readPending(await redis.call('XPENDING', [stream, group, id, id, 1]));
      const delivery = { id, fields, deliveries: pending?.deliveries ?? 1 };
      // One that has taken down all who tried is not tried again.
      if (delivery.deliveries > maxDeliveries) await jobs.bury(delivery, 'delivered too often');
      else deliveries.push(delivery);
    }
    return deliveries;
  }

  async function forgetSilent(): Promise<void> {
    const reply = await redis.call('XINFO', ['CONSUMERS', stream, group]);
    if (!Array.isArray(reply)) return;
    for (const item of reply) {
      const [, name, , pending, , idleMs] = Array.isArray(item) ? item : [];
      const isSilent = Number(pending) === 0 && Number(idleMs) > FORGOTTEN_AFTER * reclaimAfterMs;
      if (isSilent && name !== consumer) await runScript(redis, LEAVE, [stream], [group, String(name)]);
    }
  }

  return {
    async take(count) {
      const nowMs = performance.now();
      if (nowMs < nextMs) return [];
      nextMs = nowMs + pauseMs;
      try {
        const deliveries = await claim(count);
        if (deliveries.length === 0) await forgetSilent();
        return deliveries;
      } catch (error) {
        // The reader makes the group.
        if (isGroupMissing(error) || isKeyMissing(error)) return [];
        throw error;
      }
    },
  };
}

function isKeyMissing(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('ERR no such key');
}
