import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe } from '../../compiler/testing/suite.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { type BreakerSettings, type CallResult, type CircuitBreaker, createBreaker, type Ticket } from './breaker.ts';
import { resultOfStatus } from './call-result.ts';

const RATIO: BreakerSettings = {
  windowMs: 10_000,
  minimumCalls: 10,
  failureRatio: 0.5,
  openMs: 30_000,
  halfOpenProbes: 1,
  halfOpenMs: 7_000,
};
const IN_A_ROW: BreakerSettings = { consecutiveFailures: 5, openMs: 30_000, halfOpenProbes: 1, halfOpenMs: 60_000 };

function start(settings: BreakerSettings) {
  const clock = createFakeClock();
  const transitions: string[] = [];
  const breaker = createBreaker({
    settings,
    clock,
    onTransition: ({ from, to, cause }) => transitions.push(`${from} > ${to}: ${cause}`),
  });
  return { clock, breaker, transitions };
}

/** Calls one after the other, as many as are let through. */
function call(breaker: CircuitBreaker, result: CallResult, times = 1): number {
  let passed = 0;
  for (let index = 0; index < times; index += 1) {
    const ticket = breaker.admit();
    if (ticket === undefined) continue;
    passed += 1;
    breaker.settle(ticket, result);
  }
  return passed;
}

/** Calls at the same time: all ask before one has ended. */
function callTogether(breaker: CircuitBreaker, count: number): readonly Ticket[] {
  return Array.from({ length: count }, () => breaker.admit()).filter((ticket) => ticket !== undefined);
}

describe('breaker :: when it opens', (it) => {
  it('[JAM-106] opens after exactly the declared number of failures in a row, and the next call is not let through', () => {
    const { breaker } = start(IN_A_ROW);
    equal(call(breaker, 'failure', 4), 4);
    equal(breaker.view().state, 'closed');
    equal(call(breaker, 'failure', 3), 1);
    equal(breaker.view().state, 'open');
    equal(breaker.view().retryInMs, 30_000);
  });

  it('counts failures in a row anew after a success, but not after a call that says nothing', () => {
    const { breaker } = start(IN_A_ROW);
    call(breaker, 'failure', 4);
    call(breaker, 'success');
    call(breaker, 'failure', 4);
    equal(breaker.view().state, 'closed');
    call(breaker, 'neither', 9);
    call(breaker, 'failure');
    equal(breaker.view().state, 'open');
  });

  it('opens at the declared share of failures :: not one call below the minimum, not one failure below the share', () => {
    const few = start(RATIO);
    call(few.breaker, 'failure', 9);
    equal(few.breaker.view().state, 'closed');
    call(few.breaker, 'failure');
    equal(few.breaker.view().state, 'open');
    const mild = start({ ...RATIO, minimumCalls: 20 });
    call(mild.breaker, 'success', 11);
    call(mild.breaker, 'failure', 9);
    equal(mild.breaker.view().state, 'closed');
    call(mild.breaker, 'failure', 2);
    equal(mild.breaker.view().state, 'open');
  });

  it('does not open on a first failure :: where the minimum counts, one call is no verdict', () => {
    const { breaker } = start(RATIO);
    call(breaker, 'failure');
    equal(breaker.view().state, 'closed');
  });

  it('forgets by age :: failures of an hour ago do not add to those of now, though nobody called in between', () => {
    const { breaker, clock } = start(RATIO);
    call(breaker, 'failure', 5);
    clock.advance(3_600_000);
    call(breaker, 'failure', 5);
    equal(breaker.view().state, 'closed');
    deepEqual([breaker.view().calls, breaker.view().failures], [5, 5]);
    call(breaker, 'failure', 5);
    equal(breaker.view().state, 'open');
  });

  it('forgets by age :: a call within the window counts, one beyond it does not', () => {
    const { breaker, clock } = start(RATIO);
    call(breaker, 'failure', 5);
    clock.advance(8_000);
    equal(breaker.view().calls, 5);
    clock.advance(2_001);
    equal(breaker.view().calls, 0);
  });

  it('never counts a call older than the window, nor one younger than nine tenths of it as forgotten', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4_000 }), { maxLength: 60 }), (gaps) => {
        const { breaker, clock } = start({ ...RATIO, minimumCalls: 1_000_000 });
        const times: number[] = [];
        for (const gap of gaps) {
          clock.advance(gap);
          call(breaker, 'failure');
          times.push(clock.nowMs());
        }
        const youngerThan = (ms: number) => times.filter((time) => clock.nowMs() - time < ms).length;
        const { calls } = breaker.view();
        ok(calls <= youngerThan(10_000) && calls >= youngerThan(9_000));
      }),
    );
  });

  it('takes 5xx for a failure, 429 for neither, and the rest for success', () => {
    deepEqual([200, 302, 400, 404, 429, 500, 502, 503, 599].map(resultOfStatus), [
      'success',
      'success',
      'success',
      'success',
      'neither',
      ...Array.from({ length: 4 }, () => 'failure'),
    ]);
  });
});

describe('breaker :: how it closes again', (it) => {
  const open = (settings: BreakerSettings) => {
    const started = start(settings);
    call(started.breaker, 'failure', 10);
    equal(started.breaker.view().state, 'open');
    return started;
  };

  it('refuses until its time is over, then lets through exactly the declared number of 50 parallel calls', () => {
    for (const halfOpenProbes of [1, 3]) {
      const { breaker, clock } = open({ ...IN_A_ROW, halfOpenProbes });
      clock.advance(29_999);
      equal(callTogether(breaker, 50).length, 0);
      clock.advance(1);
      equal(callTogether(breaker, 50).length, halfOpenProbes);
      equal(breaker.view().state, 'half-open');
    }
  });

  it('opens again when a probe fails, for the whole time anew', () => {
    const { breaker, clock, transitions } = open(IN_A_ROW);
    clock.advance(31_000);
    equal(call(breaker, 'failure'), 1);
    equal(breaker.view().state, 'open');
    clock.advance(29_999);
    equal(call(breaker, 'success'), 0);
    clock.advance(1);
    equal(call(breaker, 'success'), 1);
    deepEqual(transitions, [
      'closed > open: failures',
      'open > half-open: open-time-over',
      'half-open > open: probe-failed',
      'open > half-open: open-time-over',
      'half-open > closed: probe-succeeded',
    ]);
  });

  it('closes when a probe succeeds, and starts with no failures', () => {
    for (const settings of [IN_A_ROW, RATIO]) {
      const { breaker, clock } = open(settings);
      clock.advance(30_000);
      call(breaker, 'success');
      const { state, calls, failures, consecutiveFailures } = breaker.view();
      deepEqual(
        { state, calls, failures, consecutiveFailures },
        { state: 'closed', calls: 0, failures: 0, consecutiveFailures: 0 },
      );
      call(breaker, 'failure', 4);
      equal(breaker.view().state, 'closed');
    }
  });

  it('takes probes that never end for failures, from the moment they were due', () => {
    const { breaker, clock } = open({ ...RATIO, halfOpenProbes: 2 });
    clock.advance(30_000);
    const [first] = callTogether(breaker, 5);
    ok(first);
    clock.advance(6_999);
    equal(breaker.view().state, 'half-open');
    clock.advance(1);
    equal(breaker.view().state, 'open');
    clock.advance(29_000);
    equal(callTogether(breaker, 1).length, 0);
    breaker.settle(first, 'success');
    equal(breaker.view().state, 'open');
    clock.advance(1_000);
    equal(callTogether(breaker, 50).length, 2);
  });

  it('gives a place to another probe when one was given up', () => {
    const { breaker, clock } = open(IN_A_ROW);
    clock.advance(30_000);
    equal(call(breaker, 'neither', 3), 3);
    equal(breaker.view().state, 'half-open');
    clock.advance(59_000);
    const [late] = callTogether(breaker, 2);
    ok(late);
    clock.advance(59_000);
    breaker.settle(late, 'success');
    equal(breaker.view().state, 'closed');
  });

  it('is not moved by calls that began before it opened', () => {
    const { breaker, clock } = start(IN_A_ROW);
    const [slow, slower] = callTogether(breaker, 2);
    ok(slow && slower);
    call(breaker, 'failure', 5);
    breaker.settle(slow, 'success');
    equal(breaker.view().state, 'open');
    clock.advance(30_000);
    equal(callTogether(breaker, 50).length, 1);
    breaker.settle(slower, 'failure');
    equal(breaker.view().state, 'half-open');
    equal(callTogether(breaker, 50).length, 0);
  });

  it('counts a ticket once', () => {
    const { breaker } = start(IN_A_ROW);
    const [ticket] = callTogether(breaker, 1);
    ok(ticket);
    for (let index = 0; index < 9; index += 1) breaker.settle(ticket, 'failure');
    equal(breaker.view().consecutiveFailures, 1);
  });

  it('never has more probes in flight than declared, whatever happens in whatever order', () => {
    const step = fc.record({
      advanceMs: fc.constantFrom(0, 0, 0, 900, 29_000, 61_000),
      admit: fc.nat(3),
      settle: fc.nat(2),
      result: fc.constantFrom<CallResult>('success', 'failure', 'neither'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 4 }), (steps, halfOpenProbes) => {
        const { breaker, clock } = start({ ...IN_A_ROW, consecutiveFailures: 2, halfOpenProbes });
        const inFlight: Ticket[] = [];
        for (const { advanceMs, admit, settle, result } of steps) {
          clock.advance(advanceMs);
          inFlight.push(...callTogether(breaker, admit));
          for (const ticket of inFlight.splice(0, settle)) breaker.settle(ticket, result);
          const { state, probesInFlight } = breaker.view();
          ok(probesInFlight >= 0 && probesInFlight <= (state === 'half-open' ? halfOpenProbes : 0));
        }
        // And it is never stuck: after the longest waits, somebody gets through.
        clock.advance(IN_A_ROW.halfOpenMs);
        breaker.view();
        clock.advance(IN_A_ROW.openMs);
        ok(breaker.admit() !== undefined);
      }),
    );
  });
});

describe('breaker :: probes beside the callers', (it) => {
  const open = () => {
    const clock = createFakeClock();
    const breaker = createBreaker({ settings: IN_A_ROW, clock, probe: 'beside' });
    call(breaker, 'failure', 5);
    return { breaker, clock };
  };

  it('refuses every caller until a probe of the owner succeeded', () => {
    const { breaker, clock } = open();
    equal(breaker.admitProbe(), undefined);
    clock.advance(30_000);
    equal(callTogether(breaker, 50).length, 0);
    equal(breaker.refuses(), true);
    equal(breaker.state, 'open');
    const probe = breaker.admitProbe();
    ok(probe !== undefined);
    equal(breaker.admitProbe(), undefined);
    equal(callTogether(breaker, 50).length, 0);
    breaker.settle(probe, 'success');
    equal(callTogether(breaker, 50).length, 50);
  });

  it('has nothing to probe while it is closed, nor while an operator holds it', () => {
    const { breaker, clock } = open();
    breaker.force('open');
    clock.advance(60_000);
    equal(breaker.admitProbe(), undefined);
    breaker.reset();
    equal(breaker.admitProbe(), undefined);
  });
});

describe('breaker :: failures within a window', (it) => {
  const settings: BreakerSettings = { ...RATIO, windowMs: 1_000, failuresInWindow: 5, openMs: 500 };
  const { failureRatio: _none, ...numbered } = settings;

  it('opens at their number, whatever succeeds between them, and not when they are further apart', () => {
    const { breaker, clock } = start(numbered);
    for (let count = 0; count < 4; count += 1) {
      call(breaker, 'failure');
      call(breaker, 'success', 20);
      clock.advance(200);
    }
    clock.advance(200);
    call(breaker, 'failure');
    equal(breaker.view().state, 'closed');
    call(breaker, 'failure');
    equal(breaker.view().state, 'open');
  });
});

describe('breaker :: what an operator does', (it) => {
  it('is held open until it is reset :: beyond its time, without a probe', () => {
    const { breaker, clock } = start(IN_A_ROW);
    breaker.force('open');
    clock.advance(3_600_000);
    equal(callTogether(breaker, 50).length, 0);
    deepEqual([breaker.view().state, breaker.view().forced], ['open', 'open']);
    breaker.reset();
    equal(callTogether(breaker, 50).length, 50);
  });

  it('is held closed until it is reset :: whatever fails', () => {
    const { breaker } = start(IN_A_ROW);
    breaker.force('closed');
    equal(call(breaker, 'failure', 50), 50);
    breaker.reset();
    equal(call(breaker, 'failure', 50), 5);
  });

  it('keeps state and counts when the policy changes', () => {
    const { breaker, clock } = start(IN_A_ROW);
    call(breaker, 'failure', 4);
    breaker.configure({ ...IN_A_ROW, openMs: 1_000 });
    call(breaker, 'failure', 1);
    equal(breaker.view().state, 'open');
    breaker.configure({ ...IN_A_ROW, openMs: 2_000 });
    clock.advance(1_999);
    equal(call(breaker, 'success'), 0);
    clock.advance(1);
    equal(call(breaker, 'success'), 1);
  });
});
