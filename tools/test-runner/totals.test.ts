import * as assert from 'uvu/assert';
import { describe } from '../../compiler/testing/suite.ts';
import type { Verdict } from './run-test-file.ts';
import { formatTotals, formatVerdict, isSuccess, judgeFloor } from './totals.ts';

const verdict = (changes: Partial<Verdict> = {}): Verdict => ({
  name: 'a.test.ts',
  passed: 11,
  failed: 0,
  skipped: 0,
  seconds: 1.26,
  details: '',
  ...changes,
});

describe('formatTotals', (it) => {
  it('adds up all verdicts', () => {
    assert.is(formatTotals([verdict(), verdict({ passed: 5, failed: 2 })]), '16 passed, 2 failed');
  });
  it('names what was skipped only when something was', () => {
    assert.is(formatTotals([verdict({ skipped: 3 })]), '11 passed, 0 failed, 3 skipped');
  });
});

describe('formatVerdict', (it) => {
  it('is one line for what passed', () => assert.is(formatVerdict(verdict()), 'ok   a.test.ts (11, 1.3 s)'));
  it('shows the output of what failed', () => {
    assert.is(formatVerdict(verdict({ failed: 1, details: 'x\n\ny' })), 'FAIL a.test.ts (11, 1.3 s)\n     x\n\n     y');
  });
});

describe('judgeFloor', (it) => {
  const verdicts = [verdict({ passed: 5, failed: 1, skipped: 1 })];
  it('is content at the floor', () => assert.is(judgeFloor(verdicts, 2, { files: 2, tests: 7 }), undefined));
  it('fails when files are missing', () => assert.is(judgeFloor(verdicts, 1, { files: 2, tests: 7 })?.failed, 1));
  it('fails when tests are missing', () => assert.is(judgeFloor(verdicts, 2, { files: 2, tests: 8 })?.failed, 1));
});

describe('isSuccess', (it) => {
  it('needs something that passed and nothing that failed', () => {
    assert.ok(isSuccess([verdict()]));
    assert.not(isSuccess([verdict(), verdict({ failed: 1 })]));
    assert.not(isSuccess([verdict({ passed: 0, skipped: 4 })]));
    assert.not(isSuccess([]));
  });
});
