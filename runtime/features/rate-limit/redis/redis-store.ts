/**
 * Budgets in Redis, exact over all replicas.
 *
 * Invariants
 * 1. A request waits for Redis at most once, and not at all when this process knows that it is refused or that Redis is away.
 * 2. While Redis is away each limit does what its `onStoreFailure` says; nobody is admitted or refused by accident.
 * 3. No more than one line is logged for each change between usable and away.
 */
import type { Clock } from '../../../resilience/clock.ts';
import type { SharedRedis } from '../../../storage/redis/open-redis.ts';
import type { Log } from '../../../telemetry/log.ts';
import type { MetricRegistry } from '../../../telemetry/registry.ts';
import type { Charge, LimitStore, Outcomes } from '../charge.ts';
import { compileBucket } from '../gcra.ts';
import { describeSettled } from '../settle.ts';
import { createCharger } from './charger.ts';
import { errorReason } from './error-reason.ts';
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

const QUIET_MS = 60_000;

export function createRedisLimitStore({ redis, clock, registry, log }: RedisStoreOptions): RedisLimitStore {
  const charger = createCharger({ redis, names: createKeyNames(redis.prefix, redis.mode === 'cluster') });
  const knowledge = createLocalKnowledge();
  const without = createWithoutStore(knowledge);
  const breaker = createStoreBreaker(sayChange);
  const metrics = createStoreMetrics(registry, () => breaker.isOpen);
  let reason = 'other';
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  /** The budget on which Redis failed last, and so the place to see whether it is back. */
  let suspect: Charge | undefined;

  async function ask(charges: readonly Charge[], nowMs: number): Promise<Outcomes> {
    try {
      const reply = await charger.charge(charges);
      metrics.asked(clock.nowMs() - nowMs);
      knowledge.learn(charges, reply, nowMs);
      return describeSettled(charges, reply.codes, reply.debts);
    } catch (error) {
      metrics.asked(clock.nowMs() - nowMs);
      failed(error, charges[0]);
      return without.charge(charges, clock.nowMs());
    }
  }

  function failed(error: unknown, charge: Charge | undefined): void {
    const found = errorReason(error);
    metrics.failed(found);
    // One key that holds something else says nothing of the others.
    if (found === 'state') {
      sayState();
      return;
    }
    reason = found;
    suspect = charge;
    breaker.failed(clock.nowMs());
  }

  function advise(nowMs: number): boolean {
    const advice = breaker.advise(nowMs);
    if (advice === 'skip-and-probe') void probe();
    return advice === 'ask';
  }

  /** Writes beside the budget that failed: a server may answer and yet take no writes. */
  async function probe(): Promise<void> {
    try {
      await charger.charge([probeOf(suspect)]);
      breaker.probed(true, clock.nowMs());
    } catch (error) {
      reason = errorReason(error);
      metrics.failed(errorReason(error));
      breaker.probed(false, clock.nowMs());
    }
  }

  function sayChange(isOpen: boolean): void {
    if (isOpen) {
      log.warn({ reason }, 'limit store away: limits do what their onStoreFailure says');
      return;
    }
    without.clear();
    log.info('limit store back');
  }

  function sayState(): void {
    if (clock.nowMs() < quietUntilMs) return;
    quietUntilMs = clock.nowMs() + QUIET_MS;
    log.error('limit store: a key holds something else than a budget; resetting that budget mends it');
  }

  return {
    isShared: true,
    charge(charges, nowMs) {
      if (charges.length === 0) return [];
      if (!advise(nowMs)) return without.charge(charges, nowMs);
      const refusal = knowledge.refusal(charges, nowMs);
      if (refusal === undefined) return ask(charges, nowMs);
      metrics.refusedLocally();
      return refusal;
    },
    peek(charges, nowMs) {
      if (breaker.isOpen) return without.peek(charges, nowMs);
      const refusal = knowledge.refusal(charges, nowMs);
      if (refusal === undefined) return [];
      metrics.refusedLocally();
      return refusal;
    },
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

const PROBE = compileBucket({ requests: 1_000, periodMs: 1_000, capacity: 1_000 });

function probeOf(charge: Charge | undefined): Charge {
  return {
    rules: { id: '_probe', per: 'global', status: 429, onStoreFailure: 'open', dryRun: true },
    key: '_probe',
    identity: charge?.identity ?? 'global',
    tenant: charge?.tenant,
    size: { bucket: PROBE, member: '', share: undefined },
    cost: 1,
  };
}
