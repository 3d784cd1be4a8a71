/** Requests in flight: `maxConcurrent`, `tenantShare` and `priority` of a route. */
import type { Feature } from '../../feature.ts';
import { tenantShares } from './concurrency-rules.ts';

export const concurrency: Feature<undefined> = {
  isAskedFor: ({ routes }) =>
    routes.some(({ maxConcurrent, priority }) => maxConcurrent !== undefined || priority !== undefined),
  rules: [tenantShares],
  load: async () => (await import('./open-feature.ts')).openConcurrency,
};
