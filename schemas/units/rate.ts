/**
 * Rates of requests or events: `200/s`, `600/min`, `1000/h`, `5/d`.
 *
 * Owns parsing and the conversions to what targets count in. A rate keeps its own period, so `600/min` stays exact everywhere.
 */

import { exactDecimal, formatDecimal } from './decimal.ts';
import { milliseconds } from './duration.ts';
import { type Milliseconds, splitQuantity, type UnitOutcome, type UnitReason } from './quantity.ts';

/** So many events in such a period. */
export interface Rate {
  readonly count: number;
  readonly per: Milliseconds;
}

const PERIODS: Readonly<Record<string, number>> = { s: 1000, min: 60_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const EXPECTED = 'a rate with its period, such as 10/s, 600/min, 1000/h or 5/d';

/** Reads a rate. More than ten million a second is taken for a mistake. */
export function parseRate(text: string): UnitOutcome<Rate> {
  const parts = splitQuantity(text);
  if (parts === undefined) return fail('not-a-number');
  if (parts.number < 0) return fail('negative');
  if (parts.unit === '') return fail('missing-unit');
  const period = parts.unit.startsWith('/') ? parts.unit.slice(1).trim() : undefined;
  const per = period !== undefined && Object.hasOwn(PERIODS, period) ? PERIODS[period] : undefined;
  if (per === undefined) return fail('unknown-unit');
  if (parts.number === 0) return fail('zero');
  if (parts.number / (per / 1000) > 1e7) return fail('too-large');
  return { ok: true, value: { count: parts.number, per: milliseconds(per) } };
}

/** Events per second as a decimal number. */
export const perSecond = (rate: Rate): number => exactDecimal(rate.count / (rate.per / 1000));

/** The form of the spec and of our messages: `600/min`. */
export function formatRate(rate: Rate): string {
  const period = Object.entries(PERIODS).find(([, ms]) => ms === rate.per)?.[0] ?? `${rate.per}ms`;
  return `${formatDecimal(rate.count)}/${period}`;
}

/**
 * nginx knows whole requests per second or per minute only (ngx_http_limit_req_module, `rate`).
 * Undefined when the rate cannot be said exactly in either.
 */
export function formatNginxRate(rate: Rate): string | undefined {
  const second = perSecond(rate);
  if (Number.isInteger(second)) return `${second}r/s`;
  const minute = exactDecimal(second * 60);
  return Number.isInteger(minute) ? `${minute}r/m` : undefined;
}

const fail = (reason: UnitReason) => ({ ok: false, reason, expected: EXPECTED }) as const;
