/**
 * Opens the exchange, and at its end counts and logs it.
 *
 * The outermost layer: whatever happens inside becomes a response, a metric and a line. The line holds no query, no
 * header and no body, since each may hold a secret.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { routeLabel } from '../../schemas/route-label.ts';
import type { SecurityHeaders } from '../../schemas/runtime-policy.gen.ts';
import { type AddressRanges, createClientResolver } from '../http/client-address.ts';
import type { Answer, Exchange } from '../http/exchange.ts';
import { answerProblem } from '../http/problem.ts';
import type { Clock } from '../resilience/clock.ts';
import type { AccessLog } from '../telemetry/access-log.ts';
import type { BugReports } from '../telemetry/errors/bug-reports.ts';
import { describeBug, type Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { ObjectiveMeter } from '../telemetry/objective-meter.ts';
import type { RequestTracer } from '../telemetry/traces/request-tracer.ts';

export interface ObserveOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly objectives: ObjectiveMeter;
  readonly log: Log;
  readonly access: AccessLog;
  readonly tracer: RequestTracer;
  readonly bugs: BugReports;
  readonly proxies: AddressRanges;
  readonly digest: string;
  readonly policy: { readonly securityHeaders: SecurityHeaders };
}

export interface Observer {
  open(req: IncomingMessage, res: ServerResponse): Exchange;
  /** What the caller is told of a bug. */
  failed(exchange: Exchange, error: unknown): Answer;
  close(exchange: Exchange, status: number, headSent: boolean): void;
}

const REQUEST_ID = /^[A-Za-z0-9-]{8,64}$/;
const ANONYMOUS = { kind: 'anonymous' } as const;
/** What nginx writes for a client that went away before its answer; no such status is ever sent. */
const CLIENT_CLOSED_REQUEST = 499;

export function createObserver(options: ObserveOptions): Observer {
  const { clock, metrics, objectives, log, access, tracer, bugs, proxies, digest } = options;
  const { owner, headers } = options.policy.securityHeaders;
  const resolveClient = createClientResolver(proxies);
  const always = ['x-policy-digest', digest, ...(owner === 'runtime' ? Object.entries(headers).flat() : [])];

  return {
    open(req, res) {
      const startedMs = clock.nowMs();
      metrics.requestStarted();
      const client = resolveClient(req.socket.remoteAddress ?? '', req.headers['x-forwarded-for']);
      const given = client.peerTrusted ? req.headers['x-request-id'] : undefined;
      const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
      const trace = tracer.open(req, client.peerTrusted);
      return {
        req,
        res,
        method: req.method ?? '',
        names: namesOf(req.rawHeaders),
        requestId,
        startedMs,
        client,
        trace,
        path: '',
        query: '',
        route: undefined,
        isPreflight: false,
        principal: ANONYMOUS,
        fields: ['x-request-id', requestId, 'x-trace-id', trace.traceId, ...always],
        body: undefined,
        cleanups: [],
        tap: undefined,
        decision: undefined,
        outcome: undefined,
        upstreamMs: undefined,
      };
    },
    failed(exchange, error) {
      const { requestId, route } = exchange;
      const { traceId, spanId } = exchange.trace;
      log.error({ ...describeBug(error), request_id: requestId, trace_id: traceId, span_id: spanId }, 'bug');
      bugs.report(error, { traceId, spanId, digest, ...(route === undefined ? {} : { route: route.id }) });
      return answerProblem(exchange, { status: 500, detail: 'Something went wrong here.' });
    },
    close(exchange, sentStatus, headSent) {
      for (const end of exchange.cleanups) end();
      const status = exchange.outcome === 'client-abort' && !headSent ? CLIENT_CLOSED_REQUEST : sentStatus;
      const ms = clock.nowMs() - exchange.startedMs;
      const answeredMs = answeredAfter(exchange, status, ms);
      metrics.requestEnded(exchange.method, exchange.route && routeLabel(exchange.route), status, answeredMs);
      if (exchange.route !== undefined) objectives.record(exchange.route, status, answeredMs);
      access(exchange, status, ms);
      tracer.close(exchange, status, ms);
    },
  };
}

/** Among plain answers a socket counts until it was opened; how long it stays open is no latency. */
const answeredAfter = ({ route, upstreamMs }: Exchange, status: number, ms: number): number =>
  status === 101 && route?.kind === 'http' ? (upstreamMs ?? ms) : ms;

function namesOf(rawHeaders: readonly string[]): readonly string[] {
  const names: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) names.push((rawHeaders[index] ?? '').toLowerCase());
  return names;
}
