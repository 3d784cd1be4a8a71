/**
 * Enforces the limits of a route.
 *
 * Twice, because the two halves protect different things: `guardClient` looks at the client's own budgets before the
 * credential is checked, charges nothing and never waits, so that a flood costs no look-up; `rateLimit` charges all budgets at
 * once when the caller is known. A failed credential charges the client's budgets (`chargeFailure`).
 */
import type { Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { type Answer, type Exchange, type Handler, setField, type Verdict } from '../../http/exchange.ts';
import { answerProblem } from '../../http/problem.ts';
import type { Clock } from '../../resilience/clock.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Charge, LimitStore, Outcomes } from './charge.ts';
import type { LimitMetrics } from './limit-metrics.ts';
import type { Limiter } from './limiter.ts';
import { formatLegacy, formatStates, retryAfterSeconds } from './ratelimit-fields.ts';

export interface RateLimitOptions {
  readonly policy: Pick<RuntimePolicy, 'limitFields'>;
  readonly limiter: Limiter;
  readonly store: LimitStore;
  readonly clock: Clock;
  readonly metrics: LimitMetrics;
  readonly log: Log;
}

/** Undefined where the route asks for no credential, or has no budget that is known without one. */
export function guardClient(options: RateLimitOptions, route: Route): Handler | undefined {
  const { limiter, store, clock } = options;
  const countsFailures = limiter.failureCharge(NOBODY) !== undefined;
  if (route.auth === 'none' || !(countsFailures || limiter.hasClientLimits(route))) return undefined;
  return function guardClient(exchange) {
    const failures = limiter.failureCharge(exchange);
    const clients = limiter.clientCharges(route, exchange);
    const charges = failures === undefined ? clients : [...clients, failures];
    const outcomes = store.peek(charges, clock.nowMs());
    return isRefused(outcomes) ? refuse(exchange, charges, outcomes, options) : undefined;
  };
}

/** Charges a failed credential to its client, so that guessing is as limited as calling. Waits for nothing. */
export function chargeFailure({ limiter, store, clock }: RateLimitOptions, route: Route, exchange: Exchange): void {
  const nowMs = clock.nowMs();
  const clients = limiter.clientCharges(route, exchange);
  if (clients.length > 0) void store.charge(clients, nowMs);
  const failures = limiter.failureCharge(exchange);
  if (failures !== undefined) void store.charge([failures], nowMs);
}

/** Undefined where the route has no limits. */
export function rateLimit(options: RateLimitOptions, route: Route): Handler | undefined {
  const { limiter, store, clock } = options;
  if (route.limits.length === 0) return undefined;
  return function rateLimit(exchange) {
    const charges = limiter.charges(route, exchange);
    const outcomes = store.charge(charges, clock.nowMs());
    return outcomes instanceof Promise
      ? outcomes.then((late) => conclude(exchange, charges, late, options))
      : conclude(exchange, charges, outcomes, options);
  };
}

const NOBODY = { client: { key: '' }, principal: { kind: 'anonymous' } } as const;

function conclude(
  exchange: Exchange,
  charges: readonly Charge[],
  outcomes: Outcomes,
  options: RateLimitOptions,
): Verdict {
  if (isRefused(outcomes)) return refuse(exchange, charges, outcomes, options);
  setFields(exchange, charges, outcomes, options);
  for (let index = 0; index < charges.length; index += 1) {
    const verdict = outcomes[index]?.verdict;
    const id = charges[index]?.rules.id ?? '';
    if (verdict === 'admitted') options.metrics.decided(id, 'admitted');
    else if (verdict === 'would-refuse') tellDryRun(exchange, id, options);
  }
  return undefined;
}

function refuse(exchange: Exchange, charges: readonly Charge[], outcomes: Outcomes, options: RateLimitOptions): Answer {
  const { metrics } = options;
  for (const charge of by(charges, outcomes, 'would-refuse')) tellDryRun(exchange, charge.rules.id, options);
  const violated = by(charges, outcomes, 'refused');
  if (violated.length === 0) return refuseUncounted(exchange, by(charges, outcomes, 'unavailable'));
  const ids = violated.map(({ rules }) => rules.id);
  for (const id of ids) metrics.decided(id, 'refused');
  metrics.refused(exchange.route?.path ?? '', longest(charges, outcomes).rules, tenantOf(exchange));
  setFields(exchange, charges, outcomes, options);
  const seconds = retryAfterSeconds(outcomes);
  if (seconds !== undefined) setField(exchange, 'retry-after', String(seconds));
  exchange.outcome = `rate-limited:${ids.join(',')}`;
  const status = violated.some(({ rules }) => rules.status === 429) ? 429 : 503;
  return answerProblem(exchange, {
    status,
    type: `https://iana.org/assignments/http-problem-types#${status === 429 ? 'quota-exceeded' : 'temporary-reduced-capacity'}`,
    title: status === 429 ? 'Request quota exceeded' : 'Temporarily reduced capacity',
    detail:
      seconds === undefined
        ? 'This request exceeds what the limit ever admits.'
        : `The limit ${ids.join(', ')} is used up; try again in ${seconds} s.`,
    members: { 'violated-policies': ids },
  });
}

/** Not 429: that the counters are away is not the caller's fault. */
function refuseUncounted(exchange: Exchange, unavailable: readonly Charge[]): Answer {
  exchange.outcome = `limits-unavailable:${unavailable.map(({ rules }) => rules.id).join(',')}`;
  setField(exchange, 'retry-after', '1');
  return answerProblem(exchange, {
    status: 503,
    type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
    title: 'Temporarily reduced capacity',
    detail: 'Limits cannot be checked right now; try again in a moment.',
  });
}

function tellDryRun(exchange: Exchange, limit: string, { metrics, log }: RateLimitOptions): void {
  metrics.decided(limit, 'would-refuse');
  log.info({ request_id: exchange.requestId, route: exchange.route?.id, limit }, 'dry run: would refuse');
}

function isRefused(outcomes: Outcomes): boolean {
  for (const { verdict } of outcomes) if (verdict === 'refused' || verdict === 'unavailable') return true;
  return false;
}

function by(charges: readonly Charge[], outcomes: Outcomes, verdict: Outcomes[number]['verdict']): readonly Charge[] {
  return charges.filter((_charge, index) => outcomes[index]?.verdict === verdict);
}

/** The charge that refuses for the longest time. */
function longest(charges: readonly Charge[], outcomes: Outcomes): Charge {
  const waits = outcomes.map(({ verdict, resetMs }) => (verdict === 'refused' ? resetMs : -1));
  const charge = charges[waits.indexOf(Math.max(...waits))];
  if (charge === undefined) throw new Error('rate limit: a refusal without a limit');
  return charge;
}

function tenantOf({ principal }: Exchange): string | undefined {
  return principal.kind === 'api-key' ? principal.tenant : undefined;
}

function setFields(
  exchange: Exchange,
  charges: readonly Charge[],
  outcomes: Outcomes,
  { policy, clock }: RateLimitOptions,
): void {
  const { policy: members, states } = formatStates(charges, outcomes);
  if (members === '') return;
  setField(exchange, 'ratelimit-policy', members);
  setField(exchange, 'ratelimit', states);
  if (policy.limitFields !== 'draft-and-legacy') return;
  const legacy = formatLegacy(charges, outcomes, clock.wallMs());
  if (legacy === undefined) return;
  setField(exchange, 'x-ratelimit-limit', legacy.limit);
  setField(exchange, 'x-ratelimit-remaining', legacy.remaining);
  if (legacy.reset !== undefined) setField(exchange, 'x-ratelimit-reset', legacy.reset);
}
