/**
 * Sends a request that passed every policy to its upstream.
 *
 * Owns the order of events: length, target, head, `100 Continue`, attempts, and the problem when no response came. Only
 * a request that certainly was not processed is tried again: one whose connection was never made, or a bodyless GET,
 * HEAD or OPTIONS whose connection broke before a response.
 */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { type Exchange, setField, type Verdict } from '../exchange.ts';
import { answerProblem, type Problem } from '../problem.ts';
import { type Forwarded, type ForwardOutcome, type ForwardParts, forward } from './forward.ts';
import { openRequestBody, type RequestBody } from './request-body.ts';
import type { Upstreams } from './upstreams.ts';

export interface ProxyOptions extends ForwardParts {
  readonly upstreams: Upstreams;
}

/** Attempts at most. */
const ATTEMPTS = 2;
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS']);
const BAD_GATEWAY: Problem = { status: 502, detail: 'The service behind did not answer properly.' };
const GATEWAY_TIMEOUT: Problem = { status: 504, detail: 'The service behind did not answer in time.' };
const TOO_LARGE = 'The body of this request is larger than this resource takes';

/** Forwards a request, and gives the answer that is left to write when no response of an upstream was. */
export function createProxy(options: ProxyOptions): (exchange: Exchange, res: ServerResponse) => Promise<Verdict> {
  return async function proxy(exchange, res) {
    const { route, req } = exchange;
    if (route === undefined) throw new Error('proxy: a request came through without a route');
    const opened = exchange.body ?? openRequestBody(req, route.bodyLimitBytes);
    if ('kind' in opened && opened.kind === 'too-large') return answerTooLarge(exchange, route.bodyLimitBytes);
    if (!Buffer.isBuffer(opened) && req.headers.expect !== undefined) res.writeContinue();
    const outcome = await attempt({ exchange, route, res, body: bodyOf(opened) }, options);
    return outcome.kind === 'answered' ? undefined : conclude(exchange, outcome, route.bodyLimitBytes);
  };
}

/** A body that a policy has read is sent as it is; an empty one is no body. */
function bodyOf(opened: Buffer | RequestBody): Readable | Buffer | null {
  if (Buffer.isBuffer(opened)) return opened.length === 0 ? null : opened;
  return opened.kind === 'stream' ? opened.stream : null;
}

/** Tries targets until one answered or trying again would be wrong. */
async function attempt(forwarded: Forwarded, options: ProxyOptions): Promise<ForwardOutcome> {
  const { exchange, route, body } = forwarded;
  const { upstreams, metrics } = options;
  const targets = upstreams.targets(route.upstream);
  let outcome: ForwardOutcome = { kind: 'failed', reason: 'connect', headSent: false, error: 'no target' };
  for (let index = 0; index < ATTEMPTS; index += 1) {
    // A single target is worth one more try: a kept connection may have been closed just as it was used.
    const target = targets[index % targets.length];
    if (target === undefined) break;
    outcome = await forward(forwarded, target, options);
    if (outcome.kind === 'failed') metrics.upstreamFailed(route.upstream, outcome.reason);
    if (body !== null || !mayRepeat(outcome, exchange.method, targets.length > 1)) break;
  }
  return outcome;
}

function mayRepeat(outcome: ForwardOutcome, method: string, isOtherTarget: boolean): boolean {
  if (outcome.kind !== 'failed' || outcome.headSent) return false;
  if (outcome.reason === 'connect') return isOtherTarget;
  return outcome.reason === 'reset' && REPEATABLE.has(method);
}

function conclude(
  exchange: Exchange,
  outcome: Exclude<ForwardOutcome, { kind: 'answered' }>,
  limitBytes: number,
): Verdict {
  switch (outcome.kind) {
    case 'withheld':
      return undefined;
    case 'client-abort':
      // Nobody is there to be answered.
      exchange.outcome = 'client-abort';
      return undefined;
    case 'body-too-large':
      exchange.outcome = 'body-too-large';
      return outcome.headSent ? undefined : answerTooLarge(exchange, limitBytes);
    case 'failed': {
      exchange.outcome = `upstream-${outcome.reason}: ${outcome.error}`;
      if (outcome.headSent) return undefined;
      const isLate = outcome.reason === 'timeout' || outcome.reason === 'connect-timeout';
      return answerProblem(exchange, isLate ? GATEWAY_TIMEOUT : BAD_GATEWAY);
    }
  }
}

function answerTooLarge(exchange: Exchange, limitBytes: number): Verdict {
  exchange.outcome ??= 'body-too-large';
  const answer = answerProblem(exchange, { status: 413, detail: `${TOO_LARGE} (${limitBytes} bytes).` });
  setField(exchange, 'connection', 'close');
  return answer;
}
