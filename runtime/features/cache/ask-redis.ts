/**
 * Keeps a Redis that does not answer from costing each request its timeout: behind a breaker, which lets one question through
 * each second while it is open. A failure is never more than "not now": who asks goes on without.
 */
import { type BreakerSettings, createBreaker } from '../../resilience/breaker.ts';
import type { Clock } from '../../resilience/clock.ts';
import type { SharedRedis } from '../../storage/redis/open-redis.ts';

/** The reply, or undefined when there is none in time, or none to be expected. */
export type AskRedis = <Reply>(command: () => Promise<Reply>) => Promise<Reply | undefined>;

const SETTINGS: BreakerSettings = { consecutiveFailures: 3, openMs: 1_000, halfOpenProbes: 1, halfOpenMs: 1_000 };

export function createAskRedis(redis: SharedRedis, clock: Clock, onFailed: () => void): AskRedis {
  const breaker = createBreaker({ settings: SETTINGS, clock });
  return async (command) => {
    const ticket = redis.isUp ? breaker.admit() : undefined;
    if (ticket === undefined) return undefined;
    try {
      const reply = await redis.within(command());
      breaker.settle(ticket, 'success');
      return reply;
    } catch {
      breaker.settle(ticket, 'failure');
      onFailed();
      return undefined;
    }
  };
}
