/**
 * Finds the route, or answers 404 or 405: what no route names is not served.
 *
 * A CORS preflight is routed by the method that it asks about, and only where the runtime owns CORS; middleware/cors.ts
 * answers it.
 */
import type { Cors, Route } from '../../schemas/runtime-policy.gen.ts';
import type { RouteMatch, RouteTable } from '../policies/route-table.ts';
import { type Exchange, type Policy, setField } from './exchange.ts';
import { answerProblem } from './problem.ts';

export function route(table: RouteTable, owner: Cors['owner']): Policy {
  return function route(exchange) {
    const asked = owner === 'runtime' ? preflightMethod(exchange) : undefined;
    const crossOrigin = asked === undefined ? undefined : corsRoute(table.match(exchange.path, asked));
    if (crossOrigin !== undefined) {
      exchange.route = crossOrigin;
      exchange.isPreflight = true;
      return undefined;
    }
    const match = table.match(exchange.path, exchange.method);
    switch (match.kind) {
      case 'route':
        exchange.route = match.route;
        return undefined;
      case 'no-method':
        setField(exchange, 'allow', match.allow.join(', '));
        return answerProblem(exchange, { status: 405, detail: `This resource allows ${match.allow.join(', ')}.` });
      case 'no-path':
        return answerProblem(exchange, { status: 404, detail: 'There is nothing here.' });
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
