/**
 * The place of each request in its trace.
 *
 * Owns the rule of trust. Every request has a trace id, for its log line and the response field `x-trace-id`; whether spans
 * are recorded is decided once, when its head is here, and what is not recorded allocates nothing.
 *
 *   caller          trace id and parent   sampled flag                tracestate, baggage
 *   trusted peer    continued             obeyed                      forwarded
 *   anybody else    continued             ignored, `sampleRatio`      dropped
 *   no traceparent  new                   `sampleRatio`               dropped
 *
 * A stranger's id is continued, as it helps to find his request and costs nothing; his flag would let him fill the trace
 * store, and chance that follows from the id would, too. With traces off the runtime is no part of any trace: a trusted
 * peer's fields pass as they came, and none are invented, since a new "not sampled" would silence the tracing behind.
 */

import type { IncomingMessage } from 'node:http';
import type { Exchange } from '../../http/exchange.ts';
import type { RequestTrace } from '../../http/request-trace.ts';
import { formatTraceparent, parseTraceparent } from './trace-context.ts';
import { newSpanId, newTraceId } from './trace-ids.ts';

export interface RequestTracer {
  open(req: IncomingMessage, peerTrusted: boolean): RequestTrace;
  /** Records a call to a service behind; undefined where nothing is recorded. */
  startAttempt(exchange: Exchange, callee: Callee): AttemptSpan | undefined;
  /** The request is over. `ms`: how long it took. */
  close(exchange: Exchange, status: number, ms: number): void;
}

export interface Callee {
  /** Name of the upstream or provider in the policy. */
  readonly name: string;
  /** `host:port`. */
  readonly authority: string;
  /** On the clock of the exchange. */
  readonly startedMs: number;
}

export interface AttemptSpan {
  /** `traceparent` with this call as the parent. */
  readonly traceparent: string;
  /** `failure`: why there was no complete response. */
  end(endedMs: number, status: number | undefined, failure: string | undefined): void;
}

export interface Decision {
  readonly isSampled: boolean;
  readonly startedWallMs: number;
}

/** Whose trace a request continues. */
export interface Parent {
  /** What its flag says; undefined where nobody believes it. */
  readonly isSampled: boolean | undefined;
}

/** The trace of a request. `decide` is asked whether it is recorded; without it, traces are off. */
export function openTrace(
  { headers }: IncomingMessage,
  peerTrusted: boolean,
  decide: ((traceId: string, parent: Parent | undefined) => Decision) | undefined,
): RequestTrace {
  const parent = parseTraceparent(headers['traceparent']);
  const traceId = parent?.traceId ?? newTraceId();
  const spanId = newSpanId();
  const carriesState = peerTrusted && parent !== undefined;
  const { isSampled, startedWallMs } = decide?.(traceId, believed()) ?? NOT_SAMPLED;
  return {
    traceId,
    spanId,
    parentSpanId: parent?.spanId,
    isSampled,
    startedWallMs,
    forwarded: forwardedParent(),
    carriesState,
    attempts: 0,
  };

  function believed(): Parent | undefined {
    return parent === undefined || peerTrusted ? parent : STRANGER;
  }

  function forwardedParent(): string | undefined {
    if (decide !== undefined) return formatTraceparent({ traceId, spanId, isSampled });
    return carriesState ? String(headers['traceparent']) : undefined;
  }
}

const STRANGER: Parent = { isSampled: undefined };
const NOT_SAMPLED: Decision = { isSampled: false, startedWallMs: 0 };

/** With traces off: ids for logs and responses, no spans. */
export const idsOnly: RequestTracer = {
  open: (req, peerTrusted) => openTrace(req, peerTrusted, undefined),
  startAttempt: () => undefined,
  close: () => undefined,
};
