/**
 * What all quantities share: the brand, and the outcome of reading one from text.
 *
 * Owns the only way to make a branded number; each brand is made in one file of this folder and nowhere else.
 */

declare const unit: unique symbol;

/** A number whose unit the compiler knows. `Quantity<'ms'>` and `Quantity<'B'>` cannot be mixed by accident. */
export type Quantity<Unit extends string> = number & { readonly [unit]: Unit };

/** Milliseconds. Made by `parseDuration` and `milliseconds`. */
export type Milliseconds = Quantity<'ms'>;
/** Bytes. Made by `parseBytes` and `bytes`. */
export type Bytes = Quantity<'B'>;
/** A share from 0 to 1. Made by `parseRatio` and `ratio`. */
export type Ratio = Quantity<'0..1'>;
/** Thousandths of a processor core. Made by `parseCpu` and `millicores`. */
export type Millicores = Quantity<'mCPU'>;

/** Why a text is not the quantity that was asked for. */
export type UnitReason =
  | 'not-a-number'
  | 'missing-unit'
  | 'unknown-unit'
  | 'negative'
  | 'zero'
  | 'too-large'
  | 'not-exact';

/** The value, or why there is none. `expected` shows the form in words and examples. */
export type UnitOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: UnitReason; readonly expected: string };

/** Splits `1.5h` into its number and its unit; undefined when it does not begin with a decimal number. */
export function splitQuantity(
  text: string,
): { readonly digits: string; readonly number: number; readonly unit: string } | undefined {
  const match = /^(-?\d+(?:\.\d+)?)\s*(.*)$/.exec(text.trim());
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { digits: match[1], number: Number(match[1]), unit: match[2] };
}

/** Multiplies a decimal text by an integer factor without binary rounding; undefined when the product is not a safe integer. */
export function scaleExactly(digits: string, factor: number): number | undefined {
  const [whole = '0', fraction = ''] = digits.split('.');
  const scale = 10n ** BigInt(fraction.length);
  const product = BigInt(whole + fraction) * BigInt(factor);
  if (product % scale !== 0n) return undefined;
  const value = product / scale;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= -BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : undefined;
}
