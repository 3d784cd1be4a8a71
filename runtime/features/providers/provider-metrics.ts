/**
 * What the calls to providers are counted by.
 *
 * Plain numbers that are read at each scrape; every series of a declared provider exists from the start with 0.
 */
import { POOL_REFUSAL_REASONS, PROVIDER_RESULTS, type ProviderResult } from '../../../schemas/metrics.ts';
import type { PoolRefusalReason, PoolView } from '../../resilience/pool.ts';
import type { MetricRegistry } from '../../telemetry/registry.ts';
import { isConfigured, type PlannedProvider } from './plan-providers.ts';

export interface ProviderMetrics {
  /** Makes the series of a provider, so that they exist with 0. */
  declare(provider: PlannedProvider): void;
  called(provider: string, result: ProviderResult, ms: number | undefined): void;
  throttled(provider: string): void;
  retried(provider: string): void;
  fellBack(provider: string, fallback: string): void;
  waited(pool: string, ms: number): void;
  refused(pool: string, reason: PoolRefusalReason): void;
}

/** What is declared now, and how the pools stand. */
export interface ProviderReadings {
  readonly providers: () => Iterable<PlannedProvider>;
  readonly pools: () => Iterable<readonly [name: string, view: PoolView]>;
}

export function createProviderMetrics(
  registry: MetricRegistry,
  readings: ProviderReadings,
  latencyBucketsMs: readonly number[],
): ProviderMetrics {
  const { providers, pools } = readings;
  const calls = createTally();
  const throttles = createTally();
  const retries = createTally();
  const fallbacks = createTally();
  const refusals = createTally();
  const boundaries = latencyBucketsMs.map((ms) => ms / 1000);
  const durations = registry.histogram('provider_call_duration_seconds', boundaries);
  const waits = registry.histogram('provider_pool_wait_seconds', boundaries);

  registry.total('provider_calls_total', () =>
    [...providers()].flatMap(({ name: provider }) =>
      PROVIDER_RESULTS.map((result) => [calls.of(provider, result), { provider, result }] as const),
    ),
  );
  registry.total('provider_throttled_total', () =>
    [...providers()].map(({ name: provider }) => [throttles.of(provider), { provider }] as const),
  );
  registry.total('provider_retries_total', () =>
    [...providers()].map(({ name: provider }) => [retries.of(provider), { provider }] as const),
  );
  registry.total('fallback_total', () =>
    [...providers()].flatMap(({ name: provider, declared: { fallback } }) =>
      fallback === undefined ? [] : [[fallbacks.of(provider, fallback), { provider, fallback }] as const],
    ),
  );
  registry.gauge('provider_configured', () =>
    [...providers()].map((provider) => [isConfigured(provider) ? 1 : 0, { provider: provider.name }] as const),
  );
  registry.gauge('provider_pool_size', () => [...pools()].map(([pool, { size }]) => [size, { pool }] as const));
  registry.gauge('provider_pool_in_use', () => [...pools()].map(([pool, { inUse }]) => [inUse, { pool }] as const));
  registry.gauge('provider_pool_waiting', () =>
    [...pools()].map(([pool, { waiting }]) => [waiting, { pool }] as const),
  );
  registry.total('provider_pool_refusals_total', () =>
    [...pools()].flatMap(([pool]) =>
      POOL_REFUSAL_REASONS.map((reason) => [refusals.of(pool, reason), { pool, reason }] as const),
    ),
  );

  return {
    declare({ name: provider, pool }) {
      durations({ provider });
      if (pool !== undefined) waits({ pool: pool.name });
    },
    called(provider, result, ms) {
      calls.add(provider, result);
      if (ms !== undefined) durations({ provider })(ms / 1000);
    },
    throttled: (provider) => throttles.add(provider),
    retried: (provider) => retries.add(provider),
    fellBack: (provider, fallback) => fallbacks.add(provider, fallback),
    waited: (pool, ms) => waits({ pool })(ms / 1000),
    refused: (pool, reason) => refusals.add(pool, reason),
  };
}

/** Counts by one or two names. */
function createTally() {
  const counts = new Map<string, number>();
  return {
    add(...names: readonly string[]): void {
      const key = names.join(' ');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    of: (...names: readonly string[]): number => counts.get(names.join(' ')) ?? 0,
  };
}
