/** A real Redis server and the shared connection to it, for tests. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openRedis, type SharedRedis } from '../storage/redis/open-redis.ts';
import { parseRedisUrl, type RedisAddress } from '../storage/redis/plan-redis.ts';
import { startRedis, type TestRedis } from './redis.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

/** This machine may have better things to do meanwhile; a test of time limits says its own. */
const PATIENT_MS = 10_000;

/** `program`: the path of `redis-server`. */
export async function startTestRedis(
  program: string,
  later: Later,
  options: readonly string[] = [],
): Promise<TestRedis> {
  const server = await startRedis(program, options);
  later(() => server.stop());
  return server;
}

export async function openTestRedis(
  url: string,
  later: Later,
  { mode = 'single', commandTimeoutMs = PATIENT_MS }: { mode?: RedisAddress['mode']; commandTimeoutMs?: number } = {},
): Promise<SharedRedis> {
  const address = parseRedisUrl(url, mode);
  if (address === undefined) throw new Error(`no address: ${url}`);
  const redis = openRedis({ address, prefix: 'harbour:test:', commandTimeoutMs, onChange: () => undefined });
  later(() => redis.close());
  await until(() => redis.isUp);
  return redis;
}

const UNTIL_MS = 40_000;

/** Waits for a condition, and fails when it does not come. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + UNTIL_MS;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not so within ${UNTIL_MS} ms: ${condition}`);
    await sleep(10);
  }
}
