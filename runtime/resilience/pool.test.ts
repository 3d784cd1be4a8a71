import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe } from '../../compiler/testing/suite.ts';
import { createFakeTime, settled } from '../testing/fake-time.ts';
import { type Acquired, createPool, type Place, type PlaceRequest, type PoolSettings } from './pool.ts';
import { LONGEST_HOLD_MS } from './throttle.ts';

function start(settings: PoolSettings) {
  const time = createFakeTime();
  const pool = createPool({ settings, clock: time, schedule: time.schedule });
  /** Asks for a place; the answer appears in the object when it comes. */
  const ask = (request: Partial<PlaceRequest> = {}) => {
    const call: { acquired: Acquired | undefined } = { acquired: undefined };
    void pool.acquire({ provider: 'llm', tenant: '', waitMs: 5_000, ...request }).then((acquired) => {
      call.acquired = acquired;
    });
    return call;
  };
  return { time, pool, ask };
}

type Call = { readonly acquired: Acquired | undefined };

const placeOf = ({ acquired }: Call): Place | undefined => (acquired?.kind === 'place' ? acquired.place : undefined);
const wordOf = ({ acquired }: Call): string =>
  acquired === undefined ? 'waits' : acquired.kind === 'refused' ? acquired.reason : acquired.kind;

async function give(pool: { release(): void } | undefined): Promise<void> {
  ok(pool, 'holds a place');
  pool.release();
  await settled();
}

describe('pool', (it) => {
  it('lets through its size, then lets wait in order of arrival', async () => {
    const { pool, ask } = start({ size: 2, queue: 9 });
    const calls = Array.from({ length: 5 }, () => ask());
    await settled();
    deepEqual(calls.map(wordOf), ['place', 'place', 'waits', 'waits', 'waits']);
    deepEqual(pool.view(), { configured: 2, size: 2, inUse: 2, waiting: 3 });
    for (const call of calls) {
      await give(placeOf(call));
      ok(pool.view().inUse <= 2);
    }
    deepEqual(pool.view(), { configured: 2, size: 2, inUse: 0, waiting: 0 });
  });

  it('takes a place back once, however often it is released', async () => {
    const { pool, ask } = start({ size: 2, queue: 0 });
    const first = ask();
    ask();
    await settled();
    for (let index = 0; index < 5; index += 1) placeOf(first)?.release();
    equal(pool.view().inUse, 1);
  });

  it('refuses above its queue at once, and without a queue', async () => {
    const { ask } = start({ size: 1, queue: 1 });
    const calls = [ask(), ask(), ask()];
    await settled();
    deepEqual(calls.map(wordOf), ['place', 'waits', 'queue-full']);
    const strict = start({ size: 1, queue: 0 });
    const two = [strict.ask(), strict.ask()];
    await settled();
    deepEqual(two.map(wordOf), ['place', 'queue-full']);
  });

  it('refuses at the deadline of each, and gives the place to one that still waits', async () => {
    const { time, pool, ask } = start({ size: 1, queue: 9 });
    const holder = ask();
    const short = ask({ waitMs: 1_000 });
    const long = ask({ waitMs: 2_000 });
    const none = ask({ waitMs: 0 });
    await time.advance(999);
    deepEqual([short, long, none].map(wordOf), ['waits', 'waits', 'queue-timeout']);
    await time.advance(1);
    deepEqual([short, long].map(wordOf), ['queue-timeout', 'waits']);
    await give(placeOf(holder));
    equal(wordOf(long), 'place');
    ok(long.acquired?.kind === 'place');
    equal(long.acquired.waitedMs, 1_000);
    equal(time.pending, 0);
    equal(pool.view().waiting, 0);
  });

  it('forgets who goes away :: the next in line gets the place, and no timer is left', async () => {
    const { time, pool, ask } = start({ size: 1, queue: 9 });
    const gone = new AbortController();
    const calls = [ask(), ask({ signal: gone.signal }), ask()];
    await settled();
    gone.abort();
    await settled();
    deepEqual(calls.map(wordOf), ['place', 'abandoned', 'waits']);
    for (const call of [0, 2]) await give(placeOf(calls[call] ?? ask()));
    deepEqual(pool.view(), { configured: 1, size: 1, inUse: 0, waiting: 0 });
    equal(time.pending, 0);
    const late = ask({ signal: gone.signal });
    await settled();
    equal(wordOf(late), 'abandoned');
  });

  it('serves tenants in turn :: one with many calls in line delays another by one', async () => {
    const { pool, ask } = start({ size: 1, queue: 100 });
    const holder = ask({ tenant: 'a' });
    const flood = Array.from({ length: 50 }, () => ask({ tenant: 'a' }));
    const other = ask({ tenant: 'b' });
    await settled();
    await give(placeOf(holder));
    const served = flood.find((call) => placeOf(call) !== undefined);
    ok(served);
    equal(wordOf(other), 'waits');
    await give(placeOf(served));
    equal(wordOf(other), 'place');
    equal(pool.view().waiting, 49);
  });

  it('lets no tenant fill the queue :: its newest call makes room for one of another', async () => {
    const { ask, pool } = start({ size: 1, queue: 4 });
    const flood = Array.from({ length: 5 }, () => ask({ tenant: 'a' }));
    const others = [ask({ tenant: 'b' }), ask({ tenant: 'b' }), ask({ tenant: 'b' })];
    await settled();
    deepEqual(flood.map(wordOf), ['place', 'waits', 'waits', 'queue-full', 'queue-full']);
    deepEqual(others.map(wordOf), ['waits', 'waits', 'queue-full']);
    equal(pool.view().waiting, 4);
  });

  it('follows a new size at once :: larger starts those that wait, smaller lets places come back first', async () => {
    const { pool, ask } = start({ size: 1, queue: 9 });
    const calls = Array.from({ length: 5 }, () => ask());
    pool.configure({ size: 4, queue: 9 });
    await settled();
    deepEqual(calls.map(wordOf), ['place', 'place', 'place', 'place', 'waits']);
    pool.configure({ size: 1, queue: 9 });
    for (const call of calls.slice(0, 3)) await give(placeOf(call));
    equal(wordOf(calls[4] ?? ask()), 'waits');
    await give(placeOf(calls[3] ?? ask()));
    equal(wordOf(calls[4] ?? ask()), 'place');
  });

  it('sends away all that wait for a provider whose breaker opened, and nobody else', async () => {
    const { pool, ask } = start({ size: 1, queue: 9 });
    const calls = [ask(), ask({ provider: 'a' }), ask({ provider: 'b' }), ask({ provider: 'a' })];
    await settled();
    pool.expel('a');
    await settled();
    deepEqual(calls.map(wordOf), ['place', 'expelled', 'waits', 'expelled']);
  });

  it('never exceeds its size and loses no place, in any order of events', async () => {
    const step = fc.record({
      ask: fc.nat(3),
      tenant: fc.constantFrom('', 'a', 'b'),
      release: fc.nat(3),
      advanceMs: fc.constantFrom(0, 0, 700, 6_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (steps, size) => {
        const { time, pool, ask } = start({ size, queue: 5 });
        const calls: Call[] = [];
        const released = new Set<Call>();
        const holders = () => calls.filter((call) => placeOf(call) !== undefined && !released.has(call));
        const releaseSome = (count: number): void => {
          for (const call of holders().slice(0, count)) {
            placeOf(call)?.release();
            released.add(call);
          }
        };
        for (const { ask: count, tenant, release, advanceMs } of steps) {
          calls.push(...Array.from({ length: count }, () => ask({ tenant })));
          await time.advance(advanceMs);
          releaseSome(release);
          await settled();
          const { inUse, waiting } = pool.view();
          equal(inUse, holders().length);
          equal(waiting, calls.filter(({ acquired }) => acquired === undefined).length);
          ok(inUse <= size && waiting <= 5 && (waiting === 0 || inUse === size));
        }
        for (let round = 0; round < 10; round += 1) {
          releaseSome(size);
          await settled();
        }
        deepEqual(pool.view(), { configured: size, size, inUse: 0, waiting: 0 });
        equal(time.pending, 0);
      }),
      { numRuns: 60 },
    );
  });

  it('is empty again after 100 000 calls that end in every way', async () => {
    const { time, pool } = start({ size: 20, queue: 50 });
    let answered = 0;
    const one = async (index: number): Promise<void> => {
      const gone = new AbortController();
      const asked = pool.acquire({ provider: 'llm', tenant: String(index % 7), waitMs: 5_000, signal: gone.signal });
      if (index % 5 === 0) gone.abort();
      const acquired = await asked;
      answered += 1;
      if (index % 3 === 0) await settled();
      if (acquired.kind === 'place') acquired.place.release();
    };
    for (let round = 0; round < 1_000; round += 1) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => one(round * 100 + index)));
    }
    equal(answered, 100_000);
    deepEqual(pool.view(), { configured: 20, size: 20, inUse: 0, waiting: 0 });
    equal(time.pending, 0);
  });
});

describe('pool :: throttled', (it) => {
  const SIGNAL = { provider: 'llm', minConcurrent: 3, recoverMs: 1_000, retryAfterMs: 2_000 };

  it('halves once for one overload, down to the least size, and comes back one by one', async () => {
    const { time, pool, ask } = start({ size: 20, queue: 9 });
    const calls = Array.from({ length: 20 }, () => ask());
    await time.advance(10);
    for (const call of calls) pool.throttle({ ...SIGNAL, placedMs: placeOf(call)?.placedMs ?? 0 });
    equal(pool.view().size, 10);
    pool.throttle({ ...SIGNAL, placedMs: time.nowMs() + 1 });
    equal(pool.view().size, 5);
    pool.throttle({ ...SIGNAL, placedMs: time.nowMs() + 1 });
    equal(pool.view().size, 3);
    await time.advance(2_999);
    equal(pool.view().size, 3);
    await time.advance(1);
    equal(pool.view().size, 4);
    await time.advance(5_000);
    equal(pool.view().size, 9);
    await time.advance(60_000);
    equal(pool.view().size, 20);
  });

  it('sends nothing before Retry-After, then wakes those that wait', async () => {
    const { time, pool, ask } = start({ size: 4, queue: 9 });
    pool.throttle({ ...SIGNAL, placedMs: time.nowMs() });
    const calls = [ask(), ask(), ask(), ask()];
    await time.advance(1_999);
    deepEqual(calls.map(wordOf), ['waits', 'waits', 'waits', 'waits']);
    await time.advance(1);
    deepEqual(calls.map(wordOf), ['place', 'place', 'place', 'waits']);
    await time.advance(1_000);
    deepEqual(calls.map(wordOf), ['place', 'place', 'place', 'place']);
    equal(time.pending, 0);
  });

  it('holds only the provider that asked for it :: another of the same pool goes on', async () => {
    const { pool, ask, time } = start({ size: 8, queue: 2 });
    pool.throttle({ ...SIGNAL, placedMs: time.nowMs() });
    const held = [ask(), ask()];
    const other = ask({ provider: 'mail' });
    await settled();
    deepEqual([...held, other].map(wordOf), ['waits', 'waits', 'place']);
  });

  it('refuses at once who could not wait so long, with the time that is left', async () => {
    const { pool, ask, time } = start({ size: 1, queue: 9 });
    const holder = ask();
    const waiting = ask({ waitMs: 5_000 });
    const patient = ask({ waitMs: 60_000 });
    await settled();
    pool.throttle({ ...SIGNAL, retryAfterMs: 30_000, placedMs: time.nowMs() });
    const late = ask({ waitMs: 5_000 });
    await settled();
    deepEqual([holder, waiting, patient, late].map(wordOf), ['place', 'throttled', 'waits', 'throttled']);
    ok(late.acquired?.kind === 'refused');
    equal(late.acquired.retryAfterMs, 30_000);
  });

  it('does not believe in endless waits, and forgets them on request', async () => {
    const { pool, ask, time } = start({ size: 1, queue: 9 });
    pool.throttle({ ...SIGNAL, retryAfterMs: Number.POSITIVE_INFINITY, placedMs: time.nowMs() });
    const call = ask({ waitMs: 2 * LONGEST_HOLD_MS });
    await time.advance(LONGEST_HOLD_MS);
    equal(wordOf(call), 'place');
    await give(placeOf(call));
    pool.throttle({ ...SIGNAL, retryAfterMs: Number.POSITIVE_INFINITY, placedMs: time.nowMs() });
    pool.reset();
    const next = ask();
    await settled();
    equal(wordOf(next), 'place');
  });
});
