import * as assert from 'uvu/assert';
import { describe } from '../../compiler/testing/suite.ts';
import type { ScalingRuns } from '../measure/scaling.ts';
import { judge } from './aims.ts';
import { replaceRegion } from './write-region.ts';

const usage = (wallMs: number) => ({ wallMs, cpuMs: wallMs, peakBytes: 1 });

/** A measurement in which each cost grows with the power of the size. */
function runsOf(services: number, power: number, toBaseline: number): ScalingRuns {
  const cost = usage(services ** power);
  return {
    label: String(services),
    services,
    compile: [cost],
    check: [cost],
    unchanged: [usage(cost.wallMs / 10)],
    compared: [cost],
    baseline: [usage(cost.wallMs / toBaseline)],
    output: { files: 1, bytes: 1 },
    objects: { patterned: 1, literal: 0 },
  };
}

const verdicts = (power: number, toBaseline: number): readonly boolean[] =>
  judge({ machine: '', scaling: [100, 500, 2_000].map((size) => runsOf(size, power, toBaseline)) }).map(
    ({ isMet }) => isMet,
  );

const startUpVerdicts = (check: number, compile: number): readonly boolean[] => {
  const spread = (median: number) => ({ median, min: median, max: median });
  const startUp = { node: spread(40), check: spread(check), compile: spread(compile), rounds: 1 };
  return judge({ machine: '', startUp }).map(({ isMet }) => isMet);
};

describe('judge', (it) => {
  it('meets the aims at their limits and misses them above', () => {
    assert.equal(verdicts(1, 3), [true, true, true]);
    assert.equal(verdicts(1, 3.1), [false, true, true]);
    assert.equal(verdicts(1.1, 3), [true, true, false]);
    assert.equal(startUpVerdicts(60, 120), [true, true]);
    assert.equal(startUpVerdicts(61, 121), [false, false]);
  });

  it('sees growth that only begins at the largest sizes', () => {
    const sizes = [100, 500, 2_000].map((size) => runsOf(size, 1, 2));
    const costs = [5_000, 10_000, 45_000];
    const scaling = sizes.map((runs, index) => ({ ...runs, compile: [usage(costs[index] ?? 0)] }));
    assert.is(judge({ machine: '', scaling }).at(-1)?.isMet, false);
  });

  it('says nothing of what was not measured', () => {
    assert.equal(judge({ machine: '' }), []);
    assert.equal(judge({ machine: '', scaling: [runsOf(1, 1, 2)] }), []);
  });
});

describe('replaceRegion', (it) => {
  const text = 'before\n<!-- bench:a -->\nold\n<!-- /bench -->\nafter <!-- bench:b -->\n<!-- /bench -->\n';

  it('changes the region of that name alone', () => {
    assert.is(replaceRegion(text, 'a', 'new'), text.replace('old\n', 'new\n\n'));
    assert.throws(() => replaceRegion(text, 'c', 'new'), /no region/);
  });
});
