/**
 * What a policy asks for and this release does not do.
 *
 * Said at start, on the admin port and as a metric: a control that only looks realised is worse than none.
 */
import { UNENFORCED_FEATURES, type UnenforcedFeature } from '../schemas/metrics.ts';
import type { RuntimePolicy } from '../schemas/runtime-policy.gen.ts';

const COUNTS: Readonly<Record<UnenforcedFeature, (policy: RuntimePolicy) => number>> = {
  caches: (policy) => policy.routes.filter((route) => route.cache !== undefined).length,
};

/** What happens instead, for the log and the admin port. */
export const INSTEAD: Readonly<Record<UnenforcedFeature, string>> = {
  caches: 'every request goes to the upstream',
};

/** Number of entries by feature, without features that are not asked for. */
export function listUnenforced(policy: RuntimePolicy): ReadonlyMap<UnenforcedFeature, number> {
  const counts = UNENFORCED_FEATURES.map((feature) => [feature, COUNTS[feature](policy)] as const);
  return new Map(counts.filter(([, count]) => count > 0));
}
