import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { defined } from '../../../schemas/data/defined.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { createRecordCache } from './record-cache.ts';

function setUp(capacity?: number) {
  const rows = new Map<string, string>();
  const clock = createFakeClock();
  const state = { asked: 0, isAway: false, hold: undefined as Promise<void> | undefined };
  const cache = createRecordCache<string>({
    find: async (id) => {
      state.asked += 1;
      // As a database does: what is read is decided before it arrives.
      const row = rows.get(id);
      await state.hold;
      if (state.isAway) throw new Error('away');
      return row;
    },
    ttlMs: () => 30_000,
    maxStaleMs: () => 900_000,
    clock,
    ...defined({ capacity }),
  });
  const kind = async (id: string) => (await cache.get(id)).kind;
  return { rows, clock, state, cache, kind };
}

describe('record cache', (it) => {
  it('an answer that was on its way when its row changed is not kept :: nor one that it was not there', async () => {
    const { rows, state, cache, kind } = setUp();
    let go: () => void = () => undefined;
    state.hold = new Promise((resolve) => (go = resolve));
    const early = kind('a');
    rows.set('a', 'made');
    cache.forget('a');
    state.hold = undefined;
    equal(await kind('a'), 'found');
    // The older answer arrives last.
    go();
    equal(await early, 'absent');
    equal(await kind('a'), 'found');
    equal(state.asked, 2);
  });

  it('an id that is not there is forgotten soon, or when told :: and many of them cost no memory', async () => {
    const { rows, clock, state, cache, kind } = setUp(100);
    equal(await kind('a'), 'absent');
    rows.set('a', 'made');
    equal(await kind('a'), 'absent');
    clock.advance(5_000);
    equal(await kind('a'), 'found');
    for (let count = 0; count < 1_000; count += 1) await kind(`invented ${count}`);
    deepEqual(cache.size, { found: 1, absent: 100 });
    rows.set('invented 999', 'made');
    equal(await kind('invented 999'), 'absent');
    cache.forget('invented 999');
    equal(await kind('invented 999'), 'found');
    ok(state.asked > 1_000);
  });

  it('asks for everything again after a gap :: and goes on with what is known while the database is away', async () => {
    const { rows, clock, state, cache, kind } = setUp();
    rows.set('a', 'row');
    equal(await kind('a'), 'found');
    cache.expireAll();
    equal(await kind('a'), 'found');
    equal(state.asked, 2);
    equal(await kind('a'), 'found');
    equal(state.asked, 2);
    state.isAway = true;
    cache.expireAll();
    equal(await kind('a'), 'found');
    equal(await kind('b'), 'unavailable');
    // What was told to be forgotten is not used, come what may.
    cache.forget('a');
    equal(await kind('a'), 'unavailable');
    clock.advance(1);
    state.isAway = false;
    equal(await kind('a'), 'found');
  });
});
