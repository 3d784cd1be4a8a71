/** Sets the policy's fixed response headers; middleware/proxy keeps an upstream from sending them again. */
import type { SecurityHeaders } from '../../schemas/runtime-policy.gen.ts';
import type { GatewayMiddleware } from './exchange.ts';

export function securityHeaders({ owner, headers }: SecurityHeaders): GatewayMiddleware {
  return function securityHeaders(ctx, next) {
    if (owner === 'runtime') ctx.set(headers);
    return next();
  };
}
