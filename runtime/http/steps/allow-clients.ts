/** Refuses clients outside the ranges of the route. */
import type { Route } from '../../../schemas/runtime-policy.gen.ts';
import { isInRanges, parseRanges } from '../client-address.ts';
import type { Handler } from '../exchange.ts';
import { answerProblem } from '../problem.ts';

/** The policy of one route; undefined where anybody may call. */
export function allowClients({ allow }: Route): Handler | undefined {
  if (allow === undefined) return undefined;
  // An unreadable list allows nobody; the policy rules refuse it before it comes to that.
  const allowed = parseRanges(allow) ?? [];
  return function allowClients(exchange) {
    if (isInRanges(exchange.client.client, allowed)) return undefined;
    exchange.outcome = 'address-refused';
    return answerProblem(exchange, { status: 403, detail: 'This address may not call this resource.' });
  };
}
