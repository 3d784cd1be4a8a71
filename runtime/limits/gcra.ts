/**
 * The generic cell rate algorithm, in whole numbers.
 *
 * Owns the arithmetic of one limit; knows no clock, no keys and no store. A key's whole state is one number, the
 * theoretical arrival time (TAT): the tick at which its bucket is full again. Time is counted in ticks so small that a
 * request costs a whole number of them, which makes every decision exact: 100 requests a minute is 600 ms a request, and
 * 7 a second is 1000 ticks of 1/7 ms.
 *
 * Invariants
 * 1. Over any span of t milliseconds at most `burst + t * requests / perMs` requests are admitted.
 * 2. A refusal changes nothing.
 * 3. A request admitted at t would have been admitted at every later moment, had nothing else come between.
 */

/** `burst` requests at once, refilled at `requests` per `perMs`. */
export interface Rate {
  readonly requests: number;
  readonly perMs: number;
  readonly burst: number;
}

/** A rate in ticks, ready for decisions. */
export interface Bucket {
  readonly burst: number;
  readonly ticksPerMs: number;
  /** Ticks that one request costs. */
  readonly emissionTicks: number;
  /** Ticks of an empty bucket: `burst` requests. */
  readonly depthTicks: number;
}

export type Decision =
  | { readonly kind: 'admit'; readonly tat: number; readonly remaining: number; readonly resetMs: number }
  | { readonly kind: 'refuse'; readonly remaining: number; readonly waitMs: number };

/** Turns a rate into ticks. `shares` divides rate and burst exactly among that many replicas; a share admits at least one at a time. */
export function compileBucket({ requests, perMs, burst }: Rate, shares = 1): Bucket {
  const period = perMs * shares;
  const divisor = greatestCommonDivisor(requests, period);
  const emissionTicks = period / divisor;
  const size = Math.max(1, Math.floor(burst / shares));
  return { burst: size, ticksPerMs: requests / divisor, emissionTicks, depthTicks: size * emissionTicks };
}

/** The present in a bucket's ticks. Rounds down, so that no request is admitted early. */
export function ticksAt(bucket: Bucket, nowMs: number): number {
  return Math.floor(nowMs * bucket.ticksPerMs);
}

/**
 * Decides one request of weight `cost` (a whole number from 1).
 * `tat` is what the last admission returned, undefined for a key never seen. A refusal's `waitMs` is the earliest time
 * after which the same request passes, Infinity when the cost exceeds the burst.
 */
export function decide(bucket: Bucket, tat: number | undefined, now: number, cost = 1): Decision {
  const from = tat === undefined || tat < now ? now : tat;
  const next = from + cost * bucket.emissionTicks;
  const allowAt = next - bucket.depthTicks;
  if (now < allowAt) {
    const waitMs = cost > bucket.burst ? Number.POSITIVE_INFINITY : Math.ceil((allowAt - now) / bucket.ticksPerMs);
    return { kind: 'refuse', remaining: remainingAt(bucket, from, now), waitMs };
  }
  return {
    kind: 'admit',
    tat: next,
    remaining: remainingAt(bucket, next, now),
    resetMs: untilNextMs(bucket, next, now),
  };
}

/** Whole requests that would be admitted at `now`. */
export function remainingAt(bucket: Bucket, tat: number, now: number): number {
  return Math.max(0, Math.floor((bucket.depthTicks - Math.max(0, tat - now)) / bucket.emissionTicks));
}

/** Milliseconds until one more request than now would be admitted; 0 when the bucket is full. */
export function untilNextMs(bucket: Bucket, tat: number, now: number): number {
  const used = Math.max(0, tat - now);
  if (used === 0) return 0;
  const beyond = used % bucket.emissionTicks;
  return Math.ceil((beyond === 0 ? bucket.emissionTicks : beyond) / bucket.ticksPerMs);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
