/**
 * Sends a request that passed every policy to its upstream.
 *
 * Owns the order of events: length, target, head, `100 Continue`, attempts, and the problem when no response came. Only
 * a request that certainly was not processed is tried again: one whose connection was never made, or a bodyless GET,
 * HEAD or OPTIONS whose connection broke before a response.
 */
import type { Readable } from 'node:stream';
import type { Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Phase } from '../../lifecycle/phase.ts';
import type { Clock } from '../../policies/clock.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { GatewayContext, GatewayMiddleware } from '../exchange.ts';
import { answerProblem, type Problem } from '../problem.ts';
import { type ForwardOptions, type ForwardOutcome, forward } from './forward.ts';
import { openRequestBody } from './request-body.ts';
import { requestHead } from './request-head.ts';
import { sendResponseHead } from './response-head.ts';
import type { Upstreams, UpstreamTarget } from './upstreams.ts';

export interface ProxyOptions {
  readonly policy: RuntimePolicy;
  readonly upstreams: Upstreams;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly phase: Phase;
}

const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS']);
const BAD_GATEWAY: Problem = { status: 502, detail: 'The service behind did not answer properly.' };
const GATEWAY_TIMEOUT: Problem = { status: 504, detail: 'The service behind did not answer in time.' };
const TOO_LARGE = 'The body of this request is larger than this resource takes';

export function proxy(options: ProxyOptions): GatewayMiddleware {
  return async function proxy(ctx) {
    const { route } = ctx.state.exchange;
    if (route === undefined) throw new Error('proxy: a request came through without a route');
    const body = openRequestBody(ctx.req, route.bodyLimitBytes);
    if (body.kind === 'too-large') return answerTooLarge(ctx, route.bodyLimitBytes);
    if (ctx.req.headers.expect !== undefined) ctx.res.writeContinue();
    const stream = body.kind === 'stream' ? body.stream : null;
    const outcome = await attempt(ctx, route, stream, options);
    conclude(ctx, outcome, route.bodyLimitBytes);
  };
}

/** Tries targets until one answered or trying again would be wrong. */
async function attempt(
  ctx: GatewayContext,
  route: Route,
  body: Readable | null,
  options: ProxyOptions,
): Promise<ForwardOutcome> {
  const { upstreams, metrics } = options;
  const targets = upstreams.targets(route.upstream);
  // A single target is worth one more try: a kept connection may have been closed just as it was used.
  const order = targets.length === 1 ? [...targets, ...targets] : targets.slice(0, 2);
  let outcome: ForwardOutcome = { kind: 'failed', reason: 'connect', headSent: false, error: 'no target' };
  for (const [index, target] of order.entries()) {
    outcome = await forward(forwardOptions(ctx, route, target, body, options));
    if (outcome.kind === 'failed') metrics.upstreamFailed(route.upstream, outcome.reason);
    if (body !== null || !mayRepeat(outcome, ctx.method, target !== order[index + 1])) break;
  }
  return outcome;
}

function forwardOptions(
  ctx: GatewayContext,
  route: Route,
  target: UpstreamTarget,
  body: Readable | null,
  { policy, clock, metrics, phase }: ProxyOptions,
): ForwardOptions {
  const { exchange } = ctx.state;
  const elapsedMs = clock.nowMs() - exchange.startedMs;
  return {
    target,
    method: ctx.method,
    path: exchange.path + exchange.query,
    head: requestHead(ctx, policy, target.authority),
    body,
    res: ctx.res,
    timeoutMs: Math.max(1, Math.ceil(route.timeoutMs - elapsedMs)),
    idleTimeoutMs: route.idleTimeoutMs,
    isStream: route.kind === 'sse',
    clock,
    sendHead: (status, headers) => sendResponseHead(ctx, { status, headers }, policy, phase),
    onHead(ms) {
      exchange.upstreamMs = ms;
      metrics.upstreamAnswered(route.upstream, ms);
    },
    onClosing: phase.onClosing,
  };
}

function mayRepeat(outcome: ForwardOutcome, method: string, isOtherTarget: boolean): boolean {
  if (outcome.kind !== 'failed' || outcome.headSent) return false;
  if (outcome.reason === 'connect') return isOtherTarget;
  return outcome.reason === 'reset' && REPEATABLE.has(method);
}

function conclude(ctx: GatewayContext, outcome: ForwardOutcome, limitBytes: number): void {
  const { exchange } = ctx.state;
  switch (outcome.kind) {
    case 'answered':
      return;
    case 'client-abort':
      exchange.outcome = 'client-abort';
      // Nobody is there to be answered.
      ctx.respond = false;
      return;
    case 'body-too-large':
      exchange.outcome = 'body-too-large';
      if (!outcome.headSent) answerTooLarge(ctx, limitBytes);
      return;
    case 'failed': {
      exchange.outcome = `upstream-${outcome.reason}: ${outcome.error}`;
      if (outcome.headSent) return;
      const isLate = outcome.reason === 'timeout' || outcome.reason === 'connect-timeout';
      answerProblem(ctx, isLate ? GATEWAY_TIMEOUT : BAD_GATEWAY);
    }
  }
}

function answerTooLarge(ctx: GatewayContext, limitBytes: number): void {
  ctx.state.exchange.outcome ??= 'body-too-large';
  answerProblem(ctx, { status: 413, detail: `${TOO_LARGE} (${limitBytes} bytes).` });
  ctx.set('connection', 'close');
}
