import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { requireTool } from '../../../../compiler/testing/real-tools.ts';
import { describe } from '../../../../compiler/testing/suite.ts';
import { testCharge } from '../../../testing/charge.ts';
import { openTestRedis, startTestRedis } from '../../../testing/open-test-redis.ts';
import { within } from '../../../testing/servers.ts';
import type { Charge } from '../charge.ts';
import { debtAt, type Rate, type State } from '../gcra.ts';
import { CHARGED, settle } from '../settle.ts';
import { chargeArguments, chargeScript, parseReply } from './charge-script.ts';

/** A clock that the test gives as last argument, and no expiry, which has a clock of its own. */
const PRODUCTION = chargeScript();
const SOURCE = chargeScript('local now = tonumber(ARGV[#ARGV])').replace(/, 'PX', .*\)\)$/m, ')');

const rate: fc.Arbitrary<Rate> = fc.oneof(
  fc.constantFrom(
    { requests: 1, periodMs: 86_400_000, capacity: 1 },
    { requests: 1, periodMs: 86_400_000, capacity: 3 },
    { requests: 1_000_000, periodMs: 1_000, capacity: 1 },
    { requests: 1_000_000, periodMs: 1_000, capacity: 1_000_000 },
    { requests: 999_983, periodMs: 2_678_399_999, capacity: 999_983 },
    { requests: 1, periodMs: 3, capacity: 2 },
    { requests: 7, periodMs: 1_000, capacity: 5 },
  ),
  fc.record({
    requests: fc.integer({ min: 1, max: 2_000 }),
    periodMs: fc.constantFrom(1, 7, 1_000, 60_000, 86_400_000),
    capacity: fc.integer({ min: 1, max: 20 }),
  }),
);
const step = fc.record({
  // Also back, and far ahead.
  gapUs: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 3_000 }),
    fc.integer({ min: 0, max: 2_000_000_000 }),
    fc.integer({ min: -5_000_000, max: 0 }),
  ),
  rates: fc.array(rate, { minLength: 1, maxLength: 3 }),
  costs: fc.array(fc.integer({ min: -2, max: 4 }), { minLength: 3, maxLength: 3 }),
  dryRuns: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  again: fc.integer({ min: 1, max: 6 }),
});

describe('charge script', (it) => {
  it(
    'is the same state machine as in memory :: codes, debts and what is kept, over any times, figures, costs and dry runs',
    within(60_000, async (later) => {
      notEqual(SOURCE.includes('PX'), true);
      const server = await startTestRedis(requireTool('redis-server'), later);
      const { client } = await openTestRedis(server.url, later);
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
          run += 1;
          const states = new Map<string, State>();
          let nowUs = 1_763_740_800_000_000;
          for (const { gapUs, rates, costs, dryRuns, again } of steps) {
            nowUs += gapUs;
            const charges = rates.map((figures, index) =>
              testCharge(`${run}-${index}`, figures, { cost: costs[index] ?? 1, dryRun: dryRuns[index] ?? false }),
            );
            for (let count = 0; count < again; count += 1) {
              const expected = decideInMemory(charges, states, nowUs);
              const keys = charges.map(({ key }) => key);
              const reply = await client.eval(SOURCE, keys.length, ...keys, ...charges.flatMap(chargeArguments), nowUs);
              deepEqual(parseReply(reply, keys.length), expected);
              deepEqual(
                await client.mget(keys),
                keys.map((key) => formatState(states.get(key))),
              );
            }
          }
        }),
        { numRuns: 150 },
      );
    }),
  );

  it(
    'expires what has refilled, and never before :: on the clock of the server',
    within(20_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const { client } = await openTestRedis(server.url, later);
      const charge = async (figures: Rate, cost = 1): Promise<number> => {
        const one = testCharge('ttl', figures, { cost });
        await client.del(one.key);
        await client.eval(PRODUCTION, 1, one.key, ...chargeArguments(one));
        return client.pttl(one.key);
      };
      for (const [figures, cost, ms] of [
        // A bucket of 200 seconds: a short expiry would hand out the burst again and again.
        [{ requests: 1, periodMs: 1_000, capacity: 200 }, 200, 200_000],
        [{ requests: 60, periodMs: 60_000, capacity: 60 }, 1, 1_000],
        [{ requests: 1, periodMs: 86_400_000, capacity: 1 }, 1, 86_400_000],
        [{ requests: 1_000, periodMs: 1, capacity: 1_000 }, 1_000, 1],
      ] as const) {
        const left = await charge(figures, cost);
        ok(left <= ms + 1 && left > ms - 500, `${left} of ${ms}`);
      }
    }),
  );

  it(
    'gives back what it took, and forgets a budget that is whole again',
    within(20_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const { client } = await openTestRedis(server.url, later);
      const take = (cost: number) => {
        const one = testCharge('back', { requests: 1, periodMs: 60_000, capacity: 9 }, { cost });
        return client.eval(PRODUCTION, 1, one.key, ...chargeArguments(one));
      };
      await take(3);
      await take(-2);
      equal(await client.exists('back|global'), 1);
      await take(-2);
      equal(await client.exists('back|global'), 0);
    }),
  );
});

function decideInMemory(charges: readonly Charge[], states: Map<string, State>, nowUs: number) {
  const debts = charges.map(({ key, size }) => debtAt(size.bucket, states.get(key), nowUs));
  const { isAdmitted, codes } = settle(charges, debts);
  charges.forEach(({ key, size: { bucket }, cost }, index) => {
    const debt = Math.max(0, debts[index] ?? 0);
    debts[index] = debt;
    if (!isAdmitted || codes[index] !== CHARGED || cost === 0) return;
    if (debt === 0) states.delete(key);
    else states.set(key, { atUs: nowUs, debtTicks: debt, bucket });
  });
  // A look at a budget is no charge.
  return { codes: codes.map((code, index) => (charges[index]?.cost === 0 && code === CHARGED ? 0 : code)), debts };
}

function formatState(state: State | undefined): string | null {
  if (state === undefined) return null;
  const { atUs, debtTicks, bucket } = state;
  return [atUs, debtTicks, bucket.ticksPerUs, bucket.emissionTicks].join(':');
}
