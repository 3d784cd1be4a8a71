/**
 * Opens the exchange, and at its end counts and logs it.
 *
 * The outermost layer: whatever happens inside becomes a response, a metric and a line. The line holds no query, no
 * header and no body, since each may hold a secret.
 */
import { randomUUID } from 'node:crypto';
import type { Phase } from '../lifecycle/phase.ts';
import { type AddressRanges, resolveClient } from '../policies/client-address.ts';
import type { Clock } from '../policies/clock.ts';
import { describeError, type Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Exchange, GatewayContext, GatewayMiddleware } from './exchange.ts';
import { answerProblem } from './problem.ts';

export interface ObserveOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly phase: Phase;
  readonly proxies: AddressRanges;
  readonly digest: string;
}

const REQUEST_ID = /^[A-Za-z0-9-]{8,64}$/;
/** What nginx writes for a client that went away before its answer; no such status is ever sent. */
const CLIENT_CLOSED_REQUEST = 499;

export function observe({ clock, metrics, log, phase, proxies, digest }: ObserveOptions): GatewayMiddleware {
  return async function observe(ctx, next) {
    const exchange = openExchange(ctx, clock.nowMs(), proxies);
    ctx.state.exchange = exchange;
    ctx.set('x-request-id', exchange.requestId);
    ctx.set('x-policy-digest', digest);
    metrics.requestStarted();
    try {
      await next();
    } catch (error) {
      log.error({ ...describeError(error), request_id: exchange.requestId, stack: stackOf(error) }, 'bug');
      if (!ctx.res.headersSent) answerProblem(ctx, { status: 500, detail: 'Something went wrong here.' });
      else ctx.res.destroy();
    }
    if (phase.isStopping && !ctx.res.headersSent) ctx.set('connection', 'close');
    const isAbandoned = exchange.outcome === 'client-abort' && !ctx.res.headersSent;
    const status = isAbandoned ? CLIENT_CLOSED_REQUEST : ctx.res.statusCode;
    const ms = clock.nowMs() - exchange.startedMs;
    metrics.requestEnded({ method: ctx.method, route: exchange.route?.path, status, ms });
    log[status >= 500 ? 'warn' : 'info'](accessFields(ctx, exchange, status, ms), 'request');
  };
}

function openExchange(ctx: GatewayContext, startedMs: number, proxies: AddressRanges): Exchange {
  const { req } = ctx;
  const client = resolveClient(req.socket.remoteAddress ?? '', req.headersDistinct['x-forwarded-for'] ?? [], proxies);
  const given = client.peerTrusted ? req.headersDistinct['x-request-id'] : undefined;
  const inherited = given?.length === 1 ? given[0] : undefined;
  return {
    requestId: inherited !== undefined && REQUEST_ID.test(inherited) ? inherited : randomUUID(),
    startedMs,
    client,
    path: '',
    query: '',
    route: undefined,
    isPreflight: false,
    principal: { kind: 'anonymous' },
    outcome: undefined,
    upstreamMs: undefined,
  };
}

function accessFields(ctx: GatewayContext, exchange: Exchange, status: number, ms: number): Record<string, unknown> {
  const { principal } = exchange;
  return {
    request_id: exchange.requestId,
    method: ctx.method,
    path: exchange.path === '' ? undefined : exchange.path,
    route: exchange.route?.id,
    status,
    ms: Math.round(ms * 1000) / 1000,
    upstream_ms: exchange.upstreamMs === undefined ? undefined : Math.round(exchange.upstreamMs * 1000) / 1000,
    client: exchange.client.client,
    key_id: principal.kind === 'api-key' ? principal.keyId : undefined,
    tenant: principal.kind === 'api-key' ? principal.tenant : undefined,
    outcome: exchange.outcome,
  };
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
