/**
 * Enforces the limits of a route.
 *
 * Twice, because the two halves protect different things: `guardClient` looks at the client's own budgets before the
 * credential is checked, and charges nothing, so that a flood costs no look-up; `rateLimit` charges all budgets at once
 * when the caller is known. A failed credential charges the client's budgets (middleware/authenticate.ts).
 */
import type { Route } from '../../schemas/runtime-policy.gen.ts';
import type { ChargeOutcome, LimitStore } from '../limits/limit-store.ts';
import type { Limiter, NamedCharge } from '../limits/limiter.ts';
import { formatStates, retryAfterSeconds } from '../limits/ratelimit-fields.ts';
import type { Clock } from '../policies/clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type Answer, type Exchange, type Policy, setField } from './exchange.ts';
import { answerProblem } from './problem.ts';

export interface RateLimitOptions {
  readonly limiter: Limiter;
  readonly store: LimitStore;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** Undefined where the route asks for no credential, or has no budget that is known without one. */
export function guardClient(options: RateLimitOptions, route: Route): Policy | undefined {
  const { limiter, store, clock } = options;
  if (route.auth === 'none' || !limiter.hasClientLimits(route)) return undefined;
  return function guardClient(exchange) {
    const charges = limiter.clientCharges(route, exchange);
    const outcomes = store.peek(charges, clock.nowMs());
    return outcomes.some(isRefused) ? refuse(exchange, charges, outcomes, options) : undefined;
  };
}

/** Undefined where the route has no limits. */
export function rateLimit(options: RateLimitOptions, route: Route): Policy | undefined {
  const { limiter, store, clock, metrics } = options;
  if (route.limits.length === 0) return undefined;
  return function rateLimit(exchange) {
    const charges = limiter.charges(route, exchange);
    const outcomes = store.charge(charges, clock.nowMs());
    if (outcomes.some(isRefused)) return refuse(exchange, charges, outcomes, options);
    setFields(exchange, charges, outcomes);
    for (const { limit } of outcomes) metrics.limitDecided(limit, 'admitted');
    return undefined;
  };
}

function refuse(
  exchange: Exchange,
  charges: readonly NamedCharge[],
  outcomes: readonly ChargeOutcome[],
  { limiter, metrics }: RateLimitOptions,
): Answer {
  const violated = outcomes.filter(isRefused).map((outcome) => outcome.limit);
  const statuses = violated.map((limit) => limiter.statusOf(limit));
  const status = statuses.includes(429) ? 429 : 503;
  const seconds = retryAfterSeconds(outcomes);
  for (const limit of violated) metrics.limitDecided(limit, 'refused');
  setFields(exchange, charges, outcomes);
  if (seconds !== undefined) setField(exchange, 'retry-after', String(seconds));
  exchange.outcome = `rate-limited:${violated.join(',')}`;
  return answerProblem(exchange, {
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

function isRefused({ refused }: ChargeOutcome): boolean {
  return refused;
}

function setFields(exchange: Exchange, charges: readonly NamedCharge[], outcomes: readonly ChargeOutcome[]): void {
  let policies = '';
  for (const { member } of charges) policies = policies === '' ? member : `${policies}, ${member}`;
  setField(exchange, 'ratelimit-policy', policies);
  setField(exchange, 'ratelimit', formatStates(outcomes));
}
