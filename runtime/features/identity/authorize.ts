/**
 * Lets a caller through whose key has one of the route's roles; others are answered 403.
 */
import type { Route } from '../../../schemas/runtime-policy.gen.ts';
import type { Handler } from '../../http/exchange.ts';
import { answerProblem } from '../../http/problem.ts';

/** Undefined where any key will do. */
export function authorize({ roles }: Route): Handler | undefined {
  if (roles === undefined) return undefined;
  const allowed = new Set(roles);
  return function authorize(exchange) {
    const { principal } = exchange;
    if (principal.kind === 'api-key' && principal.roles.some((role) => allowed.has(role))) return undefined;
    exchange.outcome = 'forbidden:role';
    return answerProblem(exchange, { status: 403, detail: 'This credential may not be used here.' });
  };
}
