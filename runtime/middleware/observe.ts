/**
 * Opens the exchange, and at its end counts and logs it.
 *
 * The outermost layer: whatever happens inside becomes a response, a metric and a line. The line holds no query, no
 * header and no body, since each may hold a secret.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SecurityHeaders } from '../../schemas/runtime-policy.gen.ts';
import { type AddressRanges, createClientResolver } from '../policies/client-address.ts';
import type { Clock } from '../policies/clock.ts';
import { type AccessLog, describeError, type Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { ObjectiveMeter } from '../telemetry/objective-meter.ts';
import type { Answer, Exchange } from './exchange.ts';
import { answerProblem } from './problem.ts';

export interface ObserveOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly objectives: ObjectiveMeter;
  readonly log: Log;
  readonly access: AccessLog;
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
  const { clock, metrics, objectives, log, access, proxies, digest } = options;
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
      return {
        req,
        res,
        method: req.method ?? '',
        names: namesOf(req.rawHeaders),
        requestId,
        startedMs,
        client,
        path: '',
        query: '',
        route: undefined,
        isPreflight: false,
        principal: ANONYMOUS,
        fields: ['x-request-id', requestId, ...always],
        body: undefined,
        endings: [],
        watcher: undefined,
        outcome: undefined,
        upstreamMs: undefined,
      };
    },
    failed(exchange, error) {
      const stack = error instanceof Error ? error.stack : undefined;
      log.error({ ...describeError(error), request_id: exchange.requestId, stack }, 'bug');
      return answerProblem(exchange, { status: 500, detail: 'Something went wrong here.' });
    },
    close(exchange, sentStatus, headSent) {
      for (const end of exchange.endings) end();
      const status = exchange.outcome === 'client-abort' && !headSent ? CLIENT_CLOSED_REQUEST : sentStatus;
      const ms = clock.nowMs() - exchange.startedMs;
      metrics.requestEnded(exchange.method, exchange.route?.path, status, ms);
      if (exchange.route !== undefined) objectives.record(exchange.route, status, ms);
      access(exchange, status, ms);
    },
  };
}

function namesOf(rawHeaders: readonly string[]): readonly string[] {
  const names: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) names.push((rawHeaders[index] ?? '').toLowerCase());
  return names;
}
