/**
 * Whether and when a request is tried again.
 *
 * By how far it came: one that was not sent at all may go to another target whatever its method; one that may have been
 * accepted only when doing it twice is doing it once (RFC 9110, 9.2.2), or when its sender says so with Idempotency-Key.
 * Never once a byte of a response was sent, and never without its whole body. Routes without `retries` get one more try
 * where a connection to another target can be made, or where one that was kept was lost just as it was used.
 */
import type { Retries, Route } from '../../schemas/runtime-policy.gen.ts';
import type { Exchange } from '../http/exchange.ts';
import type { RequestBody } from '../http/request-body.ts';
import type { ForwardOutcome } from './attempt.ts';

export type RetryVerdict =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'retry';
      /** Longest wait before it; the wait is chosen anew each time between 0 and this. */
      readonly waitMs: number;
    };

export interface Tried {
  readonly exchange: Exchange;
  readonly route: Route;
  readonly body: RequestBody;
  readonly outcome: ForwardOutcome;
  /** Attempts before this one. */
  readonly attempt: number;
  readonly hasOtherTarget: boolean;
}

/** The share of requests that may be in a retry where a route names none. */
const DEFAULT_RATIO = 0.2;
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 1_000;
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** What ends a kept connection before a request was written to it: it was closed, or bytes lay there that nobody asked for. */
const LOST: ReadonlySet<string> = new Set(['reset', 'protocol']);
const DONE: RetryVerdict = { kind: 'done' };
const AT_ONCE: RetryVerdict = { kind: 'retry', waitMs: 0 };

export function judgeRetry({ exchange, route, body, outcome, attempt, hasOtherTarget }: Tried): RetryVerdict {
  const { retries } = route;
  if (outcome.kind === 'rejected') return { kind: 'retry', waitMs: longestWaitMs(attempt) };
  if (outcome.kind !== 'failed' || outcome.headSent || attempt >= (retries?.max ?? 1)) return DONE;
  if (!isReplayable(body)) return DONE;
  const later: RetryVerdict = { kind: 'retry', waitMs: longestWaitMs(attempt) };
  if (outcome.isSent) return isRepeatable(exchange) ? judgeSent(retries, outcome.reason, later) : DONE;
  if (hasOtherTarget || LOST.has(outcome.reason)) return AT_ONCE;
  return retries === undefined ? DONE : later;
}

function judgeSent(retries: Retries | undefined, reason: string, later: RetryVerdict): RetryVerdict {
  if (retries !== undefined) return later;
  return reason === 'reset' ? AT_ONCE : DONE;
}

/** The retries for whose sake an answer may be given up. Whether its body can be sent again is known only at the answer. */
export function mayRejectStatus({ exchange, route, attempt }: Omit<Tried, 'outcome'>): Retries | undefined {
  const { retries } = route;
  if (retries === undefined || retries.on.length === 0 || attempt >= retries.max) return undefined;
  return isRepeatable(exchange) ? retries : undefined;
}

export function budgetRatio({ retries }: Route): number {
  return retries?.budget ?? DEFAULT_RATIO;
}

export function isReplayable(body: RequestBody): boolean {
  return body.kind !== 'stream' || !body.stream.isStarted;
}

function isRepeatable({ method, req }: Exchange): boolean {
  return IDEMPOTENT.has(method) || req.headers['idempotency-key'] !== undefined;
}

function longestWaitMs(attempt: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
}
