/**
 * What a call taught: about its target, for the balancer, and about the service, for the breaker.
 *
 * Owns when it is known, which is once for each call: at the head of a stream, at the end of everything else.
 */
import type { CallResult, CircuitBreaker, Ticket } from '../resilience/breaker.ts';
import { resultOfStatus } from '../resilience/call-result.ts';
import type { ForwardOutcome } from './attempt.ts';
import type { UpstreamTarget } from './upstream-target.ts';

export interface Call {
  readonly target: UpstreamTarget;
  readonly breaker: CircuitBreaker | undefined;
  /** Leave of the breaker. */
  readonly ticket: Ticket | undefined;
  isNoted: boolean;
}

/** Answers by which a target says that it cannot serve; a 500 says something of one request. */
const UNFIT: ReadonlySet<number> = new Set([502, 503, 504]);

export function noteStatus(call: Call, status: number, nowMs: number): void {
  note(call, resultOfStatus(status), UNFIT.has(status) ? 'failure' : 'success', nowMs);
}

/** `isShortened`: whether a caller left less time than the route has, so that a timeout is no fault of the target. */
export function noteOutcome(
  call: Call,
  outcome: ForwardOutcome,
  sent: { readonly status: number; readonly isShortened: boolean },
  nowMs: number,
): void {
  switch (outcome.kind) {
    case 'answered':
      noteStatus(call, sent.status, nowMs);
      break;
    case 'rejected':
      noteStatus(call, outcome.status, nowMs);
      break;
    case 'failed': {
      const result = outcome.reason === 'timeout' && sent.isShortened ? 'neither' : 'failure';
      note(call, result, result, nowMs);
      break;
    }
    default:
      note(call, 'neither', 'neither', nowMs);
  }
}

function note(call: Call, service: CallResult, instance: CallResult, nowMs: number): void {
  if (call.isNoted) return;
  call.isNoted = true;
  const { target, breaker, ticket } = call;
  if (instance === 'success') target.health.succeeded(nowMs);
  if (instance === 'failure') target.health.failed(nowMs);
  if (ticket !== undefined) breaker?.settle(ticket, service);
}
