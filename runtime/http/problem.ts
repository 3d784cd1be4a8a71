/**
 * Every refusal and failure as application/problem+json (RFC 9457).
 *
 * Owns the shape, in one place: type, title, status, detail, and the request id as `instance`, which finds the log line.
 * Details are sentences of this program; nothing of an exception or an upstream is ever repeated.
 */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import { type Answer, type Exchange, setField } from './exchange.ts';

export interface Problem {
  readonly status: number;
  readonly detail: string;
  /** Default: `about:blank`, which means that the status says it all. */
  readonly type?: string;
  readonly title?: string;
  readonly members?: Readonly<Record<string, unknown>>;
}

/** The answer that tells of a problem. */
export function answerProblem(exchange: Exchange, problem: Problem): Answer {
  exchange.outcome ??= problem.detail;
  setField(exchange, 'content-type', 'application/problem+json');
  setField(exchange, 'cache-control', 'no-store');
  if (!isRestReadable(exchange.req)) setField(exchange, 'connection', 'close');
  return { status: problem.status, body: formatProblem(problem, exchange.requestId) };
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
function isRestReadable({ headers, complete }: IncomingMessage): boolean {
  if (complete) return true;
  const length = Number(headers['content-length'] ?? 0);
  return headers['transfer-encoding'] === undefined && headers.expect === undefined && length <= READABLE_REST_BYTES;
}
