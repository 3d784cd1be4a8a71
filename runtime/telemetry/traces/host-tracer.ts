/**
 * The tracer of the library form: whatever the host application has.
 *
 * Owns the rule that a request has one server span. Where the host already has one (its own instrumentation), that span is
 * used and only learns the route; where the host runs an SDK without one, it is made here; without an SDK there are ids
 * alone. Starts nothing and registers nothing.
 */
import {
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import type { Exchange } from '../../http/exchange.ts';
import type { RequestTrace } from '../../http/request-trace.ts';
import { idsOnly, type RequestTracer } from './request-tracer.ts';
import { parseTraceparent } from './trace-context.ts';

export interface HostTracer extends RequestTracer {
  /** Runs what the host does with a request inside its span. */
  run<Value>(exchange: Exchange, inside: () => Value): Value;
}

interface HostTrace extends RequestTrace {
  readonly span: Span;
  /** Whether the span was made here, and ends here. */
  readonly isOwn: boolean;
}

const SCOPE = 'seaworthy-runtime';

export function createHostTracer(): HostTracer {
  return {
    open(req, peerTrusted) {
      const active = trace.getActiveSpan();
      if (active !== undefined) return withSpan(idsOnly.open(req, peerTrusted), active, false);
      const parent = contextOf(req.headers['traceparent'], peerTrusted);
      const span = trace.getTracer(SCOPE).startSpan(req.method ?? '', { kind: SpanKind.SERVER }, parent);
      // Without an SDK the answer is a span that records nothing, and names nobody's trace but the caller's.
      return span.isRecording() ? withSpan(idsOnly.open(req, peerTrusted), span, true) : idsOnly.open(req, peerTrusted);
    },
    startAttempt: () => undefined,
    close(exchange, status) {
      const { route, method, trace } = exchange;
      if (!isHostTrace(trace)) return;
      const { span, isOwn } = trace;
      if (route !== undefined) span.setAttribute('http.route', route.path);
      if (!isOwn) return;
      if (route !== undefined) span.updateName(`${method} ${route.path}`);
      span.setAttributes({ 'http.request.method': method, 'http.response.status_code': status });
      span.end();
    },
    run(exchange, inside) {
      const opened = exchange.trace;
      if (!isHostTrace(opened) || !opened.isOwn) return inside();
      return context.with(trace.setSpan(context.active(), opened.span), inside);
    },
  };
}

function withSpan(ids: RequestTrace, span: Span, isOwn: boolean): RequestTrace {
  const spanContext = span.spanContext();
  if (!isSpanContextValid(spanContext)) return ids;
  const { traceId, spanId } = spanContext;
  const trace: HostTrace = { ...ids, traceId, spanId, span, isOwn };
  return trace;
}

function isHostTrace(trace: RequestTrace): trace is HostTrace {
  return 'span' in trace;
}

/** The caller's span as the parent. A stranger's is none here: a host's sampler obeys the flag of any parent. */
function contextOf(field: string | string[] | undefined, peerTrusted: boolean): Context {
  const parent = parseTraceparent(field);
  if (parent === undefined || !peerTrusted) return ROOT_CONTEXT;
  const { traceId, spanId, isSampled } = parent;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: isSampled ? 1 : 0, isRemote: true });
}
