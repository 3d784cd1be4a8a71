/** Counts what administrators and strangers were answered; where there is no administration, nothing is. */
import { ADMIN_RESULTS, type AdminResult } from '../../../schemas/metrics.ts';
import type { AdminParts } from '../admin-parts.ts';
import { type AdminMiddleware, isAdministration } from './admin-state.ts';

export function countResults({ resources: { registry, adminToken } }: AdminParts): AdminMiddleware {
  const count = registry.counter(
    'admin_requests_total',
    ADMIN_RESULTS.map((result) => ({ result })),
  );
  return async function countResult(ctx, next) {
    await next();
    if (adminToken !== undefined && isAdministration(ctx.path)) count({ result: resultOf(ctx.status) });
  };
}

function resultOf(status: number): AdminResult {
  if (status < 400) return 'done';
  if (status === 401 || status === 403) return 'denied';
  return status >= 500 ? 'failed' : 'refused';
}
