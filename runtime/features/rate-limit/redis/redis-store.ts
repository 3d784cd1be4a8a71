/**
 * Budgets in Redis, exact over all replicas.
 *
 * Invariants
 * 1. A request waits for Redis at most once, and not at all when this process knows that it is refused or that Redis is away.
 * 2. While Redis is away each limit does what its `onStoreFailure` says; nobody is admitted or refused by accident.
 * 3. No more than one line is logged for each change between usable and away.
 */
import type { Ticket } from '../../../resilience/breaker.ts';
import type { Clock } from '../../../resilience/clock.ts';
import type { SharedRedis } from '../../../storage/redis/open-redis.ts';
import type { Log } from '../../../telemetry/log.ts';
import type { MetricRegistry } from '../../../telemetry/registry.ts';
import type { Charge, LimitStore, Outcomes } from '../charge.ts';
import { describeSettled } from '../settle.ts';
import { createCharger } from './charger.ts';
import { createKeyNames } from './key-names.ts';
import { createLocalKnowledge } from './local-knowledge.ts';
import { createStoreBreaker } from './store-breaker.ts';
import { createStoreMetrics } from './store-metrics.ts';
import { createWithoutStore } from './without-store.ts';

export interface RedisLimitStore extends LimitStore {
  /** Drops what this process knows: of one budget, or of all. */
  forgetLocally(key?: string): void;
}

export interface RedisStoreOptions {
  readonly redis: SharedRedis;
  readonly clock: Clock;
  readonly registry: MetricRegistry;
  readonly log: Log;
}

export function createRedisLimitStore({ redis, clock, registry, log }: RedisStoreOptions): RedisLimitStore {
  const charger = createCharger({ redis, names: createKeyNames(redis.prefix, redis.mode === 'cluster') });
  const knowledge = createLocalKnowledge();
  const without = createWithoutStore(knowledge);
  const metrics = createStoreMetrics(registry, () => breaker.isOpen);
  const breaker = createStoreBreaker({
    clock,
    log,
    metrics,
    ask: (charge) => charger.charge([charge]),
    onBack: () => without.clear(),
  });

  async function ask(ticket: Ticket, charges: readonly Charge[], nowMs: number): Promise<Outcomes> {
    try {
      const reply = await charger.charge(charges);
      metrics.asked(clock.nowMs() - nowMs);
      breaker.succeeded(ticket);
      knowledge.learn(charges, reply, nowMs);
      return describeSettled(charges, reply.codes, reply.debts);
    } catch (error) {
      metrics.asked(clock.nowMs() - nowMs);
      breaker.failed(ticket, error, charges[0]);
      return without.charge(charges, clock.nowMs());
    }
  }

  function refuseLocally(charges: readonly Charge[], nowMs: number): Outcomes | undefined {
    const refusal = knowledge.refusal(charges, nowMs);
    if (refusal !== undefined) metrics.refusedLocally();
    return refusal;
  }

  return {
    isShared: true,
    charge(charges, nowMs) {
      if (charges.length === 0) return [];
      const refusal = breaker.isOpen ? undefined : refuseLocally(charges, nowMs);
      if (refusal !== undefined) return refusal;
      const ticket = breaker.admit();
      return ticket === undefined ? without.charge(charges, nowMs) : ask(ticket, charges, nowMs);
    },
    peek: (charges, nowMs) => (breaker.isOpen ? without.peek(charges, nowMs) : (refuseLocally(charges, nowMs) ?? [])),
    async read(charge) {
      try {
        const { codes, debts } = await charger.charge([{ ...charge, cost: 0 }]);
        return describeSettled([charge], codes, debts)[0];
      } catch {
        return undefined;
      }
    },
    async forget(charge) {
      try {
        await charger.forget(charge);
      } catch {
        return false;
      }
      knowledge.forget(charge.key);
      without.forget(charge.key);
      return true;
    },
    forgetLocally(key) {
      if (key === undefined) knowledge.clear();
      else {
        knowledge.forget(key);
        without.forget(key);
      }
    },
    get size() {
      return knowledge.size + without.size;
    },
    get evictions() {
      return without.evictions;
    },
  };
}
