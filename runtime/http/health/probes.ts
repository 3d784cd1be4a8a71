/** Answers liveness and readiness before anything else: no identity, no limits, no log line, no count. */
import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import type { Health } from '../../../schemas/runtime-policy.gen.ts';
import type { Phase } from '../phase.ts';
import { probeAnswer } from './probe-answer.ts';
import type { Readiness } from './readiness.ts';

export interface ProbeOptions {
  readonly health: Health;
  readonly readiness: Readiness;
  readonly phase: Phase;
  readonly digest: string;
}

/** Answers what is a probe, and hands everything else to `next` without a promise of its own. */
export function probes({ health, readiness, phase, digest }: ProbeOptions): Middleware {
  const answer: Middleware = async (ctx, next) => {
    const found = await probeAnswer(ctx.req.url ?? '', health, readiness);
    if (found === undefined) return next();
    ctx.status = found.status;
    ctx.set({ 'cache-control': 'no-store', 'content-type': 'application/json', 'x-policy-digest': digest });
    if (phase.isStopping) ctx.set('connection', 'close');
    ctx.body = found.body;
  };
  return function probes(ctx, next) {
    return mayProbe(ctx.req, health) ? answer(ctx, next) : next();
  };
}

/** Whether a request may be a probe; one that is not goes on to `next`. */
export function mayProbe({ method, url = '' }: IncomingMessage, { live, ready }: Health): boolean {
  return (method === 'GET' || method === 'HEAD') && (url.startsWith(live) || url.startsWith(ready));
}
