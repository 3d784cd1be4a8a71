import { deepEqual, equal, rejects } from 'node:assert/strict';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { openTestRedis, startTestRedis, until } from '../../testing/open-test-redis.ts';
import { startRedisCluster } from '../../testing/redis-cluster.ts';
import { within } from '../../testing/servers.ts';
import type { SharedRedis } from './open-redis.ts';
import { runScript, runScriptForBytes, script } from './scripts.ts';

const JOIN = script(`return KEYS[1] .. ':' .. ARGV[1]`);
const COUNT = script(`return redis.call('INCRBY', KEYS[1], ARGV[1])`);

/** How often the server was sent a text, and how often a digest. */
async function sent({ client }: SharedRedis) {
  const stats = await client.info('commandstats');
  const callsOf = (name: string) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  return { texts: callsOf('eval'), digests: callsOf('evalsha') };
}

describe('scripts of Redis', (it) => {
  it(
    'sends the text once for a connection, then the digest, and the text again to a server that has forgotten it',
    within(20_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const redis = await openTestRedis(server.url, later);
      const runs = (times: number) =>
        Promise.all(Array.from({ length: times }, () => runScript(redis.client, COUNT, ['n'], [2])));
      await runs(10);
      deepEqual(await sent(redis), { texts: 1, digests: 9 });
      await redis.client.script('FLUSH');
      deepEqual((await runs(3)).at(-1), 26);
      await server.kill();
      await until(() => !redis.isUp);
      await rejects(runs(1));
      await server.restart();
      await until(() => redis.isUp);
      equal((await runs(5)).length, 5);
    }),
  );

  it(
    'tells scripts apart by their texts, and gives bytes where they are asked for',
    within(20_000, async (later) => {
      const server = await startTestRedis(requireTool('redis-server'), later);
      const { client } = await openTestRedis(server.url, later);
      const bytes = Buffer.from([0, 255, 128]);
      equal(await runScript(client, JOIN, ['a'], ['b']), 'a:b');
      equal(await runScript(client, COUNT, ['n'], [1]), 1);
      deepEqual(await runScriptForBytes(client, JOIN, ['a'], [bytes]), Buffer.concat([Buffer.from('a:'), bytes]));
    }),
  );

  it(
    'finds the node of its keys in a cluster, whichever knows the script',
    within(40_000, async (later) => {
      const cluster = await startRedisCluster(requireTool('redis-server'), later);
      const { client } = await openTestRedis(cluster.url, later, { mode: 'cluster', commandTimeoutMs: 2_000 });
      const keys = Array.from({ length: 30 }, (_, index) => `key ${index}`);
      const replies = await Promise.all(keys.map((key) => runScript(client, JOIN, [key], ['x'])));
      deepEqual(
        replies,
        keys.map((key) => `${key}:x`),
      );
    }),
  );
});
