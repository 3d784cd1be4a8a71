/**
 * Answers preflights, and marks responses that a browser may show to another origin.
 *
 * Stands before identity and limits: a preflight carries no credential, and a script must be able to read a 401 or 429.
 * `Vary: Origin` is sent whatever the answer, or a cache would give one origin's answer to another.
 */
import type { Cors, Route } from '../../../schemas/runtime-policy.gen.ts';
import { type Exchange, type Handler, setField } from '../exchange.ts';
import { answerProblem } from '../problem.ts';
import { createCorsPolicy } from './cors-policy.ts';

/** The policy of one route, with what differs for it; undefined where the runtime has nothing to say about origins. */
export function cors(rules: Cors, route: Route): Handler | undefined {
  if (!route.cors || rules.owner !== 'runtime') return undefined;
  const policy = createCorsPolicy({ ...rules, ...route.crossOrigin });
  return function cors(exchange) {
    const { headers } = exchange.req;
    if (!exchange.isPreflight) {
      setField(exchange, 'vary', 'Origin');
      setFields(exchange, policy.responseHeaders(headers.origin));
      return undefined;
    }
    setField(exchange, 'vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers');
    const answer = policy.preflight({
      origin: headers.origin ?? '',
      method: headers['access-control-request-method'] ?? '',
      headers: headers['access-control-request-headers'],
      route,
    });
    if (answer.kind === 'refused') {
      exchange.outcome = 'cors-refused';
      return answerProblem(exchange, { status: 403, detail: answer.detail });
    }
    setFields(exchange, answer.headers);
    return { status: 204, body: undefined };
  };
}

function setFields(exchange: Exchange, headers: Readonly<Record<string, string>>): void {
  for (const name in headers) setField(exchange, name, headers[name] ?? '');
}
