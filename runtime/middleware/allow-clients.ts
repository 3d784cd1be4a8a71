/** Refuses clients outside the ranges of the route. */
import type { Route } from '../../schemas/runtime-policy.gen.ts';
import { type AddressRanges, isInRanges, parseRanges } from '../policies/client-address.ts';
import type { GatewayMiddleware } from './exchange.ts';
import { answerProblem } from './problem.ts';

export function allowClients(routes: readonly Route[]): GatewayMiddleware {
  const ranges = new Map<string, AddressRanges>();
  for (const { id, allowCidrs } of routes) {
    // An unreadable list allows nobody; the policy rules refuse it before it comes to that.
    if (allowCidrs !== undefined) ranges.set(id, parseRanges(allowCidrs) ?? []);
  }
  return function allowClients(ctx, next) {
    const { route, client } = ctx.state.exchange;
    const allowed = route === undefined ? undefined : ranges.get(route.id);
    if (allowed === undefined || isInRanges(client.client, allowed)) return next();
    ctx.state.exchange.outcome = 'address-refused';
    answerProblem(ctx, { status: 403, detail: 'This address may not call this resource.' });
    return undefined;
  };
}
