/**
 * Every refusal and failure as application/problem+json (RFC 9457).
 *
 * Owns the shape, in one place: type, title, status, detail, and the request id as `instance`, which finds the log line.
 * Details are sentences of this program; nothing of an exception or an upstream is ever repeated.
 */
import { STATUS_CODES } from 'node:http';
import type { GatewayContext } from './exchange.ts';

export interface Problem {
  readonly status: number;
  readonly detail: string;
  /** Default: `about:blank`, which means that the status says it all. */
  readonly type?: string;
  readonly title?: string;
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Answers with a problem. The caller returns without calling `next`. */
export function answerProblem(ctx: GatewayContext, problem: Problem): void {
  const { exchange } = ctx.state;
  exchange.outcome ??= problem.detail;
  ctx.status = problem.status;
  ctx.set('content-type', 'application/problem+json');
  ctx.set('cache-control', 'no-store');
  closeUnlessReadable(ctx);
  ctx.body = formatProblem(problem, exchange.requestId);
}

export function formatProblem(
  { status, detail, type, title, members }: Problem,
  requestId: string | undefined,
): string {
  return JSON.stringify({
    type: type ?? 'about:blank',
    title: title ?? STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    ...(requestId === undefined ? {} : { instance: `urn:request:${requestId}` }),
    ...members,
  });
}

const READABLE_REST_BYTES = 65_536;

/** A body that nobody reads stands between this response and the next request: a short one is skipped, else the connection ends. */
function closeUnlessReadable(ctx: GatewayContext): void {
  const { headers, complete } = ctx.req;
  if (complete) return;
  const length = Number(headers['content-length'] ?? 0);
  const isShort =
    headers['transfer-encoding'] === undefined && headers.expect === undefined && length <= READABLE_REST_BYTES;
  if (!isShort) ctx.set('connection', 'close');
}
