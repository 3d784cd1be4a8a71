/**
 * A real Redis cluster of three masters for tests.
 *
 * Made by `CLUSTER MEET` and `ADDSLOTSRANGE`, which needs no second program and a second or two.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startRedis, type TestRedis } from './redis.ts';

export interface TestCluster {
  /** Address of all nodes, as the runtime takes it. */
  readonly url: string;
  readonly nodes: readonly TestRedis[];
}

const SLOTS = 16_384;
const NODES = 3;

export async function startRedisCluster(
  program: string,
  later: (cleanUp: () => Promise<unknown>) => void,
): Promise<TestCluster> {
  const nodes: TestRedis[] = [];
  for (let index = 0; index < NODES; index += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'seaworthy-cluster-'));
    const node = await startRedis(program, [
      '--cluster-enabled',
      'yes',
      '--dir',
      folder,
      '--cluster-node-timeout',
      '2000',
    ]);
    later(async () => {
      await node.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    nodes.push(node);
  }
  const clients = nodes.map(({ port }) => new Redis(port, '127.0.0.1'));
  const [first] = nodes;
  for (const [index, client] of clients.entries()) {
    const from = Math.ceil((SLOTS / NODES) * index);
    const to = Math.ceil((SLOTS / NODES) * (index + 1)) - 1;
    await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
    if (index > 0 && first !== undefined) await client.call('CLUSTER', 'MEET', '127.0.0.1', first.port);
  }
  for (const client of clients) {
    while (!String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) await sleep(50);
    while (!String(await client.call('CLUSTER', 'INFO')).includes(`cluster_known_nodes:${NODES}`)) await sleep(50);
    client.disconnect();
  }
  return { url: `redis://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`, nodes };
}
