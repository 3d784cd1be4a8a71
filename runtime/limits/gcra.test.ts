import { equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe } from '../../compiler/testing/suite.ts';
import { compileBucket, decide, type Rate, remainingAt, ticksAt, untilNextMs } from './gcra.ts';
import { createMemoryLimitStore } from './limit-store.ts';

const rate = fc.record({
  requests: fc.integer({ min: 1, max: 2_000 }),
  perMs: fc.constantFrom(1, 7, 1_000, 60_000, 86_400_000),
  burst: fc.integer({ min: 1, max: 300 }),
});
const gaps = fc.array(
  fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5_000 }), fc.double({ min: 0, max: 3, noNaN: true })),
  {
    minLength: 1,
    maxLength: 400,
  },
);

/** Sends one request after each gap; gives back the times of those admitted. */
function admissions(limit: Rate, pauses: readonly number[]): readonly number[] {
  const bucket = compileBucket(limit);
  let tat: number | undefined;
  let now = 0;
  const times: number[] = [];
  for (const pause of pauses) {
    now += pause;
    const decision = decide(bucket, tat, ticksAt(bucket, now));
    if (decision.kind !== 'admit') continue;
    tat = decision.tat;
    times.push(now);
  }
  return times;
}

describe('gcra', (it) => {
  it('admits at most burst + rate * t in any span, from any request on', () => {
    fc.assert(
      fc.property(rate, gaps, (limit, pauses) => {
        const times = admissions(limit, pauses);
        times.forEach((from, first) => {
          times.slice(first).forEach((to, later) => {
            // Exact in whole numbers: (count - burst) * perMs <= requests * t. A tick of rounding is allowed for times that are fractions.
            ok(
              (later + 1 - limit.burst) * limit.perMs <= limit.requests * (to - from) + 1 + 1e-6 * to * limit.requests,
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
        const pause = Math.ceil(limit.perMs / limit.requests);
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

  it('admits exactly the burst at one instant', () => {
    fc.assert(
      fc.property(rate, (limit) =>
        equal(
          admissions(
            limit,
            Array.from({ length: limit.burst + 5 }, () => 0),
          ).length,
          limit.burst,
        ),
      ),
    );
  });

  it('passes after the wait that it tells, and not a millisecond earlier', () => {
    fc.assert(
      fc.property(rate, fc.integer({ min: 0, max: 1_000_000 }), (limit, start) => {
        const bucket = compileBucket(limit);
        let tat: number | undefined;
        for (let index = 0; index < limit.burst; index += 1) {
          const decision = decide(bucket, tat, ticksAt(bucket, start));
          ok(decision.kind === 'admit');
          tat = decision.tat;
        }
        const refusal = decide(bucket, tat, ticksAt(bucket, start));
        ok(refusal.kind === 'refuse' && refusal.waitMs >= 1);
        equal(decide(bucket, tat, ticksAt(bucket, start + refusal.waitMs)).kind, 'admit');
        equal(decide(bucket, tat, ticksAt(bucket, start + refusal.waitMs - 1)).kind, 'refuse');
      }),
    );
  });

  it('tells what remains: so many more requests pass now, and no more', () => {
    fc.assert(
      fc.property(rate, fc.integer({ min: 0, max: 300 }), (limit, used) => {
        const bucket = compileBucket(limit);
        const tat = Math.min(used, limit.burst) * bucket.emissionTicks;
        const remaining = remainingAt(bucket, tat, 0);
        equal(decide(bucket, tat, 0, Math.max(1, remaining)).kind, remaining === 0 ? 'refuse' : 'admit');
        equal(decide(bucket, tat, 0, remaining + 1).kind, 'refuse');
        const next = untilNextMs(bucket, tat, 0);
        if (next > 0) ok(remainingAt(bucket, tat, ticksAt(bucket, next)) > remaining);
      }),
    );
  });

  it('never admits a cost above the burst, and says that waiting does not help', () => {
    const refusal = decide(compileBucket({ requests: 3, perMs: 1_000, burst: 5 }), undefined, 0, 6);
    ok(refusal.kind === 'refuse' && refusal.waitMs === Number.POSITIVE_INFINITY);
  });

  it('divides a limit among replicas exactly :: together they admit no more than the whole', () => {
    fc.assert(
      fc.property(rate, fc.integer({ min: 2, max: 9 }), (limit, shares) => {
        const whole = compileBucket(limit);
        const share = compileBucket(limit, shares);
        // emission of a share = shares * emission of the whole, as a fraction without rounding
        equal(share.emissionTicks * whole.ticksPerMs, shares * whole.emissionTicks * share.ticksPerMs);
        ok(share.burst * shares <= Math.max(limit.burst, shares));
      }),
    );
  });
});

describe('limit store', (it) => {
  const bucket = compileBucket({ requests: 1, perMs: 1_000, burst: 2 });
  const small = compileBucket({ requests: 1, perMs: 1_000, burst: 1 });

  it('charges all or none :: a request that one limit refuses leaves the others as they were', () => {
    const store = createMemoryLimitStore();
    const both = [
      { limit: 'wide', key: 'wide', bucket },
      { limit: 'tight', key: 'tight', bucket: small },
    ];
    store.charge(both, 0);
    const [wide, tight] = store.charge(both, 0);
    equal(tight?.refused, true);
    equal(wide?.refused, false);
    equal(wide?.remaining, 1);
    equal(store.peek(both, 0)[0]?.remaining, 1);
  });

  it('changes nothing when it refuses or peeks :: a flood does not prolong the wait', () => {
    const store = createMemoryLimitStore();
    const one = [{ limit: 'tight', key: 'a', bucket: small }];
    store.charge(one, 0);
    for (let now = 1; now < 1_000; now += 1) {
      equal(store.charge(one, now)[0]?.refused, true);
      store.peek(one, now);
    }
    equal(store.charge(one, 1_000)[0]?.refused, false);
  });

  it('admits exactly 100 of 2000 on a budget of 100', () => {
    const store = createMemoryLimitStore();
    const hundred = compileBucket({ requests: 1, perMs: 86_400_000, burst: 100 });
    const outcomes = Array.from(
      { length: 2_000 },
      () => store.charge([{ limit: 'a', key: 'a', bucket: hundred }], 5)[0],
    );
    equal(outcomes.filter((outcome) => outcome?.refused === false).length, 100);
  });

  it('holds at most its capacity :: refilled keys go without notice, others are counted', () => {
    const store = createMemoryLimitStore(10);
    const touch = (key: string, now: number) => store.charge([{ limit: 'a', key, bucket: small }], now);
    for (let index = 0; index < 10; index += 1) touch(`early-${index}`, 0);
    equal(store.evictions, 0);
    touch('late', 0);
    equal(store.size, 10);
    equal(store.evictions, 1);
    for (let index = 0; index < 10; index += 1) touch(`later-${index}`, 5_000);
    equal(store.evictions, 1);
    ok(store.size <= 10);
  });
});
