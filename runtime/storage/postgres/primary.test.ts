import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../../compiler/testing/suite.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import type { Database } from './database.ts';
import { createPrimary } from './primary.ts';
import { StorageUnavailable } from './storage-unavailable.ts';

const AWAY = new Error('read ECONNRESET');
const WRONG = Object.assign(new Error('duplicate key'), { code: '23505' });

/** A primary over a database that answers what a test says. */
function open() {
  const said: string[] = [];
  let answer: () => Promise<readonly []> = async () => [];
  let asked = 0;
  const query: Database['query'] = () => {
    asked += 1;
    return answer();
  };
  const primary = createPrimary({
    database: { query } as Database,
    clock: createFakeClock(),
    onAway: ({ message }) => said.push(message),
    onBack: () => said.push('back'),
  });
  const ask = () => primary.ask((database) => database.query('select 1'));
  const fail = async (times: number): Promise<void> => {
    answer = () => Promise.reject(AWAY);
    for (let count = 0; count < times; count += 1) await rejects(ask(), StorageUnavailable);
  };
  return {
    primary,
    said,
    ask,
    fail,
    answerWith: (next: typeof answer) => (answer = next),
    get asked() {
      return asked;
    },
  };
}

describe('primary', (it) => {
  it('takes three failures in a row to go down, and says so once', async () => {
    const { primary, said, ask, fail, answerWith } = open();
    await fail(2);
    answerWith(async () => []);
    await ask();
    await fail(2);
    equal(primary.isUp, true);
    await fail(4);
    equal(primary.isUp, false);
    deepEqual(said, [AWAY.message]);
    primary.close();
  });

  it('asks nothing for requests while it is down, and comes back by one answer to a question beside them', async () => {
    const test = open();
    await test.fail(9);
    equal(test.asked, 3);
    await rejects(test.primary.check('select 1'), StorageUnavailable);
    equal(test.primary.isUp, false);
    test.answerWith(async () => []);
    await test.primary.check('select 1');
    await test.ask();
    deepEqual(test.said, [AWAY.message, 'back']);
    test.primary.close();
  });

  it('finds out by itself that the database is back', async () => {
    const { primary, said, fail, answerWith } = open();
    await fail(3);
    answerWith(async () => []);
    while (!primary.isUp) await sleep(20);
    deepEqual(said, [AWAY.message, 'back']);
  });

  it('takes a wrong question for an answer', async () => {
    const { primary, ask, fail, answerWith } = open();
    await fail(2);
    answerWith(() => Promise.reject(WRONG));
    await rejects(ask(), WRONG);
    await fail(2);
    ok(primary.isUp);
  });

  it('counts connections that break while nobody uses them', () => {
    const { primary, said } = open();
    for (let count = 0; count < 4; count += 1) primary.lost(AWAY);
    equal(primary.isUp, false);
    deepEqual(said, [AWAY.message]);
    primary.close();
  });
});
