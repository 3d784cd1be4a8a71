/**
 * Sends a request that passed every policy to its upstream.
 *
 * Owns the order of events: length, deadline, target, attempts, and the problem when no response came. When a request is
 * tried again is decided in retry.ts, where it goes in balancer.ts, and both are put together in attempts.ts.
 */
import type { ServerResponse } from 'node:http';
import type { Route } from '../../schemas/runtime-policy.gen.ts';
import { type Exchange, setField, type Verdict } from '../http/exchange.ts';
import { answerProblem, type Problem } from '../http/problem.ts';
import { openRequestBody } from '../http/request-body.ts';
import type { ForwardOutcome } from './attempt.ts';
import { type AttemptParts, attemptAll } from './attempts.ts';
import { statedTimeoutMs } from './deadline.ts';
import { budgetRatio } from './retry.ts';
import type { Upstreams } from './upstreams.ts';

export interface ProxyOptions extends AttemptParts {
  readonly upstreams: Upstreams;
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
    if (isCounted) group.budget.requestStarted(budgetRatio(route));
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
