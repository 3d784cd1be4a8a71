/**
 * Everything about limits that outlives a policy, opened together: store, overrides, administration, metrics.
 */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Clock } from '../../resilience/clock.ts';
import type { SharedRedis } from '../../storage/redis/open-redis.ts';
import type { Log } from '../../telemetry/log.ts';
import type { MetricRegistry } from '../../telemetry/registry.ts';
import { createLimitAdministration, type LimitAdministration } from './administration.ts';
import type { LimitStore } from './charge.ts';
import { createLimitMetrics, type LimitMetrics } from './limit-metrics.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { createMemoryLimitStore } from './memory-store.ts';
import { createMemoryBook, type OverrideBook } from './override-book.ts';
import { createRedisBook } from './redis/redis-book.ts';
import { createRedisLimitStore } from './redis/redis-store.ts';

export interface Limits {
  readonly store: LimitStore;
  readonly administration: LimitAdministration;
  /** What enforcing a policy needs, from when that comes in force. */
  use(policy: RuntimePolicy): LimitParts;
  close(): void;
}

export interface LimitParts {
  readonly limiter: Limiter;
  readonly store: LimitStore;
  readonly metrics: LimitMetrics;
}

export interface OpenLimitsOptions {
  readonly policy: RuntimePolicy;
  readonly clock: Clock;
  readonly registry: MetricRegistry;
  readonly log: Log;
  /** Where all replicas count together. Undefined: each counts its share in its own memory. */
  readonly redis: SharedRedis | undefined;
}

export function openLimits(options: OpenLimitsOptions): Limits {
  const { policy, clock, registry, redis } = options;
  const { store, book, forgetLocally, close } = redis === undefined ? openMemory() : openShared({ ...options, redis });
  const { overrides } = book;
  const makeLimiter = (next: RuntimePolicy) => createLimiter(next, { isShared: store.isShared, overrides });
  const metrics = createLimitMetrics(registry, policy, store);
  let limiter = makeLimiter(policy);
  return {
    store,
    administration: createLimitAdministration({ store, book, clock, limiter: () => limiter }),
    use(next) {
      limiter = makeLimiter(next);
      forgetLocally();
      return { limiter, store, metrics };
    },
    close,
  };
}

interface Opened {
  readonly store: LimitStore;
  readonly book: OverrideBook;
  /** Drops what is known of other figures. */
  readonly forgetLocally: () => void;
  readonly close: () => void;
}

function openMemory(): Opened {
  return {
    store: createMemoryLimitStore(),
    book: createMemoryBook(),
    forgetLocally: () => undefined,
    close: () => undefined,
  };
}

function openShared({ redis, clock, registry, log }: OpenLimitsOptions & { readonly redis: SharedRedis }): Opened {
  const store = createRedisLimitStore({ redis, clock, registry, log });
  const book = createRedisBook({ redis, onReset: (key) => store.forgetLocally(key) });
  return { store, book, forgetLocally: () => store.forgetLocally(), close: () => book.close() };
}
