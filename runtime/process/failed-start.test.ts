import { deepEqual, equal, match } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../compiler/testing/suite.ts';
import { defined } from '../../schemas/data/defined.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { whyNotEmbedded } from '../storage/postgres/embedded-directory.ts';
import { testCache, testPolicy, testRoute } from '../testing/policy.ts';
import { bind, within } from '../testing/servers.ts';
import { createRuntime } from './create-runtime.ts';

/** What holds this process open; names of sockets and timers, sorted. */
async function openNow(): Promise<readonly string[]> {
  await sleep(50);
  return process
    .getActiveResourcesInfo()
    .filter((name) => /Server|Timeout|TCPSOCKET|TCPWRAP|Immediate/i.test(name))
    .sort();
}

async function startAndFail(policy: RuntimePolicy, env: Readonly<Record<string, string>> = {}, dataDirectory?: string) {
  const lines: string[] = [];
  const runtime = createRuntime({
    policy,
    digest: 'd',
    env,
    log: { write: (line) => lines.push(line) },
    ...defined({ dataDirectory }),
  });
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
        const policy = testPolicy({ ...change, routes: [testRoute({ auth: 'api-key' })] });
        const env = { DATABASE_URL: 'postgresql://127.0.0.1:1/none', API_KEY_PEPPER: 'p'.repeat(32) };
        const { reasons } = await startAndFail(policy, env);
        deepEqual(reasons, [`cannot listen on 127.0.0.1:${port}: the address is in use (EADDRINUSE)`]);
      }
    }),
  );

  it(
    'is refused before anything slow :: a taken port is named with its socket, and no database was opened',
    within(15_000, async (later) => {
      const other = createServer();
      const port = await bind(other);
      later(() => new Promise((resolve) => other.close(resolve)));
      const policy = testPolicy({ admin: { host: '127.0.0.1', port }, routes: [testRoute({ auth: 'api-key' })] });
      const lines: string[] = [];
      const log = { write: (line: string) => lines.push(line) };
      const result = await createRuntime({ policy, digest: 'd', env: {}, log }).start();
      equal(result.kind === 'refused' && result.socket, 'admin');
      deepEqual(lines, [], 'nothing was opened that would be told of');
    }),
  );

  it(
    'two sockets of one port are found, and what was open is closed',
    within(15_000, async () => {
      const free = createServer();
      const port = await bind(free);
      await new Promise((resolve) => free.close(resolve));
      const same = { host: '127.0.0.1', port };
      const { reasons } = await startAndFail(testPolicy({ admin: same, listen: same }));
      deepEqual(reasons, [`cannot listen on 127.0.0.1:${port}: the address is in use (EADDRINUSE)`]);
    }),
  );

  it(
    'is given up at the first signal to stop, while the database does not answer :: nothing is left open',
    within(20_000, async (later) => {
      const silent = createNetServer((socket) => socket.on('error', () => undefined).resume());
      const port = await bind(silent);
      later(() => new Promise((resolve) => silent.close(resolve)));
      const policy = testPolicy({ routes: [testRoute({ auth: 'api-key' })] });
      const env = { DATABASE_URL: `postgresql://127.0.0.1:${port}/none`, API_KEY_PEPPER: 'p'.repeat(32) };
      const runtime = createRuntime({ policy, digest: 'd', env, log: { write: () => undefined } });
      const before = await openNow();
      const starting = runtime.start();
      // Long enough to be in the middle of it.
      await sleep(200);
      deepEqual(await runtime.stop(), { cut: 0 });
      deepEqual(await starting, { kind: 'refused', reasons: ['it was told to stop while it started'] });
      deepEqual(await openNow(), before);
    }),
  );

  it(
    'is given up while caches are filled :: whoever fills them is told, and no timer is left',
    within(15_000, async () => {
      let isTold = false;
      const run = (_caches: unknown, signal: AbortSignal) =>
        new Promise<void>(() =>
          signal.addEventListener('abort', () => {
            isTold = true;
          }),
        );
      const before = await openNow();
      const runtime = createRuntime({
        policy: testPolicy({ caches: { rules: testCache() } }),
        digest: 'd',
        env: {},
        log: { write: () => undefined },
        warmUp: { timeoutMs: 60_000, run },
      });
      const starting = runtime.start();
      await sleep(200);
      await runtime.stop();
      equal((await starting).kind, 'refused');
      equal(isTold, true);
      deepEqual(await openNow(), before);
    }),
  );

  it('is refused where the embedded database cannot be :: a missing package, a directory that is none', async () => {
    const missing = Object.assign(new Error("Cannot find package '@electric-sql/pglite'"), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    const { dependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    equal(
      await whyNotEmbedded(undefined, 'DATABASE_URL', () => Promise.reject(missing)),
      `the embedded PostgreSQL is a package that is not installed; run \`npm install @electric-sql/pglite@${dependencies['@electric-sql/pglite']}\`, or set DATABASE_URL to use a server`,
    );
    const policy = testPolicy({ routes: [testRoute({ auth: 'api-key' })] });
    for (const [dataDirectory, reason] of [
      ['/dev/null/x', 'it is not a directory (ENOTDIR)'],
      ['/dev/null', 'it is not a directory (EEXIST)'],
      [`/tmp/${'a'.repeat(300)}`, 'the name is too long (ENAMETOOLONG)'],
    ]) {
      const { reasons } = await startAndFail(policy, {}, dataDirectory);
      deepEqual(reasons, [`the directory ${dataDirectory} of the embedded PostgreSQL cannot be used: ${reason}`]);
    }
  });

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
