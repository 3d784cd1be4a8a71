/**
 * The generic cell rate algorithm, in whole numbers.
 *
 * Owns the arithmetic of one limit; knows no clock, no keys and no store. A key's state is its debt: how much is still to be
 * refilled at some moment. It is counted in ticks so small that a request costs a whole number of them and a microsecond is a
 * whole number of them, which makes every decision exact: 100 requests a minute is 600 000 ticks a request, one a
 * microsecond; 7 a second is 1 000 000 ticks a request, seven a microsecond. Where that would leave the whole numbers of a
 * double, a tick is a microsecond and the cost of a request is rounded up.
 *
 * The theoretical arrival time (TAT) of the algorithm is the moment plus the debt; it is kept in two parts, because one number
 * since 1970 has too few digits, and because a clock that goes back then costs nobody more than the time it went back.
 *
 * Invariants
 * 1. Over any span of t milliseconds at most `capacity + t * requests / periodMs` requests are admitted.
 * 2. A refusal changes nothing.
 * 3. A request admitted at t would have been admitted at every later moment, had nothing else come between.
 * 4. The script of redis/ does the same with the same numbers.
 */

/** `capacity` requests at once, refilled at `requests` per `periodMs`. */
export interface Rate {
  readonly requests: number;
  readonly periodMs: number;
  readonly capacity: number;
}

/** A rate in ticks, ready for decisions. */
export interface Bucket {
  readonly capacity: number;
  readonly ticksPerUs: number;
  /** Ticks that one request costs. */
  readonly emissionTicks: number;
  /** Ticks of an empty bucket: `capacity` requests. */
  readonly depthTicks: number;
}

/** A key's state: at `atUs`, this much was still to be refilled, in ticks of `bucket`. */
export interface State {
  readonly atUs: number;
  readonly debtTicks: number;
  readonly bucket: Bucket;
}

/** Turns a rate into ticks. `shares` divides rate and capacity exactly among that many replicas; a share admits at least one at a time. */
export function compileBucket({ requests, periodMs, capacity }: Rate, shares = 1): Bucket {
  const periodUs = periodMs * 1_000 * shares;
  const size = Math.max(1, Math.floor(capacity / shares));
  const divisor = greatestCommonDivisor(requests, periodUs);
  const emissionTicks = periodUs / divisor;
  if (Number.isSafeInteger(periodUs) && Number.isSafeInteger(size * emissionTicks)) {
    return { capacity: size, ticksPerUs: requests / divisor, emissionTicks, depthTicks: size * emissionTicks };
  }
  const roundedUs = Math.ceil(periodUs / requests);
  return { capacity: size, ticksPerUs: 1, emissionTicks: roundedUs, depthTicks: size * roundedUs };
}

/** A moment in whole microseconds. Rounds down, so that no request is admitted early. */
export function microseconds(ms: number): number {
  return Math.floor(ms * 1_000);
}

/**
 * What is still to be refilled at `nowUs`, in ticks of `bucket`. A state of another bucket keeps its number of used
 * requests, up to the whole of this one: a changed limit gives no fresh burst and takes no more than its own.
 */
export function debtAt(bucket: Bucket, state: State | undefined, nowUs: number): number {
  if (state === undefined) return 0;
  const { atUs, debtTicks, bucket: before } = state;
  const debt = nowUs > atUs ? debtTicks - (nowUs - atUs) * before.ticksPerUs : debtTicks;
  if (debt <= 0) return 0;
  const isSame = before === bucket || isSameRate(before, bucket);
  return Math.min(bucket.depthTicks, isSame ? debt : Math.ceil((debt * bucket.emissionTicks) / before.emissionTicks));
}

/** Whether a request of weight `cost` (a whole number from 0) is refused on this debt. */
export function isOver(bucket: Bucket, debt: number, cost: number): boolean {
  return debt + cost * bucket.emissionTicks > bucket.depthTicks;
}

/** Whole requests that would be admitted on this debt. */
export function remainingOn(bucket: Bucket, debt: number): number {
  return Math.max(0, Math.floor((bucket.depthTicks - debt) / bucket.emissionTicks));
}

/** Milliseconds until one more request than now would be admitted; 0 when the bucket is full. */
export function untilNextMs(bucket: Bucket, debt: number): number {
  if (debt <= 0) return 0;
  const beyond = debt % bucket.emissionTicks;
  return inMs(bucket, beyond === 0 ? bucket.emissionTicks : beyond);
}

/** Milliseconds until a request that is refused now would be admitted, Infinity when its cost exceeds the capacity. */
export function waitMs(bucket: Bucket, debt: number, cost: number): number {
  if (cost > bucket.capacity) return Number.POSITIVE_INFINITY;
  return inMs(bucket, Math.max(0, debt + cost * bucket.emissionTicks - bucket.depthTicks));
}

function inMs({ ticksPerUs }: Bucket, ticks: number): number {
  return Math.ceil(ticks / (ticksPerUs * 1_000));
}

function isSameRate(a: Bucket, b: Bucket): boolean {
  return a.emissionTicks === b.emissionTicks && a.ticksPerUs === b.ticksPerUs;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
