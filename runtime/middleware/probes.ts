/** Answers liveness and readiness before anything else: no identity, no limits, no log line, no count. */
import type { Health } from '../../schemas/runtime-policy.gen.ts';
import type { Phase } from '../lifecycle/phase.ts';
import { probeAnswer } from '../lifecycle/probe-answer.ts';
import type { Readiness } from '../lifecycle/readiness.ts';
import type { GatewayMiddleware } from './exchange.ts';

export function probes(options: {
  health: Health;
  readiness: Readiness;
  phase: Phase;
  digest: string;
}): GatewayMiddleware {
  const { health, readiness, phase, digest } = options;
  return async function probes(ctx, next) {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
    const answer = await probeAnswer(ctx.req.url ?? '', health, readiness);
    if (answer === undefined) return next();
    ctx.status = answer.status;
    ctx.set({ 'cache-control': 'no-store', 'content-type': 'application/json', 'x-policy-digest': digest });
    if (phase.isStopping) ctx.set('connection', 'close');
    ctx.body = answer.body;
  };
}
