/** What must hold of bounds on requests in flight beyond the shape of their fields. */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';

export function tenantShares({ routes }: RuntimePolicy): readonly string[] {
  return routes.flatMap(({ tenantShare, maxConcurrent }, index) =>
    tenantShare !== undefined && maxConcurrent === undefined
      ? [`routes.${index}.tenantShare: is a share of maxConcurrent, which is not there`]
      : [],
  );
}
