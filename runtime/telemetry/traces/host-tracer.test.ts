/** The one file that registers an SDK for the process, as a host application would. */
import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer } from 'node:http';
import { type Context, context, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import Koa from 'koa';
import { describe } from '../../../compiler/testing/suite.ts';
import type { GatewayState } from '../../http/exchange.ts';
import { policies } from '../../library.ts';
import { testPolicy } from '../../testing/policy.ts';
import { bind, type LogLine, within } from '../../testing/servers.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

type Later = (cleanUp: () => Promise<unknown>) => void;

function startSdk(later: Later): () => readonly ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  const storage = new AsyncLocalStorage<Context>();
  context.setGlobalContextManager({
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, run, that, ...args) => storage.run(active, () => Reflect.apply(run, that, args)),
    bind: (_context, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
  later(async () => {
    trace.disable();
    context.disable();
  });
  return () => exporter.getFinishedSpans();
}

/** A host application; `instrument` is what its own instrumentation does around each request. */
async function startHost(later: Later, instrument?: (span: Span) => void) {
  const lines: LogLine[] = [];
  const policy = testPolicy({ trust: { proxyCidrs: ['127.0.0.1/32'] } });
  const app = new Koa<GatewayState>();
  if (instrument !== undefined) {
    app.use((_ctx, next) =>
      trace.getTracer('host').startActiveSpan('from the host', { kind: SpanKind.SERVER }, async (span) => {
        instrument(span);
        await next();
        span.end();
      }),
    );
  }
  app.use(policies(policy, { log: { write: (line) => lines.push(JSON.parse(line)) } }));
  app.use((ctx) => {
    trace.getTracer('host').startSpan('work of the host').end();
    ctx.body = 'ok';
  });
  const server = createServer(app.callback());
  const url = `http://127.0.0.1:${await bind(server)}/v1/items/7`;
  later(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return { url, lines };
}

const kinds = (spans: readonly ReadableSpan[]) => spans.map(({ name, kind }) => [name, kind]);

describe('tracing in a host application', (it) => {
  it(
    'uses the span that the host has :: one server span, which learns the route',
    within(8_000, async (later) => {
      const finished = startSdk(later);
      let hostSpan = '';
      const { url, lines } = await startHost(later, (span) => {
        hostSpan = span.spanContext().traceId;
      });
      const answer = await fetch(url);
      equal(answer.headers.get('x-trace-id'), hostSpan);
      equal(lines[0]?.['trace_id'], hostSpan);
      deepEqual(kinds(finished()), [
        ['work of the host', SpanKind.INTERNAL],
        ['from the host', SpanKind.SERVER],
      ]);
      equal(finished()[1]?.attributes['http.route'], '/v1/items');
    }),
  );

  it(
    'makes the server span where the host has none :: the host`s own work hangs on it',
    within(8_000, async (later) => {
      const finished = startSdk(later);
      const { url, lines } = await startHost(later);
      const answer = await fetch(url, { headers: { traceparent: `00-${TRACE}-${PARENT}-01` } });
      equal(answer.headers.get('x-trace-id'), TRACE);
      deepEqual(kinds(finished()), [
        ['work of the host', SpanKind.INTERNAL],
        ['GET /v1/items', SpanKind.SERVER],
      ]);
      const [work, server] = finished();
      equal(work?.parentSpanContext?.spanId, server?.spanContext().spanId);
      equal(server?.parentSpanContext?.spanId, PARENT);
      equal(server?.attributes['http.response.status_code'], 200);
      equal(lines[0]?.['span_id'], server?.spanContext().spanId);
    }),
  );

  it(
    'has ids without an SDK, and starts none',
    within(8_000, async (later) => {
      const { url, lines } = await startHost(later);
      const first = (await fetch(url)).headers.get('x-trace-id') ?? '';
      match(first, /^[0-9a-f]{32}$/);
      equal(lines[0]?.['trace_id'], first);
      notEqual((await fetch(url)).headers.get('x-trace-id'), first);
      const continued = await fetch(url, { headers: { traceparent: `00-${TRACE}-${PARENT}-01` } });
      equal(continued.headers.get('x-trace-id'), TRACE);
    }),
  );
});
