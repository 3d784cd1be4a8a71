/** What is made of repeated measurements. Medians, because a shared machine has outliers in one direction only. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Of at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, min: at(0), max: at(sorted.length - 1) };
}

/** One ratio for each pair that was measured together, so that what slowed both cancels out. */
export function pairwise(
  upper: readonly number[],
  lower: readonly number[],
  combine: (a: number, b: number) => number,
): readonly number[] {
  if (upper.length !== lower.length) throw new Error(`${upper.length} measurements do not pair with ${lower.length}`);
  return upper.map((value, index) => combine(value, lower[index] ?? Number.NaN));
}

export interface Point {
  readonly size: number;
  readonly cost: number;
}

/** The `k` of `cost = c * size ^ k`, by least squares over logarithms: 1 is linear, 2 is quadratic. */
export function fitExponent(points: readonly Point[]): number {
  return fitLine(points.map(({ size, cost }) => ({ x: Math.log(size), y: Math.log(cost) })));
}

/** The slope of a straight line through points, by least squares. */
export function fitLine(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (read: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + read(point), 0) / points.length;
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
  return mean(({ x, y }) => (x - meanX) * (y - meanY)) / mean(({ x }) => (x - meanX) ** 2);
}
