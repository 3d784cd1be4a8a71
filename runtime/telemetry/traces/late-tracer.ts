/**
 * The tracer of the gateway: spans are made when they are over, and only where the trace is sampled.
 *
 * Owns the sampling decision, made once when the head is here. A span that is started then would be allocated before it is
 * known, and kept for the time of the request; what is not sampled costs nothing here.
 */
import { type HrTime, ROOT_CONTEXT, type SpanContext, SpanStatusCode, trace as traceApi } from '@opentelemetry/api';
import type { Exchange } from '../../http/exchange.ts';
import type { Clock } from '../../resilience/clock.ts';
import type { Tracing } from '../sdk.ts';
import type { SpanIds } from './late-ids.ts';
import {
  type AttemptSpan,
  type Callee,
  type Decision,
  openTrace,
  type Parent,
  type RequestTracer,
} from './request-tracer.ts';
import { clientSpan, type SpanFacts, serverSpan } from './span-attributes.ts';
import { formatTraceparent } from './trace-context.ts';
import { newSpanId } from './trace-ids.ts';

export interface LateTracerOptions {
  readonly tracing: Pick<Tracing, 'startSpan' | 'sampling' | 'isInShare'>;
  readonly clock: Clock;
  /** Of the policy in force. */
  readonly digest: () => string;
  /** Default: chance. */
  readonly random?: () => number;
}

interface Times {
  readonly startedWallMs: number;
  readonly ms: number;
}

const SAMPLED = 1;

export function createLateTracer({ tracing, clock, digest, random = Math.random }: LateTracerOptions): RequestTracer {
  const { ratio, isParentBased } = tracing.sampling;

  function decide(traceId: string, parent: Parent | undefined): Decision {
    const isSampled = (isParentBased ? parent?.isSampled : undefined) ?? isInShare(traceId, parent);
    return { isSampled, startedWallMs: isSampled ? clock.wallMs() : 0 };
  }

  /** A peer's trace is judged by its id, as the peer does it; an id that a stranger chose may be one that is always recorded. */
  function isInShare(traceId: string, parent: Parent | undefined): boolean {
    if (ratio === 0 || ratio === 1) return ratio === 1;
    return parent?.isSampled === undefined ? random() < ratio : tracing.isInShare(traceId);
  }

  function record(facts: SpanFacts, ids: SpanIds, parent: SpanContext | undefined, { startedWallMs, ms }: Times): void {
    const { name, kind, attributes, hasFailed } = facts;
    const context = parent === undefined ? ROOT_CONTEXT : traceApi.setSpanContext(ROOT_CONTEXT, parent);
    const span = tracing.startSpan(ids, name, { kind, attributes, startTime: hrTime(startedWallMs) }, context);
    if (hasFailed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(hrTime(startedWallMs + ms));
  }

  function startAttempt(exchange: Exchange, callee: Callee): AttemptSpan {
    const { trace, startedMs } = exchange;
    const { traceId } = trace;
    const spanId = newSpanId();
    const resend = trace.attempts;
    trace.attempts += 1;
    return {
      traceparent: formatTraceparent({ traceId, spanId, isSampled: true }),
      end(endedMs, status, failure) {
        const startedWallMs = trace.startedWallMs + callee.startedMs - startedMs;
        const parent = { traceId, spanId: trace.spanId, traceFlags: SAMPLED };
        const facts = clientSpan({ exchange, callee, resend, status, failure });
        record(facts, { traceId, spanId }, parent, { startedWallMs, ms: endedMs - callee.startedMs });
      },
    };
  }

  return {
    open: (req, peerTrusted) => openTrace(req, peerTrusted, decide),
    startAttempt: (exchange, callee) => (exchange.trace.isSampled ? startAttempt(exchange, callee) : undefined),
    close(exchange, status, ms) {
      const { isSampled, traceId, parentSpanId, startedWallMs } = exchange.trace;
      if (!isSampled) return;
      const parent =
        parentSpanId === undefined ? undefined : { traceId, spanId: parentSpanId, traceFlags: SAMPLED, isRemote: true };
      record(serverSpan(exchange, status, digest()), exchange.trace, parent, { startedWallMs, ms });
    },
  };
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
