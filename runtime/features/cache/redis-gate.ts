/**
 * Keeps a Redis that does not answer from costing each request its timeout.
 *
 *   closed --three failures in a row--> open --a second--> one try --success--> closed
 *
 * A failure is never more than "not now": whoever asks goes on without.
 */
import type { Clock } from '../../resilience/clock.ts';
import type { SharedRedis } from '../../storage/redis/open-redis.ts';

export interface RedisGate {
  /** The reply, or undefined when there is none in time, or none to be expected. */
  ask<Reply>(command: () => Promise<Reply>): Promise<Reply | undefined>;
  readonly isOpen: boolean;
}

const FAILURES = 3;
const PAUSE_MS = 1_000;

export function createRedisGate(redis: SharedRedis, clock: Clock, onFailed: () => void): RedisGate {
  let failures = 0;
  let closedUntilMs = Number.NEGATIVE_INFINITY;
  return {
    get isOpen() {
      return failures < FAILURES;
    },
    async ask(command) {
      if (!redis.isUp) return undefined;
      if (failures >= FAILURES) {
        if (clock.nowMs() < closedUntilMs) return undefined;
        // This one tries; the others go on without until it knows.
        closedUntilMs = clock.nowMs() + PAUSE_MS;
      }
      try {
        const reply = await redis.within(command());
        failures = 0;
        return reply;
      } catch {
        failures += 1;
        if (failures >= FAILURES) closedUntilMs = clock.nowMs() + PAUSE_MS;
        onFailed();
        return undefined;
      }
    },
  };
}
