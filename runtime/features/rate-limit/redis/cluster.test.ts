import { deepEqual, equal, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { requireTool } from '../../../../compiler/testing/real-tools.ts';
import { describe } from '../../../../compiler/testing/suite.ts';
import { systemClock } from '../../../resilience/clock.ts';
import { createLog } from '../../../telemetry/log.ts';
import { createMetricRegistry } from '../../../telemetry/registry.ts';
import { testCharge } from '../../../testing/charge.ts';
import { openTestRedis, until } from '../../../testing/open-test-redis.ts';
import { testPolicy } from '../../../testing/policy.ts';
import { startRedisCluster } from '../../../testing/redis-cluster.ts';
import { within } from '../../../testing/servers.ts';
import type { Charge } from '../charge.ts';
import { createKeyNames } from './key-names.ts';
import { createRedisLimitStore } from './redis-store.ts';

const DAY = { requests: 1, periodMs: 86_400_000 };

describe('limits in a redis cluster', (it) => {
  it('keeps the budgets of one tenant in one slot, and hides who it is', () => {
    const names = createKeyNames('harbour:test:', true);
    const slotOf = (identity: string, tenant?: string) => names.slot({ rules: { id: 'a' }, identity, tenant });
    equal(slotOf('key:k1', 'acme'), slotOf('tenant:acme', 'acme'));
    equal(slotOf('user:acme/jo', 'acme'), slotOf('tenant:acme', 'acme'));
    ok(slotOf('tenant:acme') !== slotOf('tenant:other'));
    ok(slotOf('organisation:acme', 'acme') !== slotOf('tenant:acme'));
    ok(
      /^harbour:test:limit:\{[\w-]{22}\}:a:[\w-]{22}$/.test(
        names.name({ rules: { id: 'a' }, identity: 'global', tenant: 't' }),
      ),
    );
  });

  it(
    'charges all or none over slots, without CROSSSLOT :: what one slot took is given back when another refuses or is gone',
    within(60_000, async (later) => {
      const cluster = await startRedisCluster(requireTool('redis-server'), later);
      const redis = await openTestRedis(cluster.url, later, { mode: 'cluster', commandTimeoutMs: 2_000 });
      const lines: string[] = [];
      const log = createLog(testPolicy(), { write: (line) => lines.push(line) });
      const store = createRedisLimitStore({ redis, clock: systemClock, registry: createMetricRegistry(), log });
      const charge = async (...charges: Charge[]) => store.charge(charges, systemClock.nowMs());
      const budget = (limit: string, identity: string, capacity: number): Charge => ({
        ...testCharge(limit, { ...DAY, capacity }),
        identity,
        key: `${limit}|${identity}`,
        tenant: 'acme',
      });
      const key = budget('key', 'key:k1', 50);
      const tenant = budget('tenant', 'tenant:acme', 60);
      const everybody = budget('all', 'global', 10);
      const client = budget('client', 'client:203.0.113.9', 70);
      const left = async (one: Charge) => (await store.read(one, 0))?.remaining;

      const parallel = Array.from({ length: 40 }, () => charge(key, tenant, everybody, client));
      const admitted = (await Promise.all(parallel)).filter((outcomes) =>
        outcomes.every(({ verdict }) => verdict === 'admitted'),
      );
      equal(admitted.length, 10);
      await until(async () => (await left(key)) === 40);
      await until(async () => (await left(client)) === 60);
      deepEqual([await left(tenant), await left(everybody)], [50, 0]);

      // All keys end by themselves, wherever they are.
      for (const { port } of cluster.nodes) {
        const node = new Redis(port, '127.0.0.1');
        for (const name of await node.keys('*')) ok((await node.ttl(name)) > 0, name);
        node.disconnect();
      }

      // One node gone: its budgets are decided here, the others get back what they gave.
      const lost = budget('lost', 'global', 30);
      await charge(key, tenant, client);
      const before = [await left(key), await left(tenant), await left(client)];
      const slotOfLost = Number(await redis.client.cluster('KEYSLOT', createKeyNames(redis.prefix, true).name(lost)));
      await cluster.nodes[Math.floor((slotOfLost / 16_384) * 3)]?.kill();
      await sleep(50);
      const outcomes = await charge(key, tenant, client, lost);
      ok(outcomes.every(({ verdict }) => verdict === 'admitted'));
      const survivors = [key, tenant, client];
      for (const [index, one] of survivors.entries()) {
        const now = await left(one);
        // A budget on the lost node cannot be read.
        if (now !== undefined) await until(async () => (await left(one)) === before[index]);
      }
    }),
  );
});
