import { deepEqual, equal } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { createMemoryStore } from './memory-store.ts';

function start({ maxEntries = 3, maxBytes = 1_000_000 } = {}) {
  const clock = createFakeClock();
  let evictions = 0;
  const store = createMemoryStore({ maxEntries, maxBytes, clock, onEvicted: () => (evictions += 1) });
  const put = async (key: string, length = 10, tags: readonly string[] = []) => {
    const { put: keep } = await store.read(key, tags);
    await keep?.(key, { freshMs: 1_000, staleMs: 500, body: Buffer.alloc(length) });
  };
  const has = async (key: string) => (await store.read(key, [])).kept !== undefined;
  return {
    clock,
    store,
    put,
    has,
    get evictions() {
      return evictions;
    },
  };
}

describe('memory store of a cache', (it) => {
  it('holds so many entries, and lets the least recently used go', async () => {
    const test = start();
    for (const key of ['a', 'b', 'c']) await test.put(key);
    await test.has('a');
    await test.put('d');
    deepEqual(await Promise.all(['a', 'b', 'c', 'd'].map(test.has)), [true, false, true, true]);
    equal(test.evictions, 1);
  });

  it('holds so many bytes, whatever an entry takes the place of, and nothing that is larger than all of them', async () => {
    const test = start({ maxBytes: 2_000 });
    await test.put('a', 1_000);
    await test.put('b', 400);
    equal(await test.has('a'), true);
    test.clock.advance(1_000);
    await test.put('b', 1_000);
    deepEqual(await Promise.all(['a', 'b'].map(test.has)), [false, true]);
    equal(test.evictions, 1);
    const { bytes = 0 } = await test.store.size();
    equal(bytes, 1_000 + 1 + 256);
    test.clock.advance(1_000);
    await test.put('b', 5_000);
    equal(await test.has('b'), false);
    deepEqual(await test.store.size(), { entries: 0, bytes: 0 });
  });

  it('does not count what had ended as evicted', async () => {
    const test = start();
    for (const key of ['a', 'b', 'c']) await test.put(key);
    test.clock.advance(1_500);
    await test.put('d');
    equal(test.evictions, 0);
    equal((await test.store.size()).entries, 3);
  });

  it('drops by the tags that an entry has now', async () => {
    const test = start();
    await test.put('a', 10, ['old']);
    test.clock.advance(1_500);
    await test.put('a', 10, ['new']);
    await test.store.invalidate(['old']);
    equal(await test.has('a'), true);
    await test.store.invalidate(['new']);
    equal(await test.has('a'), false);
  });
});
