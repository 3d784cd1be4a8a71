import { deepEqual, equal, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe } from '../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { testCache, testCacheUse, testLimit, testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { type Gateway, startGateway, startUpstream, within } from '../testing/servers.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const RELOADS = 200;
const MORE_MEMORY_BYTES = 8 * 1024 * 1024;

/** Two policies that differ in every part that a reload follows. */
function policyOf(upstream: string, turn: number): RuntimePolicy {
  const isEven = turn % 2 === 0;
  const breaker = { consecutiveFailures: isEven ? 5 : 6, openMs: 1_000, halfOpenProbes: 1 };
  const health = {
    path: '/health',
    intervalMs: isEven ? 40 : 50,
    timeoutMs: 500,
    unhealthyAfter: 3,
    healthyAfter: 1,
    ejectMs: 1_000,
  };
  return testPolicy({
    upstreams: { main: { ...testUpstream(upstream), breaker, health, maxConnections: isEven ? 17 : 19 } },
    limits: { one: testLimit({ requests: isEven ? 900 : 800, capacity: 5_000 }) },
    caches: { rules: testCache({ maxEntries: isEven ? 23 : 29 }) },
    routes: [
      testRoute({ limits: ['one'], maxConcurrent: isEven ? 50 : 60 }),
      testRoute({ id: 'kept', path: '/kept', cache: testCacheUse() }),
    ],
    providers: {
      llm: {
        timeoutMs: isEven ? 900 : 800,
        breaker,
        pool: { name: 'llm', maxConcurrent: 3, queue: { max: 4, waitMs: 500 } },
      },
    },
    objectives: [{ name: 'good', upstream: 'main', target: isEven ? 0.9 : 0.99, windowMs: 2_592_000_000 }],
  });
}

async function series({ adminUrl }: Gateway): Promise<readonly string[]> {
  const text = await (await fetch(`${adminUrl}/metrics`, { headers: { connection: 'close' } })).text();
  // Without values, and without the digest, which is another.
  const names = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('policy_info'));
  return names.map((line) => line.slice(0, line.lastIndexOf(' '))).sort();
}

function handles(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

async function heapBytes(): Promise<number> {
  for (let count = 0; count < 3; count += 1) {
    collectGarbage();
    await sleep(20);
  }
  return process.memoryUsage().heapUsed;
}

describe('reloading again and again', (it) => {
  it(
    'keeps handles, timers, listeners, metrics and memory as they were',
    within(60_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const gateway = await startGateway(policyOf(upstream, 0), later);
      const warnings: string[] = [];
      const onWarning = (warning: Error): void => void warnings.push(warning.name);
      process.on('warning', onWarning);
      later(async () => process.off('warning', onWarning));
      const reloadOnce = async (turn: number): Promise<void> => {
        const result = await gateway.runtime.reload({ policy: policyOf(upstream, turn), digest: `d${turn}` });
        equal(result.kind, 'reloaded');
        for (const path of ['/v1/items', '/kept']) {
          equal((await fetch(`${gateway.url}${path}`, { headers: { connection: 'close' } })).status, 200);
        }
      };
      for (let turn = 1; turn <= 20; turn += 1) await reloadOnce(turn);
      const known = await series(gateway);
      await sleep(500);
      const [before, bytes] = [handles(), await heapBytes()];
      for (let turn = 21; turn <= 20 + RELOADS; turn += 1) await reloadOnce(turn);
      deepEqual(await series(gateway), known, 'no series more, none twice');
      await sleep(500);
      const after = handles();
      for (const [name, count] of Object.entries(after)) {
        // A connection or two of the test itself may be ending.
        ok(count <= (before[name] ?? 0) + 5, `${name}: ${before[name] ?? 0}, then ${count}`);
      }
      const grown = (await heapBytes()) - bytes;
      ok(grown < MORE_MEMORY_BYTES, `the heap has grown by ${grown} bytes`);
      deepEqual(warnings, [], 'no listener leak was warned of');
    }),
  );
});
