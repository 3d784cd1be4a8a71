/**
 * Responses of the operators' port: results of operations, and every refusal and failure as a problem (RFC 9457).
 *
 * Owns the fields that all responses have.
 */
import { randomUUID } from 'node:crypto';
import { type Operation, problem, type Result } from '../../http/operations/operation.ts';
import { formatProblem } from '../../http/problem.ts';
import { describeBug } from '../../telemetry/log.ts';
import type { AdminParts } from '../admin-parts.ts';
import type { AdminContext, AdminMiddleware } from './admin-state.ts';

export const NOTHING_HERE = problem(404, 'There is nothing here; /v1/openapi.json tells what is.');

/** Puts a result on the response; the types of its texts are those that the operation describes. */
export function answer(ctx: AdminContext, result: Result, described: Operation['answers'] = {}): void {
  ctx.status = result.kind === 'empty' ? 204 : result.status;
  switch (result.kind) {
    case 'empty':
      break;
    case 'json':
      ctx.set('content-type', 'application/json');
      ctx.body = JSON.stringify(result.value);
      break;
    case 'text':
      ctx.set({ 'content-type': described[result.status]?.type ?? 'text/plain; charset=utf-8', ...result.fields });
      ctx.body = result.text;
      break;
    case 'problem':
      ctx.set('content-type', 'application/problem+json');
      if (result.retryAfterSeconds !== undefined) ctx.set('retry-after', String(result.retryAfterSeconds));
      ctx.body = formatProblem(result, ctx.state.requestId);
  }
}

export const describeResponse: AdminMiddleware = async (ctx, next) => {
  const requestId = randomUUID();
  ctx.state.requestId = requestId;
  ctx.set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-request-id': requestId });
  await next();
  // What was not read of a body would be taken for the next request.
  if (!ctx.req.complete) ctx.set('connection', 'close');
};

/** A bug is told to the log and the error tracker; the operator gets the id that finds it. */
export function answerBugs({ resources: { log, bugs }, snapshot }: AdminParts): AdminMiddleware {
  return async function answerBug(ctx, next) {
    try {
      await next();
    } catch (error) {
      log.error({ ...describeBug(error), request_id: ctx.state.requestId }, 'bug');
      bugs.report(error, { digest: snapshot().digest });
      answer(ctx, problem(500, 'Something went wrong here.'));
    }
  };
}

/** Targets are paths, taken as they were sent: nothing is normalised, so nothing has two names. */
export const refuseOddTargets: AdminMiddleware = (ctx, next) =>
  /^\/[^#\\\s]*$/.test(ctx.url) && isDecodable(ctx.path) ? next() : answer(ctx, NOTHING_HERE);

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
