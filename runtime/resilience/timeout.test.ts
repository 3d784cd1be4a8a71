import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { setImmediate as afterPoll } from 'node:timers/promises';
import { describe } from '../../compiler/testing/suite.ts';
import { settledWithin, TimeoutError, within } from './timeout.ts';

const NEVER = new Promise<never>(() => undefined);

/** Keeps this process from everything else. */
function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

describe('timeout', (it) => {
  it('hands on what the work comes to, and how it failed', async () => {
    equal(await within(1_000, Promise.resolve(7)), 7);
    await rejects(within(1_000, Promise.reject(new Error('broken'))), /^Error: broken$/);
    deepEqual(await settledWithin(1_000, Promise.resolve(7)), { status: 'fulfilled', value: 7 });
    deepEqual(await settledWithin(1_000, Promise.reject('broken')), { status: 'rejected', reason: 'broken' });
  });

  it('gives up after its time, and never before', async () => {
    const startedMs = performance.now();
    await rejects(within(30, NEVER), TimeoutError);
    deepEqual(await settledWithin(30, NEVER), { status: 'late' });
    ok(performance.now() - startedMs >= 58);
  });

  it('takes an answer that was there while this process was busy', async () => {
    // It is due after 5 ms, when this process is busy for 40 ms: the answer arrives right behind the timer.
    const answer = new Promise<string>((resolve) => setTimeout(() => afterPoll().then(() => resolve('here')), 10));
    const bounded = within(5, answer);
    block(40);
    equal(await bounded, 'here');
  });

  it('gives back the time by which it was late itself, and then gives up', async () => {
    const bounded = settledWithin(20, NEVER);
    block(100);
    const startedMs = performance.now();
    deepEqual(await bounded, { status: 'late' });
    ok(performance.now() - startedMs >= 18, 'what was lost is given back');
  });

  it('waits as long as it is told, also beyond what a timer can hold', async () => {
    const answer = new Promise<string>((resolve) => setTimeout(() => resolve('here'), 20));
    equal(await within(3_000_000_000, answer), 'here');
  });
});
