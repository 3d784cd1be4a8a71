/**
 * Refuses requests that two servers could read differently.
 *
 * Node's parser already refuses broken framing; this is what it lets pass (two Host lines, absolute-form targets, dot
 * segments, TRACE, odd transfer codings). What passes here has exactly one meaning, and that is what is forwarded.
 */
import type { IncomingMessage } from 'node:http';
import type { FrontDoorReason } from '../../schemas/metrics.ts';
import { parseTarget } from '../policies/request-target.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { GatewayMiddleware } from './exchange.ts';
import { answerProblem } from './problem.ts';

interface Refusal {
  readonly status: number;
  readonly reason: FrontDoorReason;
  readonly detail: string;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;
const MAX_FIELDS = 100;
/** Fields of which a second line changes the meaning for some servers and not for others. */
const SINGLE = ['content-type', 'content-length', 'transfer-encoding', 'authorization', 'origin', 'expect', 'upgrade'];

export function frontDoor(metrics: Metrics): GatewayMiddleware {
  return function frontDoor(ctx, next) {
    const refusal = checkHead(ctx.req);
    const target = refusal === undefined ? parseTarget(ctx.req.url ?? '') : undefined;
    if (target?.kind === 'target') {
      ctx.state.exchange.path = target.path;
      ctx.state.exchange.query = target.query;
      return next();
    }
    const { status, reason, detail } = refusal ?? { status: 400, reason: 'path', detail: 'Bad request.', ...target };
    metrics.refusedAtFrontDoor(reason);
    ctx.state.exchange.outcome = `front-door:${reason}`;
    answerProblem(ctx, { status, detail });
    // After an ambiguous request nobody can say where the next one begins.
    ctx.set('connection', 'close');
    return undefined;
  };
}

function checkHead(req: IncomingMessage): Refusal | undefined {
  const fields = req.headersDistinct;
  if (req.rawHeaders.length / 2 > MAX_FIELDS) {
    return { status: 431, reason: 'header', detail: `A request may have at most ${MAX_FIELDS} header fields.` };
  }
  if (!METHODS.has(req.method ?? '')) {
    return { status: 501, reason: 'method', detail: 'This method is not supported.' };
  }
  const hosts = fields['host'] ?? [];
  if (hosts.length !== 1 || !HOST.test(hosts[0] ?? '')) {
    return { status: 400, reason: 'host', detail: 'A request must have exactly one valid Host.' };
  }
  const repeated = SINGLE.find((name) => (fields[name]?.length ?? 0) > 1);
  if (repeated !== undefined) {
    return { status: 400, reason: 'header', detail: `The header ${repeated} may appear once.` };
  }
  const coding = fields['transfer-encoding']?.[0];
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || req.httpVersion !== '1.1')) {
    return { status: 400, reason: 'framing', detail: 'The only transfer coding is chunked, in HTTP/1.1.' };
  }
  return undefined;
}
