/**
 * providers/throttle-has-pool
 *
 * Owns one claim: a provider whose pool shrinks when it is throttled has a pool.
 */
import type { Check } from '../../check.ts';

export const throttleHasPool: Check = {
  id: 'providers/throttle-has-pool',
  code: 'SW-431',
  severity: 'error',
  title: 'There is no pool that could shrink',
  why: 'Without a ceiling for calls in flight there is nothing to halve, and the gateway refuses such a policy.',
  hint: 'Give the provider a `pool`, or leave `throttle` out.',
  run: ({ providers }) =>
    providers
      .filter(({ throttle, pool }) => throttle !== undefined && pool === undefined)
      .map(({ name, origin }) => ({
        at: origin.of('throttle'),
        message: `\`${name}\` shrinks its pool when it is throttled, and has none`,
      })),
};
