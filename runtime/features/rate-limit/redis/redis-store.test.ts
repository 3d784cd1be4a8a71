import { deepEqual, equal, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireTool } from '../../../../compiler/testing/real-tools.ts';
import { describe } from '../../../../compiler/testing/suite.ts';
import { systemClock } from '../../../resilience/clock.ts';
import type { SharedRedis } from '../../../storage/redis/open-redis.ts';
import { createLog } from '../../../telemetry/log.ts';
import { createMetricRegistry } from '../../../telemetry/registry.ts';
import { testCharge } from '../../../testing/charge.ts';
import { openTestRedis, startTestRedis, until } from '../../../testing/open-test-redis.ts';
import { testPolicy } from '../../../testing/policy.ts';
import { within } from '../../../testing/servers.ts';
import type { Charge, Outcomes } from '../charge.ts';
import { createRedisLimitStore, type RedisLimitStore } from './redis-store.ts';

const DAY = { requests: 1, periodMs: 86_400_000 };
const DAY_ONE = { ...DAY, capacity: 1 };

function createStore(redis: SharedRedis) {
  const lines: string[] = [];
  const registry = createMetricRegistry();
  const log = createLog(testPolicy(), { write: (line) => lines.push(line) });
  const store = createRedisLimitStore({ redis, clock: systemClock, registry, log });
  return { store, lines, registry };
}

const charge = async (store: RedisLimitStore, ...charges: Charge[]): Promise<Outcomes> =>
  store.charge(charges, systemClock.nowMs());
const verdicts = (outcomes: Outcomes) => outcomes.map(({ verdict }) => verdict);

/** Times that a script was run. */
async function scriptCalls({ client }: SharedRedis): Promise<number> {
  const stats = await client.info('commandstats');
  const calls = [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].map((found) => Number(found[1]));
  return calls.reduce((sum, count) => sum + count, 0);
}

describe('redis limit store', (it) => {
  it(
    'admits exactly 100 of 2000 at once on a budget of 100 :: over two replicas, several limits, in one round trip each',
    within(30_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const first = await openTestRedis(server.url, later);
      const second = await openTestRedis(server.url, later);
      const stores = [createStore(first).store, createStore(second).store];
      const charges = [
        testCharge('hundred', { ...DAY, capacity: 100 }),
        testCharge('wide', { ...DAY, capacity: 5_000 }),
        testCharge('second', { requests: 4_000, periodMs: 1_000, capacity: 4_000 }),
      ];
      // Both know the script, as after any first request.
      for (const store of stores) await store.read(charges[0] ?? testCharge('none', DAY_ONE), 0);
      const before = await scriptCalls(first);
      const all = Array.from({ length: 2_000 }, (_, index) => {
        const store = stores[index % 2];
        return store === undefined ? [] : charge(store, ...charges);
      });
      const outcomes = await Promise.all(all);
      equal(outcomes.filter((outcome) => outcome[0]?.verdict === 'admitted').length, 100);
      const calls = (await scriptCalls(first)) - before;
      ok(calls <= 2_001, String(calls));
      // The others were charged for those 100 alone.
      const [wide] = await charge(stores[0] ?? createStore(first).store, {
        ...(charges[1] ?? charges[0]),
        cost: 1,
      } as Charge);
      equal(wide?.remaining, 4_899);
    }),
  );

  it(
    'asks Redis nothing about a budget that is known to be used up :: a flood costs no call, and does not prolong the wait',
    within(20_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const redis = await openTestRedis(server.url, later);
      const { store, registry } = createStore(redis);
      const one = testCharge('flooded', { requests: 1, periodMs: 1_500, capacity: 3 });
      const five = { ...testCharge('heavy', { ...DAY, capacity: 6 }), cost: 5 };
      const started = systemClock.nowMs();
      for (let count = 0; count < 4; count += 1) await charge(store, one);
      deepEqual(verdicts(await charge(store, five)), ['admitted']);
      deepEqual(verdicts(await charge(store, five)), ['refused']);
      const before = await scriptCalls(redis);
      let flooded = 0;
      while (systemClock.nowMs() - started < 1_200) {
        const outcomes = store.charge([one], systemClock.nowMs());
        ok(!(outcomes instanceof Promise));
        deepEqual(verdicts(outcomes), ['refused']);
        equal(store.peek([one], systemClock.nowMs())[0]?.verdict, 'refused');
        flooded += 1;
        if (flooded % 1_000 === 0) await sleep(1);
      }
      deepEqual(verdicts(await charge(store, five)), ['refused']);
      equal(await scriptCalls(redis), before);
      // A lighter request fits, and is asked for.
      deepEqual(verdicts(await charge(store, { ...five, cost: 1 })), ['admitted']);
      equal(await scriptCalls(redis), before + 1);
      while (systemClock.nowMs() - started < 1_600) await sleep(10);
      deepEqual(verdicts(await charge(store, one)), ['admitted']);
      const [, hits] = /ratelimit_local_refusals_total (\d+)/.exec(await registry.scrape()) ?? [];
      ok(Number(hits) >= flooded);
    }),
  );

  it(
    'forgets what it knows on a reset and on new figures',
    within(20_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const redis = await openTestRedis(server.url, later);
      const { store } = createStore(redis);
      const one = testCharge('a', { ...DAY, capacity: 1 });
      await charge(store, one);
      deepEqual(verdicts(await charge(store, one)), ['refused']);
      equal(await store.forget(one), true);
      deepEqual(verdicts(await charge(store, one)), ['admitted']);
      deepEqual(verdicts(await charge(store, one)), ['refused']);
      store.forgetLocally();
      const raised = testCharge('a', { ...DAY, capacity: 3 });
      deepEqual(verdicts(await charge(store, raised)), ['admitted']);
      equal((await store.read(raised, 0))?.remaining, 1);
    }),
  );

  it(
    'names no caller in a key, and leaves none without an end',
    within(20_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const redis = await openTestRedis(server.url, later);
      const { store } = createStore(redis);
      const identities = ['client:203.0.113.9', 'user:acme/jo@example.com', 'key:k1', 'global'];
      for (const identity of identities) {
        await charge(store, {
          ...testCharge('a', { ...DAY, capacity: 9 }),
          identity,
          key: `a|${identity}`,
          tenant: 'acme',
        });
      }
      const keys = await redis.client.keys('*');
      equal(keys.length, identities.length);
      for (const key of keys) {
        ok(/^harbour:test:limit:a:[A-Za-z0-9_-]{22}$/.test(key), key);
        ok((await redis.client.ttl(key)) > 0);
      }
    }),
  );

  it(
    'never hands out a burst twice :: 200 at 1/s with pauses of 2.3 s admit at most 200 and one a second',
    within(30_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const { store } = createStore(await openTestRedis(server.url, later));
      const one = testCharge('a', { requests: 1, periodMs: 1_000, capacity: 200 });
      const started = systemClock.nowMs();
      let admitted = 0;
      for (let round = 0; round < 4; round += 1) {
        if (round > 0) await sleep(2_300);
        for (let count = 0; count < 230; count += 1) {
          if ((await charge(store, one))[0]?.verdict === 'admitted') admitted += 1;
        }
      }
      const seconds = (systemClock.nowMs() - started) / 1_000;
      ok(admitted <= 200 + seconds && admitted >= 200 + Math.floor(seconds) - 1, `${admitted} in ${seconds} s`);
    }),
  );

  it(
    'goes on where the shared budget stood when Redis goes away, in its share, and forgets that afterwards',
    within(30_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const redis = await openTestRedis(server.url, later);
      const { store, lines, registry } = createStore(redis);
      const used = testCharge('used', { ...DAY, capacity: 40 }, { replicas: 4 });
      const fresh = testCharge('fresh', { ...DAY, capacity: 40 }, { replicas: 4 });
      const open = testCharge('open', { ...DAY, capacity: 1 }, { onStoreFailure: 'open' });
      const closed = testCharge('closed', { ...DAY, capacity: 1 }, { onStoreFailure: 'closed' });
      await charge(store, { ...used, cost: 20 });
      await server.kill();
      await until(() => !redis.isUp);
      const admitted = async (one: Charge): Promise<number> => {
        let count = 0;
        for (let index = 0; index < 30; index += 1) {
          if ((await charge(store, one))[0]?.verdict === 'admitted') count += 1;
        }
        return count;
      };
      equal(await admitted(fresh), 10);
      equal(await admitted(used), 5);
      deepEqual(verdicts(await charge(store, open)), ['uncounted']);
      deepEqual(verdicts(await charge(store, open, closed)), ['uncounted', 'unavailable']);
      deepEqual(verdicts(await charge(store, { ...closed, rules: { ...closed.rules, dryRun: true } })), ['uncounted']);
      ok((await registry.scrape()).includes('ratelimit_store_degraded 1\n'));
      await server.restart();
      await until(async () => (await charge(store, open))[0]?.verdict !== 'uncounted');
      equal(
        await admitted({ ...fresh, key: 'fresh2|global', identity: 'global', rules: { ...fresh.rules, id: 'f2' } }),
        30,
      );
      equal(store.evictions, 0);
      equal(lines.filter((line) => line.includes('limit store away')).length, 1);
      equal(lines.filter((line) => line.includes('limit store back')).length, 1);
    }),
  );
});
