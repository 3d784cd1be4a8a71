import { equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe } from '../../../compiler/testing/suite.ts';
import { smooth, watchEventLoopLag } from './event-loop-lag.ts';
import { createInFlight } from './in-flight.ts';
import { overloadOf } from './overload.ts';

describe('in flight', (it) => {
  it('counts what entered and has not left, by holder, and keeps no holder with nothing', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', undefined), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (taken) => {
        const place = createInFlight().route('r');
        const inside: (string | undefined)[] = [];
        for (const [holder, enters] of taken) {
          if (enters) {
            place.enter(holder);
            inside.push(holder);
          } else if (inside.includes(holder)) {
            place.leave(holder);
            inside.splice(inside.indexOf(holder), 1);
          }
          equal(place.count, inside.length);
          for (const name of ['a', 'b']) equal(place.of(name), inside.filter((one) => one === name).length);
        }
      }),
    );
  });

  it('gives the same place to whoever asks by the same name :: also after a reload', () => {
    const inFlight = createInFlight();
    inFlight.route('r').enter('a');
    equal(inFlight.route('r').count, 1);
    equal(inFlight.upstream('r').count, 0);
  });
});

describe('overload', (it) => {
  const calm = { inFlight: 0, capacity: 10, loopDelayMs: 0 };
  it('refuses low before normal, and critical never', () => {
    const at = (inFlight: number) =>
      (['low', 'normal', 'critical'] as const)
        .map((priority) => overloadOf(priority, { ...calm, inFlight }) ?? '-')
        .join();
    equal(at(7), '-,-,-');
    equal(at(8), 'upstream-busy,-,-');
    equal(at(9), 'upstream-busy,-,-');
    equal(at(10), 'upstream-busy,upstream-busy,-');
    equal(at(1_000), 'upstream-busy,upstream-busy,-');
  });

  it('takes a late event loop for overload as well', () => {
    const at = (loopDelayMs: number) =>
      (['low', 'normal', 'critical'] as const)
        .map((priority) => overloadOf(priority, { ...calm, loopDelayMs }) ?? '-')
        .join();
    equal(at(49), '-,-,-');
    equal(at(50), 'event-loop,-,-');
    equal(at(100), 'event-loop,event-loop,-');
    equal(at(10_000), 'event-loop,event-loop,-');
  });

  it('never refuses a request whose less important sisters pass', () => {
    const readings = fc.record({
      inFlight: fc.nat(50),
      capacity: fc.integer({ min: 1, max: 40 }),
      loopDelayMs: fc.nat(300),
    });
    fc.assert(
      fc.property(readings, (reading) => {
        ok(overloadOf('low', reading) !== undefined || overloadOf('normal', reading) === undefined);
        equal(overloadOf('critical', reading), undefined);
      }),
    );
  });
});

describe('loop delay', (it) => {
  it('takes one long pause for a pause, and lateness that stays for overload', () => {
    equal(smooth(0, 200) < 50, true);
    let delay = 0;
    for (let tick = 0; tick < 10; tick += 1) delay = smooth(delay, 120);
    ok(delay > 100, String(delay));
    for (let tick = 0; tick < 10; tick += 1) delay = smooth(delay, 0);
    ok(delay < 20, String(delay));
    equal(smooth(0, -5), 0);
  });

  it('sees a busy process', async () => {
    const delay = watchEventLoopLag();
    const untilMs = performance.now() + 1_200;
    while (performance.now() < untilMs) {
      const busyUntilMs = performance.now() + 150;
      while (performance.now() < busyUntilMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
    ok(delay.ms > 30, String(delay.ms));
    delay.stop();
  });
});
