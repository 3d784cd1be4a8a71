/** What must hold of signed routes beyond the shape of their fields. */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';

export function signatures({ routes, auth }: RuntimePolicy): readonly string[] {
  if (auth.signature !== undefined) return [];
  return routes.flatMap((route, index) =>
    route.auth === 'signature' ? [`routes.${index}.auth: auth.signature does not say how requests are signed`] : [],
  );
}
