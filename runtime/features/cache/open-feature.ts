/** Opens the caches: their stores, metrics and operations, and their place in front of the proxy. */
import type { FeatureContext, OpenedFeature } from '../../feature.ts';
import { exportCaches } from './cache-metrics.ts';
import { type Caches, createCaches } from './caches.ts';
import { cacheOperations } from './operations.ts';
import { createResponseCache } from './responses/response-cache.ts';
import { type WarmUp, warm } from './warm-up.ts';

export interface CacheApi extends Caches {
  /** Settles when the caches are filled, whatever came of it, or when `stopped` does. */
  warm(warmUp: WarmUp, stopped: Promise<void>): Promise<void>;
}

type Context = Pick<FeatureContext, 'clock' | 'log' | 'phase' | 'redis' | 'registry'>;

export function openCache({ clock, log, phase, redis, registry }: Context): OpenedFeature<CacheApi> {
  const caches = createCaches({ clock, redis });
  exportCaches(registry, caches);
  return {
    api: Object.assign(caches, {
      warm: (warmUp: WarmUp, stopped: Promise<void>) => warm(warmUp, { caches, log, stopped }),
    }),
    use: caches.use,
    respond: (policy, proxy) => createResponseCache({ policy, caches, clock, phase }, proxy),
    operations: cacheOperations({ caches }),
    close: caches.close,
  };
}
