/**
 * Sends a request that passed every policy to its upstream.
 *
 * Owns the order of events: length, deadline, target, attempts, and the problem when no response came. When a request is
 * tried again is decided in retry.ts, where it goes in balancer.ts.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Route } from '../../../schemas/runtime-policy.gen.ts';
import { statedTimeoutMs } from '../../policies/deadline.ts';
import { type Exchange, setField, type Verdict } from '../exchange.ts';
import { answerProblem, type Problem } from '../problem.ts';
import { type Forwarded, type ForwardOutcome, type ForwardParts, forward } from './forward.ts';
import { type Call, noteOutcome, noteStatus } from './note-call.ts';
import { openRequestBody } from './request-body.ts';
import { budgetRatio, judgeRetry, mayRejectStatus, type Tried } from './retry.ts';
import type { UpstreamMetrics } from './upstream-metrics.ts';
import type { UpstreamTarget } from './upstream-target.ts';
import type { UpstreamGroup, Upstreams } from './upstreams.ts';

export interface ProxyOptions extends ForwardParts {
  readonly upstreams: Upstreams;
  readonly upstreamMetrics: UpstreamMetrics;
}

const BAD_GATEWAY: Problem = { status: 502, detail: 'The service behind did not answer properly.' };
const GATEWAY_TIMEOUT: Problem = { status: 504, detail: 'The service behind did not answer in time.' };
const UNAVAILABLE: Problem = { status: 503, detail: 'The service behind is failing and is left alone for a while.' };
const TOO_LARGE = 'The body of this request is larger than this resource takes';

/** Forwards a request, and gives the answer that is left to write when no response of an upstream was. */
export function createProxy(options: ProxyOptions): (exchange: Exchange, res: ServerResponse) => Promise<Verdict> {
  return async function proxy(exchange, res) {
    const { route, req } = exchange;
    if (route === undefined) throw new Error('proxy: a request came through without a route');
    const mayContinue = req.headers.expect !== undefined;
    const body = openRequestBody(req, exchange.body, route.bodyLimitBytes, () => {
      if (mayContinue) res.writeContinue();
    });
    if (body.kind === 'too-large') return answerTooLarge(exchange, route.bodyLimitBytes);
    const group = options.upstreams.group(route.upstream);
    if (group === undefined) throw new Error(`proxy: there is no upstream ${route.upstream}`);
    const timeoutMs = timeoutOf(exchange, route);
    const forwarded = {
      exchange,
      route,
      res,
      body,
      deadlineMs: exchange.startedMs + timeoutMs,
      isShortened: timeoutMs < route.timeoutMs,
    };
    // Streams that stay open for hours are no measure of how many retries an upstream bears.
    const isCounted = route.kind !== 'sse';
    if (isCounted) group.budget.requestStarted();
    const outcome = await attemptAll(forwarded, group, options);
    if (isCounted) group.budget.requestEnded();
    if (body.kind === 'stream') body.stream.discard();
    return outcome.kind === 'answered' ? undefined : conclude(exchange, outcome, route.bodyLimitBytes);
  };
}

/** What is left of the route's time, or less when a trusted caller has less. */
function timeoutOf({ client, req }: Exchange, { timeoutMs: own }: Route): number {
  const stated = client.peerTrusted ? statedTimeoutMs(req.headers) : undefined;
  return stated === undefined ? own : Math.min(own, stated);
}

/** Tries targets until one answered, or trying again would be wrong. */
async function attemptAll(forwarded: Forwarded, group: UpstreamGroup, options: ProxyOptions): Promise<ForwardOutcome> {
  const { exchange, route, body, res, deadlineMs } = forwarded;
  const { metrics, clock, upstreamMetrics } = options;
  const { budget } = group;
  const hasOtherTarget = group.targets.length > 1;
  let isRetrying = false;
  let target: UpstreamTarget | undefined;
  let outcome: ForwardOutcome = NO_TARGET;

  // One place in the budget is kept from the first retry to the end of the request.
  const mayRetry = (): boolean => {
    isRetrying ||= budget.take(budgetRatio(route));
    if (!isRetrying) upstreamMetrics.retried(group.name, 'over-budget');
    return isRetrying;
  };

  for (let attempt = 0; ; attempt += 1) {
    target = group.balancer.pick(target, clock.nowMs());
    if (target === undefined) break;
    const ticket = group.breaker?.admit();
    if (group.breaker !== undefined && ticket === undefined) {
      // An attempt that failed says more than a breaker that it has opened.
      if (attempt === 0) outcome = { kind: 'refused', retryInMs: group.breaker.view().retryInMs };
      break;
    }
    const tried = { exchange, route, body, attempt, hasOtherTarget };
    const call: Call = { target, breaker: group.breaker, ticket, isNoted: false };
    const onStream = (status: number): void => noteStatus(call, status, clock.nowMs());
    outcome = await forward(forwarded, { target, attempt, rejects: rejection(tried, mayRetry), onStream }, options);
    noteOutcome(call, outcome, { status: res.statusCode, isShortened: forwarded.isShortened }, clock.nowMs());
    if (outcome.kind === 'answered') break;
    if (outcome.kind === 'failed') metrics.upstreamFailed(route.upstream, outcome.reason);
    const verdict = judgeRetry({ ...tried, outcome });
    if (verdict.kind === 'done') break;
    const waitMs = Math.random() * verdict.waitMs;
    if (clock.nowMs() + waitMs >= deadlineMs || !mayRetry()) break;
    if (waitMs > 0) await sleep(waitMs);
    upstreamMetrics.retried(group.name, 'sent');
  }
  if (isRetrying) budget.release();
  return outcome;
}

const NO_TARGET: ForwardOutcome = {
  kind: 'failed',
  reason: 'connect',
  headSent: false,
  isSent: false,
  error: 'no target',
};

/** Decides on an answer at its head, as only then it is known whether there is a place for another attempt. */
function rejection(tried: Omit<Tried, 'outcome'>, mayRetry: () => boolean) {
  const retries = mayRejectStatus(tried);
  if (retries === undefined) return undefined;
  return (status: number, retryAfter: string | string[] | undefined): boolean =>
    // An upstream that says when to come back is not asked before.
    retries.on.some((worth) => worth === status) && retryAfter === undefined && mayRetry();
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
    case 'refused':
      exchange.outcome = 'upstream-breaker';
      setField(exchange, 'retry-after', String(Math.max(1, Math.ceil(outcome.retryInMs / 1000))));
      return answerProblem(exchange, UNAVAILABLE);
    case 'rejected':
      // Given up for an attempt that there was no time for.
      exchange.outcome = `upstream-status: ${outcome.status}`;
      return answerProblem(exchange, { ...BAD_GATEWAY, status: outcome.status });
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
