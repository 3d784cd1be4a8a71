/**
 * The tracer that records: spans are made when they end, and only where the trace is sampled.
 *
 * Owns the sampling decision. The SDK's own tracer allocates before it decides, keeps an asynchronous context for each
 * request, and is one for the whole process; this one needs its exporters only.
 */
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Exchange } from '../../http/exchange.ts';
import type { Clock } from '../../resilience/clock.ts';
import { type AttemptSpan, type Callee, type Decision, openTrace, type RequestTracer } from './request-tracer.ts';
import { clientSpan, serverSpan } from './span-record.ts';
import { formatTraceparent } from './trace-context.ts';
import { newSpanId } from './trace-ids.ts';

export interface RecordingTracerOptions {
  /** Share of new traces, from 0 to 1. */
  readonly sampleRatio: number;
  readonly clock: Clock;
  /** Of the policy in force. */
  readonly resource: () => Resource;
  readonly add: (span: ReadableSpan) => void;
  /** Default: chance. */
  readonly random?: () => number;
}

export function createRecordingTracer(options: RecordingTracerOptions): RequestTracer {
  const { sampleRatio, clock, resource, add, random = Math.random } = options;

  function decide(parentSampled: boolean | undefined): Decision {
    const isSampled = parentSampled ?? random() < sampleRatio;
    return { isSampled, startedWallMs: isSampled ? clock.wallMs() : 0 };
  }

  function startAttempt(exchange: Exchange, callee: Callee): AttemptSpan {
    const { trace, startedMs } = exchange;
    const spanId = newSpanId();
    const resend = trace.attempts;
    trace.attempts += 1;
    return {
      traceparent: formatTraceparent({ traceId: trace.traceId, spanId, isSampled: true }),
      end(endedMs, status, failure) {
        const startedWallMs = trace.startedWallMs + callee.startedMs - startedMs;
        const times = { startedWallMs, ms: endedMs - callee.startedMs };
        add(clientSpan({ exchange, callee, spanId, resend, status, failure }, times, resource()));
      },
    };
  }

  return {
    open: (req, peerTrusted) => openTrace(req, peerTrusted, decide),
    startAttempt: (exchange, callee) => (exchange.trace.isSampled ? startAttempt(exchange, callee) : undefined),
    close(exchange, status, ms) {
      const { trace } = exchange;
      if (!trace.isSampled) return;
      add(serverSpan(exchange, status, { startedWallMs: trace.startedWallMs, ms }, resource()));
    },
  };
}
