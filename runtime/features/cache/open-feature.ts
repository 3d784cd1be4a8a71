/** Opens the caches: their stores, metrics and operations, and their place in front of the proxy. */
import type { OpenFeature } from '../../feature.ts';
import { exportCaches } from './cache-metrics.ts';
import { type Caches, createCaches } from './caches.ts';
import { cacheOperations } from './operations.ts';
import { createResponseCache } from './responses/response-cache.ts';

export const openCache: OpenFeature<Caches> = ({ clock, phase, redis, registry }) => {
  const caches = createCaches({ clock, redis });
  exportCaches(registry, caches);
  return {
    api: caches,
    use: caches.use,
    respond: (policy, proxy) => createResponseCache({ policy, caches, clock, phase }, proxy),
    operations: cacheOperations({ caches }),
    close: caches.close,
  };
};
