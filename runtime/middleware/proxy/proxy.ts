/**
 * Sends a request that passed every policy to its upstream.
 *
 * Owns the order of events: length, target, head, `100 Continue`, attempts, and the problem when no response came. Only
 * a request that certainly was not processed is tried again: one whose connection was never made, or a bodyless GET,
 * HEAD or OPTIONS whose connection broke before a response.
 */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Phase } from '../../lifecycle/phase.ts';
import type { Clock } from '../../policies/clock.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { type Exchange, setField, type Verdict } from '../exchange.ts';
import { answerProblem, type Problem } from '../problem.ts';
import { type ForwardOptions, type ForwardOutcome, forward } from './forward.ts';
import { openRequestBody } from './request-body.ts';
import { requestHead } from './request-head.ts';
import { sendResponseHead } from './response-head.ts';
import type { Upstreams, UpstreamTarget } from './upstreams.ts';

export interface ProxyOptions {
  readonly policy: RuntimePolicy;
  readonly upstreams: Upstreams;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly phase: Phase;
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
    const body = openRequestBody(req, route.bodyLimitBytes);
    if (body.kind === 'too-large') return answerTooLarge(exchange, route.bodyLimitBytes);
    if (req.headers.expect !== undefined) res.writeContinue();
    const stream = body.kind === 'stream' ? body.stream : null;
    const outcome = await attempt(exchange, route, res, stream, options);
    return outcome.kind === 'answered' ? undefined : conclude(exchange, outcome, route.bodyLimitBytes);
  };
}

/** Tries targets until one answered or trying again would be wrong. */
async function attempt(
  exchange: Exchange,
  route: Route,
  res: ServerResponse,
  body: Readable | null,
  options: ProxyOptions,
): Promise<ForwardOutcome> {
  const { upstreams, metrics } = options;
  const targets = upstreams.targets(route.upstream);
  let outcome: ForwardOutcome = { kind: 'failed', reason: 'connect', headSent: false, error: 'no target' };
  for (let index = 0; index < ATTEMPTS; index += 1) {
    // A single target is worth one more try: a kept connection may have been closed just as it was used.
    const target = targets[index % targets.length];
    if (target === undefined) break;
    outcome = await forward(forwardOptions(exchange, route, target, res, body, options));
    if (outcome.kind === 'failed') metrics.upstreamFailed(route.upstream, outcome.reason);
    if (body !== null || !mayRepeat(outcome, exchange.method, targets.length > 1)) break;
  }
  return outcome;
}

function forwardOptions(
  exchange: Exchange,
  route: Route,
  target: UpstreamTarget,
  res: ServerResponse,
  body: Readable | null,
  { policy, clock, metrics, phase }: ProxyOptions,
): ForwardOptions {
  const elapsedMs = clock.nowMs() - exchange.startedMs;
  return {
    target,
    method: exchange.method,
    path: exchange.path + exchange.query,
    head: requestHead(exchange, policy, target.authority),
    body,
    res,
    timeoutMs: Math.max(1, Math.ceil(route.timeoutMs - elapsedMs)),
    idleTimeoutMs: route.idleTimeoutMs,
    isStream: route.kind === 'sse',
    clock,
    sendHead: (status, headers) => sendResponseHead(exchange, res, { status, headers }, policy, phase),
    onHead(ms) {
      exchange.upstreamMs = ms;
      metrics.upstreamAnswered(route.upstream, ms);
    },
    onClosing: phase.onClosing,
  };
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
