import { equal, ok } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { createNonceStore, type SharedNonces } from './nonce-store.ts';

/** What two replicas share, and how it fails. */
function createShared() {
  const keys = new Set<string>();
  let asked = 0;
  let isAway = false;
  const shared: SharedNonces = {
    async add(key) {
      asked += 1;
      if (isAway) throw new Error('away');
      const isNew = !keys.has(key);
      keys.add(key);
      return isNew;
    },
  };
  const fail = (away: boolean) => {
    isAway = away;
  };
  return { shared, fail, asked: () => asked };
}

describe('nonce store', (it) => {
  it('takes a nonce once in its time, and again after', () => {
    const clock = createFakeClock();
    const store = createNonceStore({ clock, shared: undefined });
    equal(store.remember('a', 1_000, 'closed'), 'fresh');
    equal(store.remember('a', 1_000, 'closed'), 'used');
    equal(store.remember('b', 1_000, 'closed'), 'fresh');
    clock.advance(999);
    equal(store.remember('a', 1_000, 'closed'), 'used');
    clock.advance(1);
    equal(store.remember('a', 1_000, 'closed'), 'fresh');
  });

  it('forgets what is over, and nothing before :: a full store admits nobody', () => {
    const clock = createFakeClock();
    const store = createNonceStore({ clock, shared: undefined, capacity: 2 });
    equal(store.remember('a', 1_000, 'closed'), 'fresh');
    clock.advance(400);
    equal(store.remember('b', 1_000, 'closed'), 'fresh');
    equal(store.remember('c', 1_000, 'closed'), 'unavailable');
    equal(store.remember('a', 1_000, 'closed'), 'used');
    clock.advance(600);
    equal(store.remember('c', 1_000, 'closed'), 'fresh');
    equal(store.size, 2);
  });

  it('shares with other replicas :: one of many at once wins', async () => {
    const { shared } = createShared();
    const clock = createFakeClock();
    const replicas = [createNonceStore({ clock, shared }), createNonceStore({ clock, shared })];
    const verdicts = await Promise.all(
      Array.from({ length: 40 }, (_, index) => replicas[index % 2]?.remember('a', 1_000, 'closed')),
    );
    equal(verdicts.filter((verdict) => verdict === 'fresh').length, 1);
    equal(verdicts.filter((verdict) => verdict === 'used').length, 39);
  });

  it('knows without asking what it has seen itself', async () => {
    const { shared, asked } = createShared();
    const store = createNonceStore({ clock: createFakeClock(), shared });
    equal(await store.remember('a', 1_000, 'closed'), 'fresh');
    equal(await store.remember('a', 1_000, 'closed'), 'used');
    equal(asked(), 1);
  });

  it('does as it is told while the shared store is away', async () => {
    const { shared, fail } = createShared();
    const store = createNonceStore({ clock: createFakeClock(), shared });
    equal(await store.remember('before', 1_000, 'closed'), 'fresh');
    fail(true);
    equal(await store.remember('a', 1_000, 'closed'), 'unavailable');
    equal(await store.remember('a', 1_000, 'local'), 'fresh');
    equal(await store.remember('a', 1_000, 'local'), 'used');
    equal(await store.remember('before', 1_000, 'local'), 'used');
    equal(store.failures, 2);
    fail(false);
    ok((await store.remember('b', 1_000, 'closed')) === 'fresh');
  });
});
