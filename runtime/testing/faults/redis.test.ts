/**
 * What callers see while Redis fails, for each way in which it can: every limit does what it declares, nobody waits more than
 * the time of one command and soon nobody waits at all, operators see it once, and it ends by itself.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Redis } from 'ioredis';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { until } from '../open-test-redis.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../policy.ts';
import { startRedis, type TestRedis } from '../redis.ts';
import { type Gateway, startGateway, startUpstream, within } from '../servers.ts';
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

const MODES = ['local', 'open', 'closed'] as const;
type Mode = (typeof MODES)[number];
const BUDGET = 400;
const REPLICAS = 4;
/** Three times the usual, as a machine that runs many tests at once is late by itself. */
const TIMEOUT_MS = 150;
/** What no request takes even on a machine that does many other things; a client that retries or queues takes far longer. */
const WORST_MS = 3_000;

interface Bench {
  readonly gateway: Gateway;
  readonly server: TestRedis;
  readonly proxy: TcpProxy;
  /** A connection past the proxy. */
  readonly direct: Redis;
}

async function startBench(later: Later): Promise<Bench> {
  const server = await startRedis(requireTool('redis-server'));
  later(() => server.stop());
  const proxy = await startTcpProxy(server.port, later);
  const direct = new Redis(server.port, '127.0.0.1', { retryStrategy: () => 100 });
  direct.on('error', () => undefined);
  later(async () => direct.disconnect());
  const upstream = await startUpstream((_req, res) => res.end('ok'), later);
  const { storage } = testPolicy();
  const day = { per: 'global', requests: 1, periodMs: 86_400_000, capacity: BUDGET } as const;
  const gateway = await startGateway(
    testPolicy({
      limits: Object.fromEntries(MODES.map((mode) => [mode, testLimit({ ...day, onStoreFailure: mode })])),
      routes: MODES.map((mode) => testRoute({ id: mode, path: `/${mode}`, match: 'exact', limits: [mode] })),
      upstreams: { main: testUpstream(upstream) },
      storage: {
        ...storage,
        replicas: REPLICAS,
        counters: { kind: 'redis', env: 'REDIS_URL', commandTimeoutMs: TIMEOUT_MS },
      },
    }),
    later,
    { env: { REDIS_URL: `redis://127.0.0.1:${proxy.port}` } },
  );
  const bench = { gateway, server, proxy, direct };
  await until(() => isCounted(bench));
  return bench;
}

interface Answer {
  readonly status: number;
  readonly ms: number;
  readonly fields: Headers;
}

async function call({ gateway }: Bench, mode: Mode): Promise<Answer> {
  const started = performance.now();
  const response = await fetch(`${gateway.url}/${mode}`);
  await response.arrayBuffer();
  return { status: response.status, ms: performance.now() - started, fields: response.headers };
}

async function callAll(bench: Bench, mode: Mode, count: number): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (let index = 0; index < count; index += 1) answers.push(await call(bench, mode));
  return answers;
}

async function readMetric({ gateway }: Bench, series: string): Promise<number> {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.split(' ')[1] ?? Number.NaN);
}

const readErrors = (bench: Bench, reason: string): Promise<number> =>
  readMetric(bench, `ratelimit_store_errors_total{reason="${reason}"}`);

/** Whether requests are counted in Redis: an open limit tells its state only then. */
async function isCounted(bench: Bench): Promise<boolean> {
  return (await call(bench, 'open')).fields.has('ratelimit');
}

const isDegraded = async (bench: Bench): Promise<boolean> =>
  (await readMetric(bench, 'ratelimit_store_degraded')) === 1;
const said = ({ gateway }: Bench, start: string): number =>
  gateway.lines.filter((line) => String(line['msg']).startsWith(start)).length;
const median = (answers: readonly Answer[]): number =>
  answers.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(answers.length / 2)] ?? Number.NaN;

interface Fault {
  readonly reasons: readonly string[];
  strike(bench: Bench): unknown;
  mend(bench: Bench): unknown;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'frozen by SIGSTOP': {
    reasons: ['timeout'],
    strike: ({ server }) => server.freeze(),
    mend: ({ server }) => server.thaw(),
  },
  'killed, and started again empty': {
    reasons: ['away'],
    strike: ({ server }) => server.kill(),
    mend: ({ server }) => server.restart(),
  },
  'answering after 600 ms': {
    reasons: ['timeout'],
    strike({ proxy }) {
      proxy.delayMs = 600;
    },
    mend({ proxy }) {
      proxy.delayMs = 0;
    },
  },
  'resetting connections in the middle of an answer': {
    reasons: ['away'],
    strike({ proxy }) {
      proxy.resetNext = true;
    },
    mend({ proxy }) {
      proxy.resetNext = false;
    },
  },
  'a copy that takes no writes': {
    reasons: ['readonly'],
    strike: ({ direct }) => direct.replicaof('127.0.0.1', 1),
    mend: ({ direct }) => direct.replicaof('NO', 'ONE'),
  },
  'out of memory': {
    reasons: ['out-of-memory'],
    strike: ({ direct }) => direct.config('SET', 'maxmemory', '1'),
    mend: ({ direct }) => direct.config('SET', 'maxmemory', '0'),
  },
};

describe('redis fails', (it) => {
  for (const [name, fault] of Object.entries(FAULTS)) {
    it(
      `${name} :: each limit does what it declares, and nobody waits for long`,
      within(60_000, async (later) => {
        const bench = await startBench(later);
        const together = () => Promise.all(Array.from({ length: 30 }, () => call(bench, 'open')));
        const lag = monitorEventLoopDelay({ resolution: 5 });
        lag.enable();
        later(async () => lag.disable());
        const before = await callAll(bench, 'open', 20);
        const beforeTogether = await together();
        // A cold start on a busy machine may have looked like a fault.
        await until(async () => !(await isDegraded(bench)));
        const changes = said(bench, 'limit store away');
        await fault.strike(bench);
        const hit = await together();
        const first = await callAll(bench, 'open', 10);
        await until(() => isDegraded(bench));
        for (const { status, ms } of [...hit, ...first]) {
          equal(status, 200);
          ok(ms < WORST_MS, `${ms} ms`);
        }
        const extra = median(hit) - 2 * median(beforeTogether);
        const ownMs = 3 * (lag.max / 1e6);
        ok(extra < TIMEOUT_MS + 50 + ownMs, `${median(hit)} ms, ${median(beforeTogether)} ms before`);
        // Once it is known, nobody waits any more.
        const open = await callAll(bench, 'open', 40);
        ok(median(open) < 2 * median(before) + 25 + ownMs, `${median(open)} ms, ${median(before)} ms before`);
        ok(open.every(({ status, fields }) => status === 200 && !fields.has('ratelimit')));
        const closed = await callAll(bench, 'closed', 5);
        deepEqual(
          closed.map(({ status, fields }) => [status, fields.get('retry-after')]),
          closed.map(() => [503, '1']),
        );
        const local = await callAll(bench, 'local', BUDGET / REPLICAS + 5);
        equal(local.filter(({ status }) => status === 200).length, BUDGET / REPLICAS);
        equal(local.filter(({ status }) => status === 429).length, 5);
        for (const reason of fault.reasons) {
          ok((await readErrors(bench, reason)) >= 1, reason);
        }
        equal(said(bench, 'limit store away'), changes + 1);
        equal(said(bench, 'limit store back'), changes);
        await fault.mend(bench);
        await until(() => isCounted(bench));
        await until(async () => !(await isDegraded(bench)));
        await until(async () => (await call(bench, 'closed')).status === 200);
        // The shared budget was not touched by what was admitted here meanwhile.
        const left = /r=(\d+)/.exec((await call(bench, 'local')).fields.get('ratelimit') ?? '')?.[1];
        ok(Number(left) > BUDGET - BUDGET / REPLICAS, left);
        // One line for each change, however often a busy machine makes it change.
        await until(() => said(bench, 'limit store back') === said(bench, 'limit store away'));
      }),
    );
  }

  it(
    'answering after 30 ms :: is in time: all is counted, and nothing is degraded',
    within(30_000, async (later) => {
      const bench = await startBench(later);
      await until(async () => !(await isDegraded(bench)));
      bench.proxy.delayMs = 30;
      const answers = await Promise.all(Array.from({ length: 10 }, () => call(bench, 'closed')));
      ok(answers.every(({ status, fields }) => status === 200 && fields.has('ratelimit')));
      equal(await isDegraded(bench), false);
    }),
  );

  it(
    'forgetting its scripts :: nobody notices',
    within(30_000, async (later) => {
      const bench = await startBench(later);
      const left = async () => /r=(\d+)/.exec((await call(bench, 'closed')).fields.get('ratelimit') ?? '')?.[1];
      equal(await left(), String(BUDGET - 1));
      await bench.direct.script('FLUSH');
      equal(await left(), String(BUDGET - 2));
      equal(await isDegraded(bench), false);
    }),
  );

  it(
    'holding something else under a key :: only that budget is affected, one line tells of it, and a reset mends it',
    within(30_000, async (later) => {
      const bench = await startBench(later);
      await call(bench, 'closed');
      await call(bench, 'local');
      const keys = await bench.direct.keys('harbour:test:limit:*');
      for (const key of keys.filter((candidate) => !candidate.includes(':open:'))) {
        await bench.direct.del(key);
        if (key.includes(':local:')) await bench.direct.set(key, 'nonsense');
        else await bench.direct.hset(key, 'a', '1');
      }
      const closed = await callAll(bench, 'closed', 8);
      ok(closed.every(({ status }) => status === 503));
      const local = await callAll(bench, 'local', 8);
      ok(local.every(({ status }) => status === 200));
      equal(await isCounted(bench), true);
      equal(await isDegraded(bench), false);
      ok((await readErrors(bench, 'state')) > 8);
      equal(said(bench, 'limit store: a key holds something else'), 1);
      for (const limit of ['closed', 'local']) {
        await bench.direct.del(...keys.filter((key) => key.includes(`:${limit}:`)));
      }
      equal((await call(bench, 'closed')).status, 200);
    }),
  );

  it(
    'away from the start :: the gateway serves, each limit as it declares, and counts once Redis is there',
    within(30_000, async (later) => {
      const bench = await startBench(later);
      await bench.server.kill();
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const { storage } = testPolicy();
      const gateway = await startGateway(
        testPolicy({
          limits: { open: testLimit({ onStoreFailure: 'open' }), closed: testLimit({ onStoreFailure: 'closed' }) },
          routes: [
            testRoute({ id: 'open', path: '/open', limits: ['open'] }),
            testRoute({ id: 'closed', path: '/closed', limits: ['closed'] }),
          ],
          upstreams: { main: testUpstream(upstream) },
          storage: { ...storage, counters: { kind: 'redis', env: 'REDIS_URL' } },
        }),
        later,
        { env: { REDIS_URL: bench.server.url } },
      );
      const late = { ...bench, gateway };
      equal((await call(late, 'open')).status, 200);
      equal((await call(late, 'closed')).status, 503);
      await bench.server.restart();
      await until(() => isCounted(late));
      equal((await call(late, 'closed')).status, 200);
    }),
  );
});
