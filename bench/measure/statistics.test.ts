import * as assert from 'uvu/assert';
import { describe } from '../../compiler/testing/suite.ts';
import { fitExponent, fitLine, pairwise, spreadOf } from './statistics.ts';

describe('spreadOf', (it) => {
  it('takes the middle of an odd number and the mean of the two middles of an even one', () => {
    assert.equal(spreadOf([9, 1, 4]), { median: 4, min: 1, max: 9 });
    assert.equal(spreadOf([10, 1, 4, 2]), { median: 3, min: 1, max: 10 });
    assert.equal(spreadOf([7]), { median: 7, min: 7, max: 7 });
  });

  it('is not moved by one outlier', () => {
    assert.is(spreadOf([10, 11, 12, 13, 14]).median, spreadOf([10, 11, 12, 13, 9_999]).median);
  });
});

describe('pairwise', (it) => {
  it('compares what was measured together', () => {
    assert.equal(
      pairwise([10, 30], [5, 10], (a, b) => a / b),
      [2, 3],
    );
    assert.throws(() => pairwise([1], [], (a, b) => a - b), /do not pair/);
  });
});

describe('fitExponent', (it) => {
  const pointsOf = (cost: (size: number) => number) => [100, 500, 2_000].map((size) => ({ size, cost: cost(size) }));
  const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}`);

  it('tells linear from quadratic, whatever the factor', () => {
    near(fitExponent(pointsOf((size) => 3 * size)), 1);
    near(fitExponent(pointsOf((size) => 0.01 * size ** 2)), 2);
    near(fitExponent(pointsOf(() => 5)), 0);
  });

  it('sees a small quadratic part', () => {
    assert.ok(fitExponent(pointsOf((size) => size + size ** 2 / 4_000)) > 1.05);
    assert.ok(fitExponent(pointsOf((size) => size + size ** 2 / 400_000)) < 1.05);
  });
});

describe('fitLine', (it) => {
  it('finds the slope, also where the points scatter around it', () => {
    assert.is(fitLine([0, 1, 2, 3].map((x) => ({ x, y: 7 + 2 * x }))), 2);
    assert.is(fitLine([0, 1, 2, 3].map((x) => ({ x, y: 5 }))), 0);
    assert.ok(Math.abs(fitLine([0, 1, 2, 3].map((x) => ({ x, y: x + (x % 2) }))) - 1.2) < 1e-9);
  });
});
