/** What must hold of limits beyond the shape of their fields. */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';

const KEY_SCOPES = new Set(['api-key', 'tenant', 'user', 'organisation']);

export function identities({ routes, limits }: RuntimePolicy): readonly string[] {
  return routes.flatMap((route, index) =>
    route.limits.flatMap((id) => {
      const per = limits[id]?.per;
      if (per === undefined || !KEY_SCOPES.has(per) || route.auth === 'api-key' || route.auth === 'signature')
        return [];
      return [`routes.${index}.limits: ${id} counts by ${per}, and this route asks for no API key`];
    }),
  );
}

export function variants({ limits }: RuntimePolicy): readonly string[] {
  return Object.entries(limits)
    .filter(([, limit]) => limit.variants !== undefined && limit.per !== 'api-key' && limit.per !== 'tenant')
    .map(([id]) => `limits.${id}.variants: only limits by api-key or tenant have variants`);
}
