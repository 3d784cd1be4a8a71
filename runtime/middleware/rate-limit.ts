/**
 * Enforces the limits of a route.
 *
 * Twice, because the two halves protect different things: `guardClient` looks at the client's own budgets before the
 * credential is checked, and charges nothing, so that a flood costs no look-up; `rateLimit` charges all budgets at once
 * when the caller is known. A failed credential charges the client's budgets (middleware/authenticate.ts).
 */
import type { Clock } from '../policies/clock.ts';
import type { Charge, ChargeOutcome, LimitStore } from '../policies/limit-store.ts';
import type { Limiter } from '../policies/limiter.ts';
import { formatPolicyMember, formatStateMember, retryAfterSeconds } from '../policies/ratelimit-fields.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { GatewayContext, GatewayMiddleware } from './exchange.ts';
import { answerProblem } from './problem.ts';

export interface RateLimitOptions {
  readonly limiter: Limiter;
  readonly store: LimitStore;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

export function guardClient({ limiter, store, clock, metrics }: RateLimitOptions): GatewayMiddleware {
  return function guardClient(ctx, next) {
    const { route, client } = ctx.state.exchange;
    if (route === undefined || route.auth === 'none' || route.limits.length === 0) return next();
    const charges = limiter.clientCharges(route, { clientKey: client.key, principal: { kind: 'anonymous' } });
    if (charges.length === 0) return next();
    const outcomes = store.peek(charges, clock.nowMs());
    if (outcomes.every((outcome) => !outcome.refused)) return next();
    refuse(ctx, charges, outcomes, limiter, metrics);
    return undefined;
  };
}

export function rateLimit({ limiter, store, clock, metrics }: RateLimitOptions): GatewayMiddleware {
  return function rateLimit(ctx, next) {
    const { route, client, principal } = ctx.state.exchange;
    if (route === undefined || route.limits.length === 0) return next();
    const charges = limiter.charges(route, { clientKey: client.key, principal });
    const outcomes = store.charge(charges, clock.nowMs());
    if (outcomes.some((outcome) => outcome.refused)) {
      refuse(ctx, charges, outcomes, limiter, metrics);
      return undefined;
    }
    setFields(ctx, charges, outcomes);
    for (const { limit } of outcomes) metrics.limitDecided(limit, 'admitted');
    return next();
  };
}

function refuse(
  ctx: GatewayContext,
  charges: readonly Charge[],
  outcomes: readonly ChargeOutcome[],
  limiter: Limiter,
  metrics: Metrics,
): void {
  const violated = outcomes.filter((outcome) => outcome.refused).map((outcome) => outcome.limit);
  const statuses = violated.map((limit) => limiter.statusOf(limit));
  const status = statuses.includes(429) ? 429 : 503;
  const seconds = retryAfterSeconds(outcomes);
  for (const limit of violated) metrics.limitDecided(limit, 'refused');
  setFields(ctx, charges, outcomes);
  if (seconds !== undefined) ctx.set('retry-after', String(seconds));
  ctx.state.exchange.outcome = `rate-limited:${violated.join(',')}`;
  answerProblem(ctx, {
    status,
    type: `https://iana.org/assignments/http-problem-types#${status === 429 ? 'quota-exceeded' : 'temporary-reduced-capacity'}`,
    title: status === 429 ? 'Request quota exceeded' : 'Temporarily reduced capacity',
    detail:
      seconds === undefined
        ? 'This request exceeds what the limit ever admits.'
        : `The limit ${violated.join(', ')} is used up; try again in ${seconds} s.`,
    members: { 'violated-policies': violated },
  });
}

function setFields(ctx: GatewayContext, charges: readonly Charge[], outcomes: readonly ChargeOutcome[]): void {
  ctx.set('ratelimit-policy', charges.map(({ limit, bucket }) => formatPolicyMember(limit, bucket)).join(', '));
  ctx.set('ratelimit', outcomes.map(formatStateMember).join(', '));
}
