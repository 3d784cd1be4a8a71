import { equal } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { createTimestamps } from './timestamps.ts';

describe('timestamps', (it) => {
  it('are what Date writes :: within a second, over its end, and when the clock goes back', () => {
    let now = 0;
    const timestamp = createTimestamps(() => now);
    for (const ms of [0, 7, 999, 1_000, 1_700_000_000_099, 1_700_000_000_100, 1_699_999_999_999.9, 4_102_444_800_000]) {
      now = ms;
      equal(timestamp(), new Date(Math.floor(ms)).toISOString());
    }
  });
});
