/** The shared store as metrics. */
import { LIMIT_STORE_ERROR_REASONS, type LimitStoreErrorReason } from '../../../../schemas/metrics.ts';
import type { MetricRegistry } from '../../../telemetry/registry.ts';

export interface StoreMetrics {
  asked(ms: number): void;
  failed(reason: LimitStoreErrorReason): void;
  refusedLocally(): void;
}

/** Seconds. From what a server beside costs to what nobody waits for. */
const BOUNDARIES = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1];

export function createStoreMetrics(registry: MetricRegistry, isDegraded: () => boolean): StoreMetrics {
  const duration = registry.histogram('ratelimit_store_duration_seconds', BOUNDARIES)({});
  const errors = registry.counter(
    'ratelimit_store_errors_total',
    LIMIT_STORE_ERROR_REASONS.map((reason) => ({ reason })),
  );
  let localRefusals = 0;
  registry.gauge('ratelimit_store_degraded', () => [[Number(isDegraded()), {}]]);
  registry.total('ratelimit_local_refusals_total', () => [[localRefusals, {}]]);
  return {
    asked: (ms) => duration(ms / 1_000),
    failed: (reason) => errors({ reason }),
    refusedLocally() {
      localRefusals += 1;
    },
  };
}
