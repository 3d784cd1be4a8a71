/** Used signatures in Redis, where all replicas see them. */
import type { SharedRedis } from '../../storage/redis/open-redis.ts';
import type { SharedNonces } from './nonce-store.ts';

export function redisNonces(redis: Pick<SharedRedis, 'client' | 'within' | 'prefix'>): SharedNonces {
  return {
    // One command decides and sets the time: of two at once, one is told that it was there.
    add: async (key, ttlMs) =>
      (await redis.within(redis.client.set(`${redis.prefix}nonce:${key}`, '1', 'PX', ttlMs, 'NX'))) === 'OK',
  };
}
