/** Answers 501 where a route asks for a guarantee that this release does not give, so that nothing passes without it. */
import type { GatewayMiddleware } from './exchange.ts';
import { answerProblem } from './problem.ts';

export function refuseUnenforced(): GatewayMiddleware {
  return function refuseUnenforced(ctx, next) {
    const { route } = ctx.state.exchange;
    const missing =
      route?.auth === 'signature'
        ? 'Signed requests'
        : route?.kind === 'websocket'
          ? 'WebSocket connections'
          : undefined;
    if (missing === undefined) return next();
    answerProblem(ctx, { status: 501, detail: `${missing} are not supported yet.` });
    return undefined;
  };
}
