import { deepEqual, equal, ok } from 'node:assert/strict';
import { setImmediate as afterAsking } from 'node:timers/promises';
import { describe } from '../../../../compiler/testing/suite.ts';
import { createLog } from '../../../telemetry/log.ts';
import { testCharge } from '../../../testing/charge.ts';
import { createFakeClock } from '../../../testing/fake-clock.ts';
import { testPolicy } from '../../../testing/policy.ts';
import type { Charge } from '../charge.ts';
import { createStoreBreaker } from './store-breaker.ts';

const CHARGE = testCharge('orders', { requests: 1, periodMs: 1_000, capacity: 1 });

function start() {
  const clock = createFakeClock();
  const lines: string[] = [];
  const asked: Charge[] = [];
  const failures: string[] = [];
  let answer: () => Promise<unknown> = () => Promise.resolve();
  const breaker = createStoreBreaker({
    clock,
    log: createLog(testPolicy(), { write: (line) => lines.push(JSON.parse(line).msg) }),
    metrics: { failed: (reason) => failures.push(reason) },
    ask(charge) {
      asked.push(charge);
      return answer();
    },
    onBack: () => lines.push('back'),
  });
  const fail = (message: string): void => {
    const ticket = breaker.admit();
    ok(ticket !== undefined);
    breaker.failed(ticket, new Error(message), CHARGE);
  };
  return { clock, lines, asked, failures, breaker, fail, answerWith: (next: typeof answer) => (answer = next) };
}

describe('breaker of the limit store', (it) => {
  it('opens after five failures within a second, and not for five that are further apart', () => {
    const { breaker, clock, fail, lines } = start();
    for (const ms of [300, 300, 300, 100, 100]) {
      fail('Connection is closed.');
      clock.advance(ms);
    }
    equal(breaker.isOpen, false);
    fail('Connection is closed.');
    equal(breaker.isOpen, true);
    deepEqual(lines, ['limit store away: limits do what their onStoreFailure says']);
  });

  it('counts failures whatever succeeds between them', () => {
    const { breaker, fail } = start();
    for (let count = 0; count < 5; count += 1) {
      equal(breaker.isOpen, false);
      fail('Connection is closed.');
      const ticket = breaker.admit();
      if (ticket !== undefined) breaker.succeeded(ticket);
    }
    equal(breaker.isOpen, true);
  });

  it('sends one to try after half a second, beside the request, and closes only on its success', async () => {
    const { breaker, clock, fail, asked, lines, answerWith } = start();
    for (let count = 0; count < 5; count += 1) fail('Connection is closed.');
    clock.advance(499);
    equal(breaker.admit(), undefined);
    equal(asked.length, 0);
    answerWith(() => Promise.reject(new Error('READONLY')));
    clock.advance(1);
    equal(breaker.admit(), undefined);
    equal(breaker.admit(), undefined);
    equal(asked.length, 1);
    await afterAsking();
    clock.advance(499);
    equal(breaker.admit(), undefined);
    equal(asked.length, 1);
    answerWith(() => Promise.resolve());
    clock.advance(1);
    equal(breaker.admit(), undefined);
    await afterAsking();
    equal(asked.length, 2);
    equal(breaker.isOpen, false);
    ok(breaker.admit() !== undefined);
    deepEqual(lines.slice(1), ['back', 'limit store back']);
  });

  it('takes late answers to requests from before for what they are', () => {
    const { breaker, clock, fail, answerWith } = start();
    const [slow, slower] = [breaker.admit(), breaker.admit()];
    ok(slow !== undefined && slower !== undefined);
    for (let count = 0; count < 5; count += 1) fail('Connection is closed.');
    answerWith(() => new Promise(() => undefined));
    clock.advance(500);
    equal(breaker.admit(), undefined);
    breaker.succeeded(slow);
    breaker.failed(slower, new Error('Connection is closed.'), CHARGE);
    clock.advance(3_600_000);
    equal(breaker.isOpen, true);
  });

  it('does not open for a key that holds something else, and says so once a minute', () => {
    const { breaker, fail, failures, lines } = start();
    for (let count = 0; count < 9; count += 1) fail('STATE a budget is not what was kept');
    equal(breaker.isOpen, false);
    equal(failures.length, 9);
    deepEqual(lines, ['limit store: a key holds something else than a budget; resetting that budget mends it']);
  });
});
