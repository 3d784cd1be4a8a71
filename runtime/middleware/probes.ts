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
  const answer: GatewayMiddleware = async (ctx, next) => {
    const found = await probeAnswer(ctx.req.url ?? '', health, readiness);
    if (found === undefined) return next();
    ctx.status = found.status;
    ctx.set({ 'cache-control': 'no-store', 'content-type': 'application/json', 'x-policy-digest': digest });
    if (phase.isStopping) ctx.set('connection', 'close');
    ctx.body = found.body;
  };
  return function probes(ctx, next) {
    const { method, url = '' } = ctx.req;
    const mayBe = url.startsWith(health.live) || url.startsWith(health.ready);
    return mayBe && (method === 'GET' || method === 'HEAD') ? answer(ctx, next) : next();
  };
}
