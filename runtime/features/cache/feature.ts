/** Caches of answers (RFC 9111): `caches`, and `cache` and `invalidates` of a route. */
import type { Feature } from '../../feature.ts';
import { cachedRoutes, cacheStores } from './cache-rules.ts';
import type { CacheApi } from './open-feature.ts';

export const cache: Feature<CacheApi> = {
  isAskedFor: ({ caches = {} }) => Object.keys(caches).length > 0,
  rules: [cacheStores, cachedRoutes],
  load: async () => (await import('./open-feature.ts')).openCache,
};
