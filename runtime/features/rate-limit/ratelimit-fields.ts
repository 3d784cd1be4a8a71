/**
 * RateLimit-Policy, RateLimit, Retry-After and the older X-RateLimit-* as text.
 *
 * Follows draft-ietf-httpapi-ratelimit-headers-10: structured-field lists whose members are named by the limit's id.
 * `q` requests are the capacity of the bucket and `w` the time in which a drained bucket refills; `r` is what is left now and `t` the time
 * until one more is restored. All times are whole seconds, rounded up, so that who waits that long is not refused again.
 * The older fields know one limit: they tell of the tightest, with the time as seconds since 1970.
 */
import type { Charge, ChargeOutcome, Outcomes } from './charge.ts';
import type { Bucket } from './gcra.ts';

/** One member of RateLimit-Policy: `"telemetry-key";q=400;w=2`. */
export function formatPolicyMember(limit: string, bucket: Bucket): string {
  const windowMs = bucket.depthTicks / bucket.ticksPerUs / 1_000;
  return `"${limit}";q=${bucket.capacity};w=${Math.max(1, wholeSeconds(windowMs))}`;
}

/** The two fields, in the order of the limits; empty where there is nothing to tell. */
export interface StateFields {
  policy: string;
  states: string;
}

/** Tells of every limit that counts; not of one in a dry run, which is nobody's business yet. */
export function formatStates(charges: readonly Charge[], outcomes: Outcomes): StateFields {
  const fields: StateFields = { policy: '', states: '' };
  for (let index = 0; index < charges.length; index += 1) {
    const charge = charges[index];
    const outcome = outcomes[index];
    if (charge === undefined || outcome === undefined || !isTold(charge, outcome)) continue;
    const separator = fields.policy === '' ? '' : ', ';
    fields.policy += separator + charge.size.member;
    fields.states += separator + formatState(charge.rules.id, outcome);
  }
  return fields;
}

/** One member of RateLimit: `"telemetry-key";r=399;t=1`. */
function formatState(limit: string, { remaining, resetMs }: ChargeOutcome): string {
  return Number.isFinite(resetMs)
    ? `"${limit}";r=${remaining};t=${wholeSeconds(resetMs)}`
    : `"${limit}";r=${remaining}`;
}

export interface LegacyFields {
  readonly limit: string;
  readonly remaining: string;
  /** Seconds since 1970; undefined when waiting does not help. */
  readonly reset: string | undefined;
}

/** What X-RateLimit-* say: of a limit that refuses before one that does not, then of the one with the least left. */
export function formatLegacy(charges: readonly Charge[], outcomes: Outcomes, wallMs: number): LegacyFields | undefined {
  let tightest: number | undefined;
  for (let index = 0; index < charges.length; index += 1) {
    const charge = charges[index];
    const outcome = outcomes[index];
    if (charge === undefined || outcome === undefined || !isTold(charge, outcome)) continue;
    const best = tightest === undefined ? undefined : outcomes[tightest];
    if (best === undefined || isTighter(outcome, best)) tightest = index;
  }
  const outcome = tightest === undefined ? undefined : outcomes[tightest];
  const charge = tightest === undefined ? undefined : charges[tightest];
  if (outcome === undefined || charge === undefined) return undefined;
  return {
    limit: String(charge.size.bucket.capacity),
    remaining: String(outcome.remaining),
    reset: Number.isFinite(outcome.resetMs) ? String(wholeSeconds(wallMs + outcome.resetMs)) : undefined,
  };
}

function isTighter(a: ChargeOutcome, b: ChargeOutcome): boolean {
  if (a.verdict !== b.verdict) return a.verdict === 'refused';
  return a.remaining === b.remaining ? a.resetMs > b.resetMs : a.remaining < b.remaining;
}

/** Seconds after which no limit of the request refuses any more, at least 1; undefined when waiting does not help. */
export function retryAfterSeconds(outcomes: Outcomes): number | undefined {
  let longestMs = 0;
  for (const { verdict, resetMs } of outcomes) if (verdict === 'refused') longestMs = Math.max(longestMs, resetMs);
  return Number.isFinite(longestMs) ? Math.max(1, wholeSeconds(longestMs)) : undefined;
}

function isTold({ rules }: Charge, { verdict }: ChargeOutcome): boolean {
  return !rules.dryRun && (verdict === 'admitted' || verdict === 'refused');
}

function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1000);
}
