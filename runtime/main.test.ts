import { equal, match, ok } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from '../compiler/testing/suite.ts';
import { testPolicy, testRoute, testUpstream } from './testing/policy.ts';
import { bind, startUpstream, within } from './testing/servers.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
  /** Address that the start line tells. */
  readonly listening: Promise<string>;
  /** What it has written so far. */
  told(): string;
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  const listening = new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
      const found = /"listening":"([^"]+)"/.exec(out)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }));
  });
  return { child, ended, listening, told: () => out };
}

describe('main', (it) => {
  it(
    'exits 2 with a sentence for each problem, and no stack trace',
    within(150_000, async (later) => {
      const folder = mkdtempSync(join(tmpdir(), 'seaworthy-main-'));
      later(async () => rmSync(folder, { recursive: true, force: true }));
      const bad = join(folder, 'bad.json');
      writeFileSync(bad, JSON.stringify({ ...testPolicy(), kind: 'X', extra: 1 }));
      const keyed = join(folder, 'keyed.json');
      const { storage } = testPolicy();
      writeFileSync(
        keyed,
        JSON.stringify(testPolicy({ routes: [testRoute({ auth: 'api-key' })], storage: { ...storage, replicas: 2 } })),
      );
      const missing = join(folder, 'missing.json');
      const [taken, unencrypted] = [join(folder, 'taken.json'), join(folder, 'unencrypted.json')];
      const other = createServer();
      const port = await bind(other);
      later(() => new Promise((resolve) => other.close(resolve)));
      writeFileSync(taken, JSON.stringify(testPolicy({ listen: { host: '127.0.0.1', port } })));
      const tls = {
        certFile: join(folder, 'none.crt'),
        keyFile: join(folder, 'none.key'),
        minVersion: 'TLSv1.2' as const,
      };
      writeFileSync(unencrypted, JSON.stringify(testPolicy({ tls })));
      const cases: readonly (readonly [readonly string[], string | RegExp])[] = [
        [[], /^usage: main POLICY\n/],
        [[missing], `seaworthy: ${missing}: cannot be read (ENOENT)\n`],
        [[bad], `seaworthy: ${bad}: policy: unknown field extra\nseaworthy: ${bad}: kind: must be RuntimePolicy\n`],
        [
          [keyed],
          /^seaworthy: DATABASE_URL must be set: the embedded database serves one process, and the policy allows 2 replicas\n$/,
        ],
        [[taken], `seaworthy: cannot listen on 127.0.0.1:${port}: the address is in use (EADDRINUSE)\n`],
        [[unencrypted], `seaworthy: tls: ${tls.certFile}: cannot be read (ENOENT)\n`],
      ];
      const runs = cases.map(async ([args, expected]) => ({ expected, ...(await run(args).ended) }));
      for (const { code, err, expected } of await Promise.all(runs)) {
        equal(code, 2, err);
        if (typeof expected === 'string') equal(err, expected);
        else match(err, expected);
      }
    }),
  );

  it(
    'drains on SIGTERM and exits 0 :: a request in flight is answered',
    within(60_000, async (later) => {
      const folder = mkdtempSync(join(tmpdir(), 'seaworthy-main-'));
      later(async () => rmSync(folder, { recursive: true, force: true }));
      const path = join(folder, 'policy.json');
      let arrived: () => void = () => undefined;
      const arrival = new Promise<void>((resolve) => (arrived = resolve));
      const upstream = await startUpstream((_req, res) => {
        arrived();
        setTimeout(() => res.end('slow'), 500);
      }, later);
      writeFileSync(path, JSON.stringify(testPolicy({ upstreams: { main: testUpstream(upstream) } })));
      const { child, ended, listening } = run([path]);
      later(async () => child.kill('SIGKILL'));
      const answer = fetch(`${await listening}/v1/items`).then((response) => response.text());
      await arrival;
      child.kill('SIGTERM');
      equal(await answer, 'slow');
      const { code, out, err } = await ended;
      equal(err, '');
      equal(code, 0);
      ok(out.includes('"msg":"stopped"'));
    }),
  );

  it(
    'stops at once on the second signal',
    within(60_000, async (later) => {
      const folder = mkdtempSync(join(tmpdir(), 'seaworthy-main-'));
      later(async () => rmSync(folder, { recursive: true, force: true }));
      const path = join(folder, 'policy.json');
      writeFileSync(path, JSON.stringify(testPolicy({ shutdown: { drainDelayMs: 600_000, drainTimeoutMs: 600_000 } })));
      const { child, ended, listening } = run([path]);
      later(async () => child.kill('SIGKILL'));
      const url = await listening;
      child.kill('SIGTERM');
      while ((await fetch(`${url}/ready`)).status !== 503) await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill('SIGTERM');
      equal((await ended).code, 1);
    }),
  );

  it(
    'follows its policy file, and SIGHUP :: without a restart, and not into a bad file',
    within(60_000, async (later) => {
      const folder = mkdtempSync(join(tmpdir(), 'seaworthy-main-'));
      later(async () => rmSync(folder, { recursive: true, force: true }));
      const path = join(folder, 'policy.json');
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const write = (...paths: string[]) =>
        writeFileSync(
          path,
          JSON.stringify(
            testPolicy({
              upstreams: { main: testUpstream(upstream) },
              routes: paths.map((route, index) => testRoute({ id: `r${index}`, path: route })),
            }),
          ),
        );
      write('/a');
      const watching = run([path], { SEAWORTHY_POLICY_WATCH_MS: '50' });
      const asked = run([path], { SEAWORTHY_POLICY_WATCH_MS: '0' });
      for (const { child } of [watching, asked]) later(async () => child.kill('SIGKILL'));
      const watchingUrl = await watching.listening;
      const askedUrl = await asked.listening;
      const until = async (url: string, status: number) => {
        while ((await fetch(url)).status !== status) await new Promise((resolve) => setTimeout(resolve, 20));
      };
      equal((await fetch(`${watchingUrl}/b`)).status, 404);
      write('/a', '/b');
      await until(`${watchingUrl}/b`, 200);
      equal((await fetch(`${askedUrl}/b`)).status, 404);
      asked.child.kill('SIGHUP');
      await until(`${askedUrl}/b`, 200);
      writeFileSync(path, '{');
      while (!watching.told().includes('policy refused')) await new Promise((resolve) => setTimeout(resolve, 20));
      await new Promise((resolve) => setTimeout(resolve, 300));
      equal((await fetch(`${watchingUrl}/b`)).status, 200);
      for (const { child } of [watching, asked]) child.kill('SIGTERM');
      const { code, out } = await watching.ended;
      equal(code, 0);
      equal(out.split('"msg":"policy refused"').length, 2, 'the bad file is told once');
      equal((await asked.ended).code, 0);
    }),
  );
});
