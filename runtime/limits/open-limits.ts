/**
 * Everything about limits that outlives a policy, opened together: store, overrides, administration, metrics.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Clock } from '../policies/clock.ts';
import type { MetricRegistry } from '../telemetry/registry.ts';
import { createLimitAdministration, type LimitAdministration } from './administration.ts';
import type { LimitStore } from './charge.ts';
import { createLimitMetrics, type LimitMetrics } from './limit-metrics.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { createMemoryLimitStore } from './memory-store.ts';
import { createMemoryBook } from './override-book.ts';

export interface Limits {
  readonly store: LimitStore;
  readonly administration: LimitAdministration;
  /** What enforcing a policy needs, from when that comes in force. */
  use(policy: RuntimePolicy): LimitParts;
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
}

export function openLimits({ policy, clock, registry }: OpenLimitsOptions): Limits {
  const store = createMemoryLimitStore();
  const book = createMemoryBook();
  const { overrides } = book;
  const makeLimiter = (next: RuntimePolicy) => createLimiter(next, { isShared: store.isShared, overrides });
  const metrics = createLimitMetrics(registry, policy, store);
  let limiter = makeLimiter(policy);
  return {
    store,
    administration: createLimitAdministration({ store, book, clock, limiter: () => limiter }),
    use(next) {
      limiter = makeLimiter(next);
      return { limiter, store, metrics };
    },
  };
}
