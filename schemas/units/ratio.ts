/**
 * Shares of a whole: `99.9%`, `5%`.
 *
 * Owns parsing to a number from 0 to 1, the complement (an error budget) without binary noise, and the form of messages.
 */
import { exactDecimal, formatDecimal } from './decimal.ts';
import { type Ratio, splitQuantity, type UnitOutcome, type UnitReason } from './quantity.ts';

const EXPECTED = 'a percentage such as 99.9% or 5%';

/** Reads a percentage. Above 100 % is too large; `allowZero` admits `0%`. */
export function parseRatio(text: string, { allowZero = false } = {}): UnitOutcome<Ratio> {
  const parts = splitQuantity(text);
  if (parts === undefined) return fail('not-a-number');
  if (parts.number < 0) return fail('negative');
  if (parts.unit === '') return fail('missing-unit');
  if (parts.unit !== '%') return fail('unknown-unit');
  if (parts.number > 100) return fail('too-large');
  if (parts.number === 0 && !allowZero) return fail('zero');
  return { ok: true, value: ratio(exactDecimal(parts.number / 100)) };
}

/** Makes a share from a number that is known to lie between 0 and 1. */
export const ratio = (value: number): Ratio => value as Ratio;

/** What is left to the whole: the error budget of an objective. `complement(0.999)` is exactly `0.001`. */
export const complement = (value: Ratio): Ratio => ratio(exactDecimal(1 - value));

/** The form of the spec and of our messages: `99.9%`. */
export const formatPercent = (value: Ratio): string => `${formatDecimal(value * 100)}%`;

const fail = (reason: UnitReason) => ({ ok: false, reason, expected: EXPECTED }) as const;
