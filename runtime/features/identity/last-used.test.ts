import { deepEqual, equal } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { createLastUsed } from './last-used.ts';

describe('last used', (it) => {
  it('writes the newest time of each key once, and tries again what failed :: with newer times winning', async () => {
    const clock = createFakeClock();
    const written: [readonly string[], readonly string[]][] = [];
    const errors: unknown[] = [];
    let isAway = false;
    const lastUsed = createLastUsed({
      query: async (_sql, [ids, times] = []) => {
        if (isAway) throw new Error('away');
        if (Array.isArray(ids) && Array.isArray(times)) written.push([ids, times]);
        return [];
      },
      flushMs: () => 3_600_000,
      wallMs: clock.wallMs,
      onError: (error) => errors.push(error),
    });
    const at = (ms: number) => new Date(ms).toISOString();
    await lastUsed.flush();
    equal(written.length, 0, 'nothing waits, nothing is written');
    lastUsed.note('a');
    clock.advance(5);
    lastUsed.note('a');
    lastUsed.note('b');
    const first = clock.wallMs();
    isAway = true;
    await lastUsed.flush();
    equal(errors.length, 1);
    clock.advance(5);
    lastUsed.note('b');
    isAway = false;
    await lastUsed.close();
    deepEqual(written, [
      [
        ['a', 'b'],
        [at(first), at(first + 5)],
      ],
    ]);
  });
});
