/**
 * Refuses requests that two servers could read differently.
 *
 * Node's parser already refuses broken framing; this is what it lets pass (two Host lines, absolute-form targets, dot
 * segments, TRACE, odd transfer codings). What passes here has exactly one meaning, and that is what is forwarded.
 */
import type { FrontDoorReason } from '../../../schemas/metrics.ts';
import { type Exchange, type Handler, setField } from '../exchange.ts';
import { isHost } from '../forwarded-fields.ts';
import { answerProblem } from '../problem.ts';
import { parseTarget } from '../request-target.ts';

type RequestHead = Pick<Exchange, 'req' | 'method' | 'names'>;

export interface Refusal {
  readonly status: number;
  readonly reason: FrontDoorReason;
  readonly detail: string;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const MAX_FIELDS = 100;
/** Fields of which a second line changes the meaning for some servers and not for others. */
const SINGLE = new Set([
  'content-type',
  'content-length',
  'transfer-encoding',
  'authorization',
  'origin',
  'expect',
  'upgrade',
]);

/** Counts refusals by reason. */
export interface RefusalMetrics {
  refusedAtFrontDoor(reason: FrontDoorReason): void;
}

export function frontDoor(metrics: RefusalMetrics): Handler {
  return function frontDoor(exchange) {
    const refusal = checkHead(exchange) ?? checkTarget(exchange);
    if (refusal === undefined) return undefined;
    metrics.refusedAtFrontDoor(refusal.reason);
    exchange.outcome = `front-door:${refusal.reason}`;
    const answer = answerProblem(exchange, refusal);
    // After an ambiguous request nobody can say where the next one begins.
    setField(exchange, 'connection', 'close');
    return answer;
  };
}

/** What is wrong with a head. `names`: of its fields, in lower case, in the order received. */
export function checkHead({ req, method, names }: RequestHead): Refusal | undefined {
  if (names.length > MAX_FIELDS) {
    return { status: 431, reason: 'header', detail: `A request may have at most ${MAX_FIELDS} header fields.` };
  }
  if (!METHODS.has(method)) {
    return { status: 501, reason: 'method', detail: 'This method is not supported.' };
  }
  const { hosts, repeated } = countNames(names);
  if (hosts !== 1 || !isHost(req.headers.host ?? '')) {
    return { status: 400, reason: 'host', detail: 'A request must have exactly one valid Host.' };
  }
  if (repeated !== undefined) {
    return { status: 400, reason: 'header', detail: `The header ${repeated} may appear once.` };
  }
  const coding = req.headers['transfer-encoding'];
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || req.httpVersion !== '1.1')) {
    return { status: 400, reason: 'framing', detail: 'The only transfer coding is chunked, in HTTP/1.1.' };
  }
  return undefined;
}

function countNames(names: readonly string[]): { readonly hosts: number; readonly repeated: string | undefined } {
  let hosts = 0;
  let repeated: string | undefined;
  for (const [index, name] of names.entries()) {
    if (name === 'host') hosts += 1;
    else if (SINGLE.has(name) && names.indexOf(name) !== index) repeated ??= name;
  }
  return { hosts, repeated };
}

function checkTarget(exchange: Exchange): Refusal | undefined {
  const target = parseTarget(exchange.req.url ?? '');
  if (target.kind === 'refused') return { status: 400, reason: target.reason, detail: target.detail };
  exchange.path = target.path;
  exchange.query = target.query;
  return undefined;
}
