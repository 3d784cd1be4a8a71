/**
 * All attempts of one request: a target, leave of the breaker, the attempt, and whether there is another.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { noteSent } from '../http/decision.ts';
import type { Forwarded, ForwardOutcome, ForwardParts } from './attempt.ts';
import { forward } from './forward.ts';
import { type Call, noteOutcome, noteStatus } from './note-call.ts';
import { budgetRatio, isReplayable, judgeRetry, mayRejectStatus, type Tried } from './retry.ts';
import type { UpstreamMetrics } from './upstream-metrics.ts';
import type { UpstreamTarget } from './upstream-target.ts';
import type { UpstreamGroup } from './upstreams.ts';

export interface AttemptParts extends ForwardParts {
  readonly upstreamMetrics: UpstreamMetrics;
}

/** Tries targets until one answered, or trying again would be wrong. */
export async function attemptAll(
  forwarded: Forwarded,
  group: UpstreamGroup,
  parts: AttemptParts,
): Promise<ForwardOutcome> {
  const { exchange, route, body, deadlineMs } = forwarded;
  const { clock, upstreamMetrics } = parts;
  const place = new RetryPlace(group, budgetRatio(route), upstreamMetrics);
  const hasOtherTarget = group.targets.length > 1;
  let target: UpstreamTarget | undefined;
  let outcome: ForwardOutcome = NO_TARGET;

  for (let attempt = 0; ; attempt += 1) {
    target = group.balancer.pick(target, clock.nowMs());
    if (target === undefined) break;
    const tried = { exchange, route, body, attempt, hasOtherTarget };
    const next = await attemptOnce(forwarded, group, target, tried, place, parts);
    // An attempt that failed says more than a breaker that it has opened.
    if (next.kind !== 'refused' || attempt === 0) outcome = next;
    const verdict = judgeRetry({ ...tried, outcome: next });
    if (verdict.kind === 'done') break;
    const waitMs = Math.random() * verdict.waitMs;
    if (clock.nowMs() + waitMs >= deadlineMs) break;
    // An answer was only given up because there was a place.
    if (next.kind !== 'rejected' && !place.take()) break;
    if (waitMs > 0) await sleep(waitMs);
    upstreamMetrics.retried(group.name, 'sent');
  }
  place.release();
  return outcome;
}

const NO_TARGET: ForwardOutcome = {
  kind: 'failed',
  reason: 'connect',
  headSent: false,
  isSent: false,
  error: 'no target',
};

/** One attempt, and what was learnt from it. */
async function attemptOnce(
  forwarded: Forwarded,
  group: UpstreamGroup,
  target: UpstreamTarget,
  tried: Omit<Tried, 'outcome'>,
  place: RetryPlace,
  parts: AttemptParts,
): Promise<ForwardOutcome> {
  const { breaker } = group;
  const { clock, metrics } = parts;
  noteSent(forwarded.exchange, group, target);
  const ticket = breaker?.admit();
  if (breaker !== undefined && ticket === undefined) return { kind: 'refused', retryInMs: breaker.view().retryInMs };
  const call: Call = { target, breaker, ticket, isNoted: false };
  const options = {
    target,
    attempt: tried.attempt,
    rejects: rejection(tried, place),
    onStream: (status: number): void => noteStatus(call, status, clock.nowMs()),
  };
  const outcome = await forward(forwarded, options, parts);
  noteOutcome(call, outcome, sentOf(forwarded), clock.nowMs());
  if (outcome.kind === 'failed') metrics.upstreamFailed(group.name, outcome.reason);
  return outcome;
}

function sentOf({ res, isShortened }: { readonly res: ServerResponse; readonly isShortened: boolean }) {
  return { status: res.statusCode, isShortened };
}

/** Decides on an answer at its head, as only then it is known whether there is a place for another attempt. */
function rejection(tried: Omit<Tried, 'outcome'>, place: RetryPlace) {
  const retries = mayRejectStatus(tried);
  if (retries === undefined) return undefined;
  return (status: number, retryAfter: string | string[] | undefined): boolean =>
    // An upstream that says when to come back is not asked before.
    retries.on.some((worth) => worth === status) &&
    retryAfter === undefined &&
    isReplayable(tried.body) &&
    place.take();
}

/** One request's place in the budget of retries, kept from its first retry to its end. */
class RetryPlace {
  readonly #group: UpstreamGroup;
  readonly #ratio: number;
  readonly #metrics: UpstreamMetrics;
  #isTaken = false;

  constructor(group: UpstreamGroup, ratio: number, metrics: UpstreamMetrics) {
    this.#group = group;
    this.#ratio = ratio;
    this.#metrics = metrics;
  }

  take(): boolean {
    const isAllowed = this.#group.budget.take(this.#ratio, this.#isTaken);
    if (isAllowed) this.#isTaken = true;
    else this.#metrics.retried(this.#group.name, 'over-budget');
    return isAllowed;
  }

  release(): void {
    if (this.#isTaken) this.#group.budget.release();
  }
}
