import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe } from '../../../compiler/testing/suite.ts';
import {
  type Bucket,
  compileBucket,
  debtAt,
  isOver,
  microseconds,
  type Rate,
  remainingOn,
  type State,
  untilNextMs,
  waitMs,
} from './gcra.ts';

const rate = fc.record({
  requests: fc.integer({ min: 1, max: 2_000 }),
  periodMs: fc.constantFrom(1, 7, 1_000, 60_000, 86_400_000),
  capacity: fc.integer({ min: 1, max: 300 }),
});
const gaps = fc.array(
  fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5_000 }), fc.double({ min: 0, max: 3, noNaN: true })),
  {
    minLength: 1,
    maxLength: 400,
  },
);

/** One budget: tells whether a request at `ms` passes, and charges it. */
function createBudget(bucket: Bucket) {
  let state: State | undefined;
  return {
    debt: (ms: number) => debtAt(bucket, state, microseconds(ms)),
    admits(ms: number, cost = 1): boolean {
      const nowUs = microseconds(ms);
      const debt = debtAt(bucket, state, nowUs);
      if (isOver(bucket, debt, cost)) return false;
      state = { atUs: nowUs, debtTicks: debt + cost * bucket.emissionTicks, bucket };
      return true;
    },
  };
}

/** Sends one request after each gap; gives back the times of those admitted. */
function admissions(limit: Rate, pauses: readonly number[]): readonly number[] {
  const budget = createBudget(compileBucket(limit));
  let now = 0;
  const times: number[] = [];
  for (const pause of pauses) {
    now += pause;
    if (budget.admits(now)) times.push(now);
  }
  return times;
}

describe('gcra', (it) => {
  it('admits at most capacity + rate * t in any span, from any request on', () => {
    fc.assert(
      fc.property(rate, gaps, (limit, pauses) => {
        const times = admissions(limit, pauses);
        times.forEach((from, first) => {
          times.slice(first).forEach((to, later) => {
            // Exact in whole numbers: (count - capacity) * periodMs <= requests * t. A tick of rounding is allowed for times that are fractions.
            ok(
              (later + 1 - limit.capacity) * limit.periodMs <=
                limit.requests * (to - from) + 1 + 1e-6 * to * limit.requests,
            );
          });
        });
      }),
      { numRuns: 150 },
    );
  });

  it('admits all that the rate allows :: a steady client at the exact rate is never refused', () => {
    fc.assert(
      fc.property(rate, fc.integer({ min: 1, max: 200 }), (limit, count) => {
        // Whole milliseconds apart, no closer than the rate.
        const pause = Math.ceil(limit.periodMs / limit.requests);
        equal(
          admissions(
            limit,
            Array.from({ length: count }, () => pause),
          ).length,
          count,
        );
      }),
    );
  });

  it('admits exactly the capacity at one instant', () => {
    fc.assert(
      fc.property(rate, (limit) =>
        equal(
          admissions(
            limit,
            Array.from({ length: limit.capacity + 5 }, () => 0),
          ).length,
          limit.capacity,
        ),
      ),
    );
  });

  it('passes after the wait that it tells, and not a millisecond earlier', () => {
    fc.assert(
      fc.property(
        rate,
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 1, max: 9 }),
        (limit, start, cost) => {
          const bucket = compileBucket(limit);
          const budget = createBudget(bucket);
          while (budget.admits(start));
          if (cost > limit.capacity) return;
          const wait = waitMs(bucket, budget.debt(start), cost);
          ok(wait >= 1);
          equal(budget.admits(start + wait - 1, cost), false);
          equal(budget.admits(start + wait, cost), true);
        },
      ),
    );
  });

  it('tells what remains: so many more requests pass now, and no more', () => {
    fc.assert(
      fc.property(rate, fc.integer({ min: 0, max: 300 }), (limit, used) => {
        const bucket = compileBucket(limit);
        const debt = Math.min(used, limit.capacity) * bucket.emissionTicks;
        const remaining = remainingOn(bucket, debt);
        equal(isOver(bucket, debt, remaining), false);
        equal(isOver(bucket, debt, remaining + 1), true);
        const next = untilNextMs(bucket, debt);
        const state = { atUs: 0, debtTicks: debt, bucket };
        if (next > 0) ok(remainingOn(bucket, debtAt(bucket, state, microseconds(next))) > remaining);
      }),
    );
  });

  it('never admits a cost above the capacity, and says that waiting does not help', () => {
    const bucket = compileBucket({ requests: 3, periodMs: 1_000, capacity: 5 });
    equal(isOver(bucket, 0, 6), true);
    equal(waitMs(bucket, 0, 6), Number.POSITIVE_INFINITY);
  });

  it('counts one a day and a million a second as exactly as any other', () => {
    const day = createBudget(compileBucket({ requests: 1, periodMs: 86_400_000, capacity: 1 }));
    deepEqual(
      [0, 1, 86_399_999, 86_399_999.999, 86_400_000].map((ms) => day.admits(ms)),
      [true, false, false, false, true],
    );
    const million = createBudget(compileBucket({ requests: 1_000_000, periodMs: 1_000, capacity: 1 }));
    deepEqual(
      [5, 5.0005, 5.001, 5.001, 5.002].map((ms) => million.admits(ms)),
      [true, false, true, false, true],
    );
  });

  it('stays in whole numbers :: figures too fine for that are rounded against the caller', () => {
    const fine = compileBucket({ requests: 999_983, periodMs: 2_678_399_999, capacity: 1_000_000 });
    equal(fine.ticksPerUs, 1);
    ok(Number.isSafeInteger(fine.depthTicks));
    const exact = (2_678_399_999 * 1_000) / 999_983;
    ok(fine.emissionTicks >= exact && fine.emissionTicks < exact + 1);
  });

  it('gives no fresh burst when its figures change, and takes no more than its new whole', () => {
    const wide = compileBucket({ requests: 10, periodMs: 1_000, capacity: 100 });
    const tight = compileBucket({ requests: 1, periodMs: 60_000, capacity: 5 });
    const used = (bucket: Bucket, count: number): State => ({
      atUs: 0,
      debtTicks: count * bucket.emissionTicks,
      bucket,
    });
    equal(remainingOn(tight, debtAt(tight, used(wide, 3), 0)), 2);
    equal(remainingOn(tight, debtAt(tight, used(wide, 90), 0)), 0);
    equal(waitMs(tight, debtAt(tight, used(wide, 90), 0), 1), 60_000);
    equal(remainingOn(wide, debtAt(wide, used(tight, 5), 0)), 95);
    const smaller = compileBucket({ requests: 10, periodMs: 1_000, capacity: 10 });
    equal(waitMs(smaller, debtAt(smaller, used(wide, 90), 0), 1), 100);
  });

  it('costs nobody more than the time itself when the clock goes back', () => {
    const bucket = compileBucket({ requests: 1, periodMs: 1_000, capacity: 2 });
    const budget = createBudget(bucket);
    const hour = 3_600_000;
    equal(budget.admits(hour), true);
    equal(budget.admits(0), true);
    equal(budget.admits(0), false);
    equal(budget.admits(1_000), true);
  });

  it('divides a limit among replicas exactly :: together they admit no more than the whole', () => {
    fc.assert(
      fc.property(rate, fc.integer({ min: 2, max: 9 }), (limit, shares) => {
        const whole = compileBucket(limit);
        const share = compileBucket(limit, shares);
        // emission of a share = shares * emission of the whole, as a fraction without rounding
        equal(share.emissionTicks * whole.ticksPerUs, shares * whole.emissionTicks * share.ticksPerUs);
        ok(share.capacity * shares <= Math.max(limit.capacity, shares));
      }),
    );
  });
});
