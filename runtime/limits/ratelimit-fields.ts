/**
 * RateLimit-Policy, RateLimit and Retry-After as text.
 *
 * Follows draft-ietf-httpapi-ratelimit-headers-10: structured-field lists whose members are named by the limit's id.
 * `q` requests are the burst and `w` the time in which a drained bucket refills; `r` is what is left now and `t` the time
 * until one more is restored. All times are whole seconds, rounded up, so that who waits that long is not refused again.
 */
import type { Bucket } from './gcra.ts';
import type { ChargeOutcome } from './limit-store.ts';

/** One member of RateLimit-Policy: `"telemetry-key";q=400;w=2`. */
export function formatPolicyMember(limit: string, bucket: Bucket): string {
  const windowMs = bucket.depthTicks / bucket.ticksPerMs;
  return `"${limit}";q=${bucket.burst};w=${Math.max(1, wholeSeconds(windowMs))}`;
}

/** The whole RateLimit field, in the order of the limits. */
export function formatStates(outcomes: readonly ChargeOutcome[]): string {
  let text = '';
  for (const outcome of outcomes)
    text = text === '' ? formatStateMember(outcome) : `${text}, ${formatStateMember(outcome)}`;
  return text;
}

/** One member of RateLimit: `"telemetry-key";r=399;t=1`. */
function formatStateMember({ limit, remaining, resetMs }: ChargeOutcome): string {
  return Number.isFinite(resetMs)
    ? `"${limit}";r=${remaining};t=${wholeSeconds(resetMs)}`
    : `"${limit}";r=${remaining}`;
}

/** Seconds after which no limit of the request refuses any more, at least 1; undefined when waiting does not help. */
export function retryAfterSeconds(outcomes: readonly ChargeOutcome[]): number | undefined {
  const waitMs = Math.max(...outcomes.filter((outcome) => outcome.refused).map((outcome) => outcome.resetMs));
  return Number.isFinite(waitMs) ? Math.max(1, wholeSeconds(waitMs)) : undefined;
}

function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1000);
}
