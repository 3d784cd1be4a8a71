/**
 * The features of the runtime, one line each, in the order in which they are opened and follow a policy; they are closed
 * in reverse.
 *
 * Only this file knows their folders. What a feature offers to others is typed by its line: `Apis` follows from the list.
 */
import type { Feature } from './feature.ts';
import { backups } from './features/backups/feature.ts';
import { bodySchema } from './features/body-schema/feature.ts';
import { cache } from './features/cache/feature.ts';
import { concurrency } from './features/concurrency/feature.ts';
import { providers } from './features/providers/feature.ts';
import { queues } from './features/queues/feature.ts';
import { rateLimit } from './features/rate-limit/feature.ts';
import { signing } from './features/signing/feature.ts';

// What others show of them.
export type { CacheReport } from './features/cache/caches.ts';
export type { WarmUp } from './features/cache/warm-up.ts';
export type { ListedPool } from './features/providers/providers.ts';
export type { QueueReading } from './features/queues/measure-queue.ts';
export type { ExplainedLimit } from './features/rate-limit/open-feature.ts';

const LIST = {
  rateLimit,
  signing,
  concurrency,
  bodySchema,
  cache,
  queues,
  providers,
  backups,
};

export type FeatureName = keyof typeof LIST;
type ApiOf<Listed> = Listed extends Feature<infer Api> ? Api : never;
/** By name of the feature. */
export type Apis = { readonly [Name in FeatureName]: ApiOf<(typeof LIST)[Name]> };

export type Features = { readonly [Name in FeatureName]: Feature<Apis[Name]> };

export const FEATURES: Features = LIST;
export const FEATURE_NAMES = Object.keys(LIST) as readonly FeatureName[];
