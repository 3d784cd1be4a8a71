/**
 * Providers of the policy. The runtime validates and shows them in this version and enforces none.
 */
import type { Breaker, Provider } from '../../../schemas/runtime-policy.gen.ts';
import type { BreakerModel, ProviderModel } from '../../resolve/model/index.ts';

/** By name. A provider without a pool has nothing that the policy could hold, and is left out. */
export function buildProviders(providers: readonly ProviderModel[]): Record<string, Provider> {
  const held = new Set(providers.filter((provider) => provider.pool !== undefined).map((provider) => provider.name));
  return Object.fromEntries(
    providers.flatMap((provider) => {
      const { pool, fallback } = provider;
      if (pool === undefined) return [];
      const entry: Provider = {
        pool: {
          name: provider.name,
          maxConcurrent: pool.maxConcurrent,
          ...(pool.env === undefined ? {} : { env: pool.env }),
          queue: { max: pool.queueMax, waitMs: pool.queueWait },
        },
        timeoutMs: provider.timeout,
        breaker: toBreaker(provider.breaker, provider.timeout),
        ...(fallback !== undefined && held.has(fallback) ? { fallback } : {}),
      };
      return [[provider.name, entry] as const];
    }),
  );
}

/**
 * "So many failures" of the spec: the last so many calls all failed. The window is wide enough for them even when each fails by
 * its timeout, otherwise a slow outage would never open the breaker.
 */
function toBreaker(breaker: BreakerModel | undefined, timeoutMs: number): Breaker {
  if (breaker === undefined)
    return { windowMs: 10_000, minimumCalls: 20, failureRatio: 0.5, openMs: 30_000, halfOpenProbes: 1 };
  return {
    windowMs: Math.max(10_000, breaker.failures * timeoutMs),
    minimumCalls: breaker.failures,
    failureRatio: 1,
    openMs: breaker.openFor,
    halfOpenProbes: breaker.halfOpenProbes,
  };
}
