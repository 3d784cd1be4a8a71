/** What becomes of requests when whoever is told about them is away: a collector that never answers, a log disk that is full. */
import { equal, match, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from '../../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { startBlackHole } from '../otlp-collector.ts';
import { testPolicy, testUpstream } from '../policy.ts';
import { bind, type Gateway, startGateway, startUpstream, within } from '../servers.ts';
import { until } from '../until.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

function tracedPolicy(upstream: string, protocol: 'grpc' | 'http/protobuf', enabled = true): RuntimePolicy {
  const policy = testPolicy({ upstreams: { main: testUpstream(upstream) } });
  const traces = { serviceName: 'harbour', endpointEnv: 'COLLECTOR', protocol, sampleRatio: 1, enabled };
  return { ...policy, telemetry: { ...policy.telemetry, logLevel: 'warn', traces } };
}

/** Times of so many requests in milliseconds, in order of length. */
async function load(url: string, requests: number, connections = 20): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  const once = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const startedMs = performance.now();
      get(`${url}/v1/items`, { agent }, (res) => {
        if (res.statusCode !== 200) reject(new Error(`answered ${res.statusCode}`));
        res.resume();
        res.on('end', () => {
          times.push(performance.now() - startedMs);
          resolve();
        });
      }).on('error', reject);
    });
  const worker = async (): Promise<void> => {
    while (times.length < requests) await once();
  };
  await Promise.all(Array.from({ length: connections }, worker));
  agent.destroy();
  return times.sort((a, b) => a - b);
}

async function scraped(gateway: Gateway, series: string): Promise<number> {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? Number.NaN);
}

const at = (times: readonly number[], share: number): number => times[Math.floor((times.length - 1) * share)] ?? 0;

describe('fault: the collector is away', (it) => {
  for (const protocol of ['grpc', 'http/protobuf'] as const) {
    it(
      `[JAM-064] requests do not feel it, spans are dropped and counted :: black hole, ${protocol}`,
      within(60_000, async (later) => {
        const upstream = await startUpstream((_req, res) => res.end('ok'), later);
        const hole = await startBlackHole(later);
        const off = await startGateway(tracedPolicy(upstream, protocol, false), later);
        const gateway = await startGateway(tracedPolicy(upstream, protocol), later, { env: { COLLECTOR: hole } });
        await Promise.all([load(off.url, 300), load(gateway.url, 300)]);
        // Both at once, so that whatever else this machine does falls on both.
        const [without, during] = await Promise.all([load(off.url, 500), load(gateway.url, 500)]);
        ok(
          at(during, 0.5) - at(without, 0.5) < 50,
          `median ${at(during, 0.5)} ms, without traces ${at(without, 0.5)} ms`,
        );
        ok(at(during, 0.9) - at(without, 0.9) < 150, `p90 ${at(during, 0.9)} ms, without ${at(without, 0.9)} ms`);
        // Two spans for each request: soon more than the queue and the batch on its way hold.
        let full = 0;
        for (let round = 0; round < 20 && full === 0; round += 1) {
          await load(gateway.url, 400);
          full = await scraped(gateway, 'telemetry_spans_dropped_total{reason="queue-full"}');
          ok((await scraped(gateway, 'telemetry_spans_queued')) <= 2_048, 'the queue is bounded');
        }
        ok(full > 0, 'the queue was full');
        // A batch that is given up makes room for 512, on a slow machine several times; beyond that the count rises.
        let risen = full;
        for (let round = 0; round < 20 && risen === full; round += 1) {
          await load(gateway.url, 400);
          risen = await scraped(gateway, 'telemetry_spans_dropped_total{reason="queue-full"}');
        }
        ok(risen > full, 'it rises');
        equal(await scraped(gateway, 'telemetry_spans_exported_total'), 0);
        const stoppedMs = performance.now();
        await gateway.runtime.stop();
        ok(performance.now() - stoppedMs < 5_000, 'the end waits for the flush no longer than it may');
      }),
    );
  }

  it(
    'says so once, and once when it is back :: a collector that refuses, then comes up on the same port',
    within(30_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const probe = createServer();
      const port = await bind(probe);
      await new Promise((resolve) => probe.close(resolve));
      const policy = tracedPolicy(upstream, 'http/protobuf');
      const gateway = await startGateway({ ...policy, telemetry: { ...policy.telemetry, logLevel: 'info' } }, later, {
        env: { COLLECTOR: `http://127.0.0.1:${port}` },
      });
      const said = (msg: string) => gateway.lines.filter((line) => line['msg'] === msg).length;
      await load(gateway.url, 40);
      await until(() => said('trace collector away') === 1, 'the outage is logged', 15_000);
      const { createServer: createHttpServer } = await import('node:http');
      const server = createHttpServer((req, res) => {
        req.resume();
        req.on('end', () => res.end());
      });
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      later(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
      await load(gateway.url, 40);
      await until(() => said('trace collector back') === 1, 'the end of it is logged', 15_000);
      equal(said('trace collector away'), 1);
      ok((await scraped(gateway, 'telemetry_spans_exported_total')) > 0);
    }),
  );
});

const MAIN = fileURLToPath(new URL('../../main.ts', import.meta.url));

/** The gateway as a program whose standard output is `stdout`. */
async function startProgram(later: Later, stdout: number | 'pipe') {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-log-'));
  const upstream = await startUpstream((_req, res) => res.end('ok'), later);
  const probe = createServer();
  const port = await bind(probe);
  const other = createServer();
  const adminPort = await bind(other);
  await Promise.all([probe, other].map((server) => new Promise((resolve) => server.close(resolve))));
  const policy = testPolicy({
    upstreams: { main: testUpstream(upstream) },
    listen: { host: '127.0.0.1', port },
    admin: { host: '127.0.0.1', port: adminPort },
  });
  const path = join(folder, 'policy.json');
  writeFileSync(path, JSON.stringify(policy));
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, path], {
    stdio: ['ignore', stdout, 'pipe'],
    env: {},
  });
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  later(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.status === 200) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const dropped = async (): Promise<number> => {
    const text = await (await fetch(`${adminUrl}/metrics`)).text();
    return Number(/^telemetry_log_lines_dropped_total (\d+)$/m.exec(text)?.[1]);
  };
  return { child, url, ended, dropped, errors: () => errors };
}

describe('fault: log lines cannot be written', (it) => {
  it(
    'requests are answered, lines are counted as lost, the reason is said once :: a full disk',
    within(60_000, async (later) => {
      const full = openSync('/dev/full', 'w');
      later(async () => closeSync(full));
      const program = await startProgram(later, full);
      await load(program.url, 300);
      const first = await program.dropped();
      ok(first > 100, `${first} lines lost`);
      await load(program.url, 300);
      ok((await program.dropped()) > first, 'it rises');
      match(program.errors(), /^seaworthy: log lines are lost \(ENOSPC.*\)\n$/);
      program.child.kill('SIGTERM');
      equal(await program.ended, 0, 'and it drains as ever');
    }),
  );

  it(
    'requests are answered, and the end does not wait for ever :: a pipe that nobody reads',
    within(60_000, async (later) => {
      const program = await startProgram(later, 'pipe');
      program.child.stdout?.pause();
      await load(program.url, 2_000);
      equal((await fetch(`${program.url}/v1/items`)).status, 200);
      program.child.kill('SIGTERM');
      equal(await program.ended, 0, 'and it ends, though nobody ever reads');
    }),
  );
});
