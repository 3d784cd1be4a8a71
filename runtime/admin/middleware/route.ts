/**
 * Makes each operation a route: its call is read, its body, and what it did is recorded.
 *
 * Routes are made anew with each policy, for that says where the probes are. What no operation answers is a problem.
 */
import { Router } from '@koa/router';
import { problem } from '../../http/operations/operation.ts';
import type { Snapshot } from '../../process/snapshot.ts';
import type { AdminParts } from '../admin-parts.ts';
import { listOperations, probeOperations } from '../operations.ts';
import { perform } from '../perform.ts';
import type { AdminState, RouteContext, RouteMiddleware } from './admin-state.ts';
import { answer, NOTHING_HERE } from './answer.ts';
import { readBody } from './read-body.ts';
import { readCall } from './read-call.ts';

export function route(parts: AdminParts): RouteMiddleware {
  let made: { readonly of: Snapshot; readonly router: Router<AdminState> } | undefined;

  function routerOf(snapshot: Snapshot): Router<AdminState> {
    if (made?.of === snapshot) return made.router;
    const router = new Router<AdminState>({ sensitive: true, strict: true });
    for (const operation of [...probeOperations(parts), ...listOperations(parts)]) {
      const run: RouteMiddleware = async (ctx) => {
        const { call, body } = ctx.state;
        answer(ctx, await perform(operation, { call, body, audit: parts.resources.audit }), operation.answers);
      };
      router.register(patternOf(operation.path), [operation.method], [readCall(operation), readBody(operation), run]);
    }
    made = { of: snapshot, router };
    return router;
  }

  return async function routeRequest(ctx, next) {
    const router = routerOf(parts.snapshot());
    await router.routes()(ctx, next);
    if (ctx['routeMatched'] !== true) answerUnrouted(ctx, router);
  };
}

/** `{name}` is `:name` to the router; everything else is meant literally. */
function patternOf(path: string): string {
  return path.replaceAll(/[()[\]+?!:*\\]/g, '\\$&').replaceAll(/\{([^}]+)\}/g, ':$1');
}

function answerUnrouted(ctx: RouteContext, router: Router<AdminState>): void {
  const methods = router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods);
  const allow = [...new Set(methods)].sort().join(', ');
  if (allow !== '') ctx.set('allow', allow);
  answer(ctx, allow === '' ? NOTHING_HERE : problem(405, `This resource allows ${allow}.`));
}
