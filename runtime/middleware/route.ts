/**
 * Finds the route, or answers 404 or 405: what no route names is not served.
 *
 * A CORS preflight is routed by the method that it asks about, and only where the runtime owns CORS; middleware/cors.ts
 * answers it.
 */
import type { Cors, Route } from '../../schemas/runtime-policy.gen.ts';
import type { RouteMatch, RouteTable } from '../policies/route-table.ts';
import type { GatewayContext, GatewayMiddleware } from './exchange.ts';
import { answerProblem } from './problem.ts';

export function route(table: RouteTable, owner: Cors['owner']): GatewayMiddleware {
  return function route(ctx, next) {
    const { exchange } = ctx.state;
    const asked = owner === 'runtime' ? preflightMethod(ctx) : undefined;
    const crossOrigin = asked === undefined ? undefined : corsRoute(table.match(exchange.path, asked));
    if (crossOrigin !== undefined) {
      exchange.route = crossOrigin;
      exchange.isPreflight = true;
      return next();
    }
    const match = table.match(exchange.path, ctx.method);
    switch (match.kind) {
      case 'route':
        exchange.route = match.route;
        return next();
      case 'no-method':
        ctx.set('allow', match.allow.join(', '));
        answerProblem(ctx, { status: 405, detail: `This resource allows ${match.allow.join(', ')}.` });
        return undefined;
      case 'no-path':
        answerProblem(ctx, { status: 404, detail: 'There is nothing here.' });
        return undefined;
    }
  };
}

function preflightMethod(ctx: GatewayContext): string | undefined {
  if (ctx.method !== 'OPTIONS' || ctx.req.headers.origin === undefined) return undefined;
  return ctx.req.headers['access-control-request-method'];
}

function corsRoute(match: RouteMatch): Route | undefined {
  if (match.kind === 'route') return match.route.cors ? match.route : undefined;
  return match.kind === 'no-method' ? match.routes.find((candidate) => candidate.cors) : undefined;
}
