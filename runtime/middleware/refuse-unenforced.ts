/** Answers 501 where a route asks for a guarantee that this release does not give, so that nothing passes without it. */
import type { Route } from '../../schemas/runtime-policy.gen.ts';
import type { Policy } from './exchange.ts';
import { answerProblem } from './problem.ts';

/** The policy of one route; undefined where all that it asks for is given. */
export function refuseUnenforced(route: Route): Policy | undefined {
  const missing = missingOf(route);
  if (missing === undefined) return undefined;
  return function refuseUnenforced(exchange) {
    return answerProblem(exchange, { status: 501, detail: `${missing} are not supported yet.` });
  };
}

function missingOf({ kind }: Route): string | undefined {
  return kind === 'websocket' ? 'WebSocket connections' : undefined;
}
