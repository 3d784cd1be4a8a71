/**
 * Sends a request that passed every policy to its upstream.
 *
 * Owns the order of events: length, target, head, `100 Continue`, attempts, and the problem when no response came. Only
 * a request that certainly was not processed is tried again: one whose connection was never made, or a bodyless GET,
 * HEAD or OPTIONS whose connection broke before a response.
 */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Phase } from '../../lifecycle/phase.ts';
import type { Clock } from '../../policies/clock.ts';
import { connectionNames, passesResponseField } from '../../policies/header-rules.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { GatewayContext, GatewayMiddleware } from '../exchange.ts';
import { answerProblem, type Problem } from '../problem.ts';
import { type ForwardOutcome, forward } from './forward.ts';
import { openRequestBody } from './request-body.ts';
import { requestHead } from './request-head.ts';
import type { Upstreams } from './upstreams.ts';

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
  const { metrics, upstreams } = options;
  return async function proxy(ctx) {
    const { exchange } = ctx.state;
    const { route } = exchange;
    if (route === undefined) throw new Error('proxy: a request came through without a route');
    const body = openRequestBody(ctx.req, route.bodyLimitBytes);
    if (body.kind === 'too-large') return answerTooLarge(ctx, route.bodyLimitBytes);
    if (ctx.req.headers.expect !== undefined) ctx.res.writeContinue();

    const stream = body.kind === 'stream' ? body.stream : null;
    let outcome: ForwardOutcome = { kind: 'failed', reason: 'connect', headSent: false, error: 'no target' };
    const targets = upstreams.targets(route.upstream);
    // A single target is worth one more try: a kept connection may have been closed just as it was used.
    const attempts = targets.length === 1 ? [...targets, ...targets] : targets.slice(0, 2);
    for (const [index, target] of attempts.entries()) {
      const elapsedMs = options.clock.nowMs() - exchange.startedMs;
      outcome = await forward({
        target,
        method: ctx.method,
        path: exchange.path + exchange.query,
        head: requestHead(ctx, options.policy, target.authority),
        body: stream,
        res: ctx.res,
        timeoutMs: Math.max(1, Math.ceil(route.timeoutMs - elapsedMs)),
        idleTimeoutMs: route.idleTimeoutMs,
        isStream: route.kind === 'sse',
        clock: options.clock,
        sendHead: (status, headers) => sendHead(ctx, status, headers, options),
        onHead: (ms) => {
          exchange.upstreamMs = ms;
          metrics.upstreamAnswered(route.upstream, ms);
        },
        onClosing: options.phase.onClosing,
      });
      if (outcome.kind === 'failed') metrics.upstreamFailed(route.upstream, outcome.reason);
      const isOther = target !== attempts[index + 1];
      if (stream !== null || !mayRepeat(outcome, ctx.method, isOther)) break;
    }
    conclude(ctx, outcome, route.bodyLimitBytes);
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

/** Writes the upstream's head to the client, under what the policies have already set. */
function sendHead(
  ctx: GatewayContext,
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  { policy, phase }: ProxyOptions,
): boolean {
  const { res, req } = ctx;
  const ownsCors = policy.cors.owner === 'runtime' && ctx.state.exchange.route?.cors === true;
  const listed = connectionNames(headers['connection']);
  const before = new Map(Object.entries(res.getHeaders()));
  // From here on the response is ours; Koa keeps its hands off it.
  ctx.respond = false;
  try {
    for (const [name, value] of Object.entries(headers)) {
      if (value === undefined || !passesResponseField(name, listed)) continue;
      if (ownsCors && name.startsWith('access-control-')) continue;
      addField(ctx, name, value);
    }
    if (phase.isStopping || !req.complete) res.setHeader('connection', 'close');
    res.writeHead(status);
  } catch {
    // A field that HTTP does not allow: nothing of this head may reach the client.
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    for (const [name, value] of before) if (value !== undefined) res.setHeader(name, value);
    ctx.respond = true;
    return false;
  }
  if (ctx.state.exchange.route?.kind === 'sse') res.flushHeaders();
  return true;
}

const LISTS = new Set(['vary', 'ratelimit', 'ratelimit-policy', 'set-cookie']);

/** A field that a policy set stays; lists are joined, so that an upstream's own limits are seen beside ours. */
function addField({ res }: GatewayContext, name: string, value: string | string[]): void {
  const mine = res.getHeader(name);
  if (mine === undefined) res.setHeader(name, value);
  else if (LISTS.has(name)) res.setHeader(name, [mine, value].flat().map(String));
}
