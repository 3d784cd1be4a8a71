/**
 * Finds the route, or answers 404, 405 or 421: what no route names is not served.
 *
 * A CORS preflight is routed by the method that it asks about, and only where the runtime owns CORS; http/steps/cors.ts
 * answers it. A 405 belongs to the routes of its path, so a page that may call one of them may read it.
 */
import type { Cors, Route } from '../../../schemas/runtime-policy.gen.ts';
import { type Exchange, type Handler, setField } from '../exchange.ts';
import { answerProblem } from '../problem.ts';
import type { RouteMatch, RouteTable } from '../route-table.ts';
import { cors } from './cors.ts';

export function route(table: RouteTable, rules: Cors): Handler {
  const grants = new Map<Route, Handler | undefined>();
  /** Marks an answer as one of `route`, for the origins that it grants. */
  function grant(exchange: Exchange, route: Route): void {
    if (!grants.has(route)) grants.set(route, cors(rules, route));
    void grants.get(route)?.(exchange);
  }

  return function route(exchange) {
    const { host } = exchange.req.headers;
    const asked = rules.owner === 'runtime' ? preflightMethod(exchange) : undefined;
    const crossOrigin = asked === undefined ? undefined : corsRoute(table.match(exchange.path, asked, host));
    if (crossOrigin !== undefined) {
      exchange.route = crossOrigin;
      exchange.isPreflight = true;
      return undefined;
    }
    const match = table.match(exchange.path, exchange.method, host);
    switch (match.kind) {
      case 'route':
        exchange.route = match.route;
        return undefined;
      case 'no-method': {
        const readable = corsRoute(match);
        if (readable !== undefined) grant(exchange, readable);
        setField(exchange, 'allow', match.allow.join(', '));
        return answerProblem(exchange, { status: 405, detail: `This resource allows ${match.allow.join(', ')}.` });
      }
      case 'no-path':
        return answerProblem(exchange, { status: 404, detail: 'There is nothing here.' });
      case 'no-host':
        return answerProblem(exchange, { status: 421, detail: 'This host is not served here.' });
    }
  };
}

function preflightMethod({ method, req }: Exchange): string | undefined {
  if (method !== 'OPTIONS' || req.headers.origin === undefined) return undefined;
  return req.headers['access-control-request-method'];
}

function corsRoute(match: RouteMatch): Route | undefined {
  if (match.kind === 'route') return match.route.cors ? match.route : undefined;
  return match.kind === 'no-method' ? match.routes.find((candidate) => candidate.cors) : undefined;
}
