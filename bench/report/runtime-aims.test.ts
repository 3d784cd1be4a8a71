import * as assert from 'uvu/assert';
import { describe } from '../../compiler/testing/suite.ts';
import type { SubjectRounds } from '../runtime/measure-subjects.ts';
import { judgeSoak } from './render-soak.ts';
import { judgeRuntime } from './runtime-aims.ts';

/** A subject whose requests took so long in each round. */
const roundsOf = (subject: string, ...cpu: readonly number[]): SubjectRounds => ({
  subject,
  rounds: cpu.map((cpuMicros) => ({ subject, requests: 1, requestsPerSecond: 1, cpuMicros, p50Ms: 1, p99Ms: 1 })),
});

const MINE = 'runtime, everything on';
const FASTIFY = 'Fastify, the same policies';

describe('judgeRuntime', (it) => {
  it('meets an aim at its limit, and not above', () => {
    const isMet = (micros: number) =>
      judgeRuntime({ subjects: [roundsOf(MINE, micros), roundsOf(FASTIFY, 200)], limiters: [] }).map(
        (aim) => aim.isMet,
      );
    assert.equal(isMet(100), [true]);
    assert.equal(isMet(101), [false]);
  });

  it('compares within a round, so that a slow minute slows both', () => {
    const subjects = [roundsOf(MINE, 50, 500, 60), roundsOf(FASTIFY, 100, 1_000, 1_000)];
    assert.is(judgeRuntime({ subjects, limiters: [] })[0]?.measured, '0.50 x (0.06-0.50)');
  });

  it('leaves out what was not measured', () => {
    assert.equal(judgeRuntime({ subjects: [roundsOf(MINE, 1)], limiters: [] }), []);
  });

  it('sets the limiter against the library in the same store with as many limits', () => {
    const row = { decisionsPerSecond: 1, store: 'memory', limits: 1 } as const;
    const limiters = [
      { ...row, limiter: 'runtime', cpuMicros: 3 },
      { ...row, limiter: 'rate-limiter-flexible', cpuMicros: 2 },
      { ...row, limiter: 'rate-limiter-flexible', cpuMicros: 9, limits: 3 },
    ];
    const [aim, ...others] = judgeRuntime({ subjects: [], limiters });
    assert.equal([aim?.measured, aim?.isMet, others.length], ['1.50 x', false, 0]);
  });
});

describe('judgeSoak', (it) => {
  it('takes a heap for flat that only scatters', () => {
    const isMet = (megabytesPerMinute: number) => judgeSoak({ heap: { megabytesAtEnd: 20, megabytesPerMinute } }).isMet;
    assert.equal([isMet(-1), isMet(0.2), isMet(0.21)], [true, true, false]);
  });
});
