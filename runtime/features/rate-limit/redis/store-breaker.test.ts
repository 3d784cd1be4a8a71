import { deepEqual, equal } from 'node:assert/strict';
import { describe } from '../../../../compiler/testing/suite.ts';
import { createStoreBreaker } from './store-breaker.ts';

function createWatched() {
  const changes: boolean[] = [];
  const breaker = createStoreBreaker((isOpen) => changes.push(isOpen));
  const fail = (...times: readonly number[]): void => {
    for (const ms of times) breaker.failed(ms);
  };
  return { breaker, changes, fail };
}

describe('breaker of the limit store', (it) => {
  it('opens after five failures within a second, and not for five that are further apart', () => {
    const { breaker, changes, fail } = createWatched();
    fail(0, 300, 600, 900, 1_000);
    equal(breaker.advise(1_000), 'ask');
    fail(1_001, 1_001);
    equal(breaker.advise(1_002), 'skip');
    deepEqual(changes, [true]);
  });

  it('sends one to try after half a second, beside the request, and closes only on its success', () => {
    const { breaker, changes, fail } = createWatched();
    fail(0, 0, 0, 0, 0);
    equal(breaker.advise(499), 'skip');
    equal(breaker.advise(500), 'skip-and-probe');
    equal(breaker.advise(500), 'skip');
    breaker.probed(false, 550);
    equal(breaker.advise(1_049), 'skip');
    equal(breaker.advise(1_050), 'skip-and-probe');
    equal(breaker.isOpen, true);
    breaker.probed(true, 1_051);
    equal(breaker.advise(1_051), 'ask');
    deepEqual(changes, [true, false]);
  });

  it('takes late failures of requests from before for what they are', () => {
    const { breaker, changes, fail } = createWatched();
    fail(0, 0, 0, 0, 0, 10, 10, 10);
    equal(breaker.advise(500), 'skip-and-probe');
    fail(501);
    breaker.probed(true, 502);
    equal(breaker.advise(503), 'ask');
    deepEqual(changes, [true, false]);
  });
});
