/**
 * Decimals as people write them.
 *
 * Owns the one place where a computed number becomes text: `1 - 0.999` prints as `0.001`, never as `0.0010000000000000009`.
 */

/** Removes binary noise below twelve significant digits, far finer than any figure of a spec. */
export const exactDecimal = (value: number): number => Number(value.toPrecision(12));

/** Prints a number without exponent and without binary noise: `0.000001`, `14.4`, `1073741824`. */
export function formatDecimal(value: number): string {
  const exact = exactDecimal(value);
  const text = String(exact);
  if (!text.includes('e')) return text;
  return exact.toFixed(20).replace(/\.?0+$/, '');
}
