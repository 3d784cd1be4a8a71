import { deepEqual, equal, match } from 'node:assert/strict';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { createRuntime } from '../create-runtime.ts';
import { testPolicy, testRoute } from '../testing/policy.ts';
import { bind, within } from '../testing/servers.ts';

/** What holds this process open; names of sockets and timers, sorted. */
async function openNow(): Promise<readonly string[]> {
  await sleep(50);
  return process
    .getActiveResourcesInfo()
    .filter((name) => /Server|Timeout|TCPSOCKET|TCPWRAP|Immediate/i.test(name))
    .sort();
}

async function startAndFail(policy: RuntimePolicy, env: Readonly<Record<string, string>> = {}) {
  const lines: string[] = [];
  const runtime = createRuntime({ policy, digest: 'd', env, log: { write: (line) => lines.push(line) } });
  const before = await openNow();
  const result = await runtime.start();
  const after = await openNow();
  deepEqual(after, before, 'nothing is left open');
  deepEqual(await runtime.stop(), { cut: 0 }, 'there is nothing to stop');
  return { reasons: result.kind === 'refused' ? result.reasons : ['started'], lines };
}

describe('a start that fails', (it) => {
  const { storage } = testPolicy();
  const redis = { ...storage, counters: { kind: 'redis', env: 'REDIS_URL' } as const };
  const tls = { certFile: '/nonexistent/tls.crt', keyFile: '/nonexistent/tls.key', minVersion: 'TLSv1.2' as const };

  it(
    'leaves nothing open and says why in one line :: for each port',
    within(30_000, async (later) => {
      const other = createServer();
      const port = await bind(other);
      later(() => new Promise((resolve) => other.close(resolve)));
      const taken = { host: '127.0.0.1', port };
      for (const change of [{ admin: taken }, { listen: taken }, { egress: taken }]) {
        // With a database that does not answer, so that everything before the ports is open.
        const policy = testPolicy({ ...change, routes: [testRoute({ auth: 'api-key' })] });
        const env = { DATABASE_URL: 'postgresql://127.0.0.1:1/none', API_KEY_PEPPER: 'p'.repeat(32) };
        const { reasons } = await startAndFail(policy, env);
        deepEqual(reasons, [`cannot listen on 127.0.0.1:${port}: the address is in use (EADDRINUSE)`]);
      }
    }),
  );

  it(
    'leaves nothing open and says why in one line :: without the address of Redis, or the files of TLS',
    within(15_000, async () => {
      const { reasons } = await startAndFail(testPolicy({ storage: redis }));
      equal(reasons.length, 1);
      match(reasons[0] ?? '', /^REDIS_URL must be set/);
      const withoutFiles = await startAndFail(testPolicy({ tls }));
      deepEqual(withoutFiles.reasons, ['tls: /nonexistent/tls.crt: cannot be read (ENOENT)']);
    }),
  );
});
