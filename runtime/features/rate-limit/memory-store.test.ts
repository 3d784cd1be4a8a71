import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { testCharge } from '../../testing/charge.ts';
import { createMemoryLimitStore } from './memory-store.ts';
import { createStateTable } from './state-table.ts';

const pair = { requests: 1, periodMs: 1_000, capacity: 2 };
const single = { requests: 1, periodMs: 1_000, capacity: 1 };

describe('memory limit store', (it) => {
  it('charges all or none :: a request that one limit refuses leaves the others as they were', () => {
    const store = createMemoryLimitStore();
    const both = [testCharge('wide', pair), testCharge('tight', single)];
    store.charge(both, 0);
    const [wide, tight] = store.charge(both, 0);
    equal(tight?.verdict, 'refused');
    equal(wide?.verdict, 'admitted');
    equal(wide?.remaining, 1);
    equal(store.peek(both, 0)[0]?.remaining, 1);
  });

  it('changes nothing when it refuses or peeks :: a flood does not prolong the wait', () => {
    const store = createMemoryLimitStore();
    const one = [testCharge('tight', single)];
    store.charge(one, 0);
    for (let now = 1; now < 1_000; now += 1) {
      equal(store.charge(one, now)[0]?.verdict, 'refused');
      store.peek(one, now);
    }
    equal(store.charge(one, 1_000)[0]?.verdict, 'admitted');
  });

  it('admits exactly 100 of 2000 on a budget of 100', () => {
    const store = createMemoryLimitStore();
    const hundred = testCharge('a', { requests: 1, periodMs: 86_400_000, capacity: 100 });
    const outcomes = Array.from({ length: 2_000 }, () => store.charge([hundred], 5)[0]);
    equal(outcomes.filter((outcome) => outcome?.verdict === 'admitted').length, 100);
  });

  it('refuses nothing in a dry run :: says what it would have refused, and is charged while it fits', () => {
    const store = createMemoryLimitStore();
    const charges = [testCharge('trial', single, { dryRun: true }), testCharge('real', pair)];
    const verdicts = () => store.charge(charges, 0).map(({ verdict }) => verdict);
    deepEqual(verdicts(), ['admitted', 'admitted']);
    deepEqual(verdicts(), ['would-refuse', 'admitted']);
    deepEqual(verdicts(), ['would-refuse', 'refused']);
  });

  it('weighs a request by its cost', () => {
    const store = createMemoryLimitStore();
    const heavy = testCharge('a', { requests: 1, periodMs: 1_000, capacity: 10 }, { cost: 4 });
    const outcomes = Array.from({ length: 3 }, () => store.charge([heavy], 0)[0]);
    deepEqual(
      outcomes.map((outcome) => [outcome?.verdict, outcome?.remaining, outcome?.resetMs]),
      [
        ['admitted', 6, 1_000],
        ['admitted', 2, 1_000],
        ['refused', 2, 2_000],
      ],
    );
  });

  it('reads a budget and fills it up', async () => {
    const store = createMemoryLimitStore();
    const charge = testCharge('a', pair);
    store.charge([charge], 0);
    deepEqual(await store.read(charge, 0), { verdict: 'admitted', remaining: 1, resetMs: 1_000 });
    await store.forget(charge);
    deepEqual(await store.read(charge, 0), { verdict: 'admitted', remaining: 2, resetMs: 0 });
  });

  it('holds at most its capacity :: refilled keys go without notice, others are counted', () => {
    const store = createMemoryLimitStore(createStateTable(10));
    const touch = (key: string, now: number) => store.charge([{ ...testCharge('a', single), key }], now);
    for (let index = 0; index < 10; index += 1) touch(`early-${index}`, 0);
    equal(store.evictions, 0);
    touch('late', 0);
    equal(store.size, 10);
    equal(store.evictions, 1);
    for (let index = 0; index < 10; index += 1) touch(`later-${index}`, 5_000);
    equal(store.evictions, 1);
    ok(store.size <= 10);
  });

  it('[JAM-038] forgets what has refilled :: 100 000 keys once each, and near none after the window', () => {
    const store = createMemoryLimitStore();
    const minute = testCharge('a', { requests: 60, periodMs: 60_000, capacity: 60 });
    for (let index = 0; index < 100_000; index += 1) store.charge([{ ...minute, key: `k${index}` }], index / 10_000);
    equal(store.size, 100_000);
    // Fifty callers go on, each as often as it may.
    for (let index = 0; index < 220_000; index += 1) {
      store.charge([{ ...minute, key: `busy${index % 50}` }], 70_000 + index * 25);
    }
    ok(store.size <= 50, String(store.size));
    equal(store.evictions, 0);
  });
});
