import { equal, ok } from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe } from '../../../compiler/testing/suite.ts';
import { createRuntime } from '../../process/create-runtime.ts';
import { loadPolicy } from '../../process/load-policy.ts';
import { until } from '../../testing/cached-gateway.ts';
import { testCache, testPolicy } from '../../testing/policy.ts';
import { bind, within } from '../../testing/servers.ts';
import type { WarmUp } from './warm-up.ts';

/** A gateway that is starting, and what its readiness says meanwhile. */
async function starting(later: (cleanUp: () => Promise<unknown>) => void, warmUp: WarmUp) {
  const probe = createServer();
  const port = await bind(probe);
  await new Promise((resolve) => probe.close(resolve));
  const policy = testPolicy({ listen: { host: '127.0.0.1', port }, caches: { rules: testCache() } });
  const loaded = loadPolicy(JSON.stringify(policy));
  ok(loaded.kind === 'policy');
  const lines: string[] = [];
  const runtime = createRuntime({ ...loaded, env: {}, log: { write: (line) => lines.push(line) }, warmUp });
  later(() => runtime.stop());
  const started = runtime.start();
  const status = async (path: string): Promise<number> =>
    fetch(`http://127.0.0.1:${port}${path}`).then(
      (response) => response.status,
      () => 0,
    );
  return { started, status, lines };
}

describe('warm-up', (it) => {
  it(
    '[SIQ-074] holds readiness at 503 until the hook ends :: the process lives meanwhile, and the cache is warm after',
    within(20_000, async (later) => {
      let finish: (() => void) | undefined;
      let warmed: unknown;
      const { started, status } = await starting(later, {
        run: async (caches) => {
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          await caches.get('rules')?.wrap('hot', [], () => 'loaded');
          warmed = await caches.get('rules')?.wrap('hot', [], () => 'loaded again');
        },
      });
      await until(async () => (await status('/ready')) === 503);
      equal(await status('/health'), 200);
      await new Promise((resolve) => setTimeout(resolve, 100));
      equal(await status('/ready'), 503);
      finish?.();
      equal((await started).kind, 'started');
      equal(await status('/ready'), 200);
      equal(warmed, 'loaded');
    }),
  );

  it(
    '[SIQ-074] starts without a warm-up that takes too long or fails :: and says so',
    within(20_000, async (later) => {
      let isAborted = false;
      const slow = await starting(later, {
        timeoutMs: 150,
        run: (_caches, signal) =>
          new Promise(() => {
            signal.addEventListener('abort', () => {
              isAborted = true;
            });
          }),
      });
      equal((await slow.started).kind, 'started');
      equal(await slow.status('/ready'), 200);
      ok(isAborted);
      ok(slow.lines.some((line) => line.includes('warm-up takes too long')));
      const failing = await starting(later, { run: () => Promise.reject(new Error('no source')) });
      equal((await failing.started).kind, 'started');
      equal(await failing.status('/ready'), 200);
      ok(failing.lines.some((line) => line.includes('warm-up failed')));
    }),
  );
});
