/** Caches of answers (RFC 9111): `caches`, and `cache` and `invalidates` of a route. */
import type { Feature } from '../../feature.ts';
import { cachedRoutes, cacheStores } from './cache-rules.ts';
import type { Caches } from './caches.ts';

export const cache: Feature<Caches> = {
  isAskedFor: ({ caches = {} }) => Object.keys(caches).length > 0,
  rules: [cacheStores, cachedRoutes],
  load: async () => (await import('./open-feature.ts')).openCache,
};
