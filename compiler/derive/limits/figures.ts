/**
 * The figures of limits as their targets hold them.
 *
 * Owns how a burst becomes the capacity of a token bucket, and the bounds of the runtime policy and of nginx. A figure that a target cannot hold exactly is
 * undefined here and a finding of `limits/figures-fit`; nothing is rounded up, cut off or bent into something else.
 */
import { DAY_MS } from '../../../schemas/units/duration.ts';
import { formatNginxRate, perSecond, type Rate } from '../../../schemas/units/index.ts';

/** The largest count and bucket, and the longest period, that the policy's schema admits. */
export const MOST = 1_000_000;
export const LONGEST_PERIOD_MS = 31 * DAY_MS;

/** A rate and the requests above it that may come at once, as the spec counts them. */
export interface Figures {
  readonly rate: Rate;
  readonly burst: number;
}

/** The same as the policy counts them. */
export interface Bucket {
  readonly requests: number;
  readonly periodMs: number;
  readonly capacity: number;
}

/** `burst` of the spec and of nginx counts the requests above the steady rate; a token bucket holds that one as well. */
export const capacityOf = (burst: number): number => burst + 1;

/** Undefined where the policy cannot hold the rate or the bucket. */
export function bucketOf({ rate, burst }: Figures): Bucket | undefined {
  const fraction = exactFraction(rate);
  return fraction === undefined || capacityOf(burst) > MOST ? undefined : { ...fraction, capacity: capacityOf(burst) };
}

/**
 * Whole requests in whole milliseconds: as written where possible, otherwise the smallest fraction that is the same rate. A rate stays
 * exact, `0.5/s` is 1 in 2000 ms; undefined where no fraction within the bounds is that rate.
 */
export function exactFraction(rate: Rate): { readonly requests: number; readonly periodMs: number } | undefined {
  if (Number.isInteger(rate.count) && rate.count <= MOST) return { requests: rate.count, periodMs: rate.per };
  const scale = 10 ** decimalsOf(rate.count);
  const count = Math.round(rate.count * scale);
  const divisor = greatestCommonDivisor(count, rate.per * scale);
  const [requests, periodMs] = [count / divisor, (rate.per * scale) / divisor];
  return requests > MOST || periodMs > LONGEST_PERIOD_MS ? undefined : { requests, periodMs };
}

/** What nginx is told, and the rate that it then keeps: it counts thousandths of a request a second, rounded down. */
export interface NginxRate {
  readonly text: string;
  readonly keptPerSecond: number;
}

/** Undefined for a rate that is neither whole requests a second nor whole requests a minute. */
export function nginxRate(rate: Rate): NginxRate | undefined {
  const text = formatNginxRate(rate);
  return text === undefined ? undefined : { text, keptPerSecond: Math.floor(perSecond(rate) * 1000) / 1000 };
}

function decimalsOf(value: number): number {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  return Math.max(0, (mantissa.split('.')[1] ?? '').length - Number(exponent));
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
