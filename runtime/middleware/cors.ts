/**
 * Answers preflights, and marks responses that a browser may show to another origin.
 *
 * Stands before identity and limits: a preflight carries no credential, and a script must be able to read a 401 or 429.
 * `Vary: Origin` is sent whatever the answer, or a cache would give one origin's answer to another.
 */
import type { Cors } from '../../schemas/runtime-policy.gen.ts';
import { createCorsPolicy } from '../policies/cors-policy.ts';
import type { GatewayMiddleware } from './exchange.ts';
import { answerProblem } from './problem.ts';

export function cors(rules: Cors): GatewayMiddleware {
  const policy = createCorsPolicy(rules);
  return function cors(ctx, next) {
    const { route, isPreflight } = ctx.state.exchange;
    if (route === undefined || !route.cors || rules.owner !== 'runtime') return next();
    const { origin } = ctx.req.headers;
    if (!isPreflight) {
      ctx.vary('Origin');
      ctx.set(policy.responseHeaders(origin));
      return next();
    }
    ctx.set('vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers');
    const answer = policy.preflight({
      origin: origin ?? '',
      method: ctx.get('access-control-request-method'),
      headers: ctx.req.headers['access-control-request-headers'],
      route,
    });
    if (answer.kind === 'refused') {
      ctx.state.exchange.outcome = 'cors-refused';
      answerProblem(ctx, { status: 403, detail: answer.detail });
      return undefined;
    }
    ctx.set(answer.headers);
    ctx.status = 204;
    return undefined;
  };
}
