import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe } from '../../../compiler/testing/suite.ts';
import type { Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Exchange } from '../../http/exchange.ts';
import { loadPolicy } from '../../process/load-policy.ts';
import { createMetricRegistry } from '../../telemetry/registry.ts';
import { testExchange } from '../../testing/exchange.ts';
import { testPolicy, testRoute, testUpstream } from '../../testing/policy.ts';
import { startGateway, startUpstream, within } from '../../testing/servers.ts';
import { createConcurrency } from './concurrency.ts';
import { limitConcurrency } from './limit-concurrency.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

/** An upstream that holds every request until it is told to answer. */
async function startHolding(later: Later) {
  const held: ServerResponse[] = [];
  const url = await startUpstream((_req, res) => {
    held.push(res);
  }, later);
  const reached = async (count: number) => {
    while (held.length < count) await wait(5);
  };
  return { url, held, reached };
}

const routed = (url: string, ...routes: readonly Route[]): RuntimePolicy =>
  testPolicy({ upstreams: { main: testUpstream(url) }, routes });

async function metricsOf({ adminUrl }: { readonly adminUrl: string }): Promise<string> {
  return (await fetch(`${adminUrl}/metrics`)).text();
}

async function until(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await wait(10);
}

describe('limit concurrency', (it) => {
  it(
    'serves as many at once as it may :: one more is 503 at once, and a place that is free again is taken',
    within(15_000, async (later) => {
      const { url, held, reached } = await startHolding(later);
      const gateway = await startGateway(routed(url, testRoute({ maxConcurrent: 3 })), later);
      const ask = () => fetch(`${gateway.url}/v1/items`);
      const three = [ask(), ask(), ask()];
      await reached(3);
      const fourth = await ask();
      equal(fourth.status, 503);
      equal(fourth.headers.get('retry-after'), '1');
      equal(fourth.headers.get('content-type'), 'application/problem+json');
      const text = await metricsOf(gateway);
      match(text, /requests_in_flight\{route="items"\} 3\n/);
      match(text, /requests_shed_total\{priority="normal",reason="route-full"\} 1\n/);
      match(text, /requests_shed_total\{priority="low",reason="event-loop"\} 0\n/);
      ok(gateway.lines.some((line) => line['outcome'] === 'shed:normal:route-full'));
      held[0]?.end('done');
      await Promise.race(three);
      await until(async () => /requests_in_flight\{route="items"\} 2\n/.test(await metricsOf(gateway)));
      const again = ask();
      await reached(4);
      for (const res of held.slice(1)) res.end('done');
      deepEqual(
        (await Promise.all([...three, again])).map(({ status }) => status),
        [200, 200, 200, 200],
      );
    }),
  );

  it(
    'counts an open stream until it ends :: also when its client goes away',
    within(15_000, async (later) => {
      const url = await startUpstream((_req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.write('data: 1\n\n');
      }, later);
      const route = testRoute({ kind: 'sse', maxConcurrent: 1, idleTimeoutMs: 0 });
      const gateway = await startGateway(routed(url, route), later);
      const socket = connect(gateway.port, '127.0.0.1');
      socket.write('GET /v1/items HTTP/1.1\r\nHost: a\r\n\r\n');
      await new Promise((resolve) => socket.once('data', resolve));
      equal((await fetch(`${gateway.url}/v1/items`)).status, 503);
      socket.resetAndDestroy();
      await until(async () => /requests_in_flight\{route="items"\} 0\n/.test(await metricsOf(gateway)));
    }),
  );

  it(
    'keeps its counts over a reload',
    within(15_000, async (later) => {
      const { url, held, reached } = await startHolding(later);
      const gateway = await startGateway(routed(url, testRoute({ maxConcurrent: 5 })), later);
      const open = [fetch(`${gateway.url}/v1/items`), fetch(`${gateway.url}/v1/items`)];
      await reached(2);
      const smaller = loadPolicy(JSON.stringify(routed(url, testRoute({ maxConcurrent: 2 }))));
      ok(smaller.kind === 'policy');
      equal((await gateway.runtime.reload(smaller)).kind, 'reloaded');
      equal((await fetch(`${gateway.url}/v1/items`)).status, 503);
      for (const res of held) res.end('done');
      await Promise.all(open);
      await until(async () => /requests_in_flight\{route="items"\} 0\n/.test(await metricsOf(gateway)));
    }),
  );

  it('lets no tenant hold more than its share', async () => {
    const route = testRoute({ auth: 'api-key', maxConcurrent: 10, tenantShare: 0.3 });
    const registry = createMetricRegistry();
    const policy = testPolicy({ routes: [route] });
    const step = limitConcurrency(
      createConcurrency(registry, () => 0),
      policy,
      route,
    );
    const send = async (tenant: string): Promise<Exchange | number> => {
      const principal = { kind: 'api-key', keyId: 'k', keyType: undefined, tenant, tier: undefined } as const;
      const whole = { ...principal, user: undefined, organisation: undefined, roles: [] };
      const exchange = testExchange({}, { route, principal: whole });
      return (await step?.(exchange))?.status ?? exchange;
    };
    const open = [await send('a'), await send('a'), await send('a')];
    equal(await send('a'), 503);
    for (const tenant of ['b', 'c', 'd', 'b', 'c', 'd', 'b']) equal(typeof (await send(tenant)), 'object', tenant);
    equal(await send('e'), 503);
    const text = await registry.scrape();
    match(text, /requests_shed_total\{priority="normal",reason="tenant-share"\} 1\n/);
    match(text, /requests_shed_total\{priority="normal",reason="route-full"\} 1\n/);
    const [first] = open;
    ok(typeof first === 'object');
    for (const end of first.cleanups) end();
    equal(typeof (await send('a')), 'object');
  });

  it('is no step where nothing bounds a route', () => {
    const concurrency = createConcurrency(createMetricRegistry(), () => 1_000);
    equal(limitConcurrency(concurrency, testPolicy(), testRoute()), undefined);
    const policy = testPolicy({
      routes: [testRoute(), testRoute({ id: 'b', path: '/b', upstream: 'other', priority: 'low' })],
    });
    equal(limitConcurrency(concurrency, policy, testRoute()), undefined);
  });
});

interface Sample {
  readonly priority: string;
  readonly status: number;
  readonly ms: number;
}

describe('overload', (it) => {
  it(
    '[SIM-106] at twice its capacity what is accepted keeps its latency, the rest is refused quickly, low first :: critical is all served',
    within(40_000, async (later) => {
      const SERVICE_MS = 200;
      const CAPACITY = 10;
      // Serves ten at once, each in 200 ms: fifty a second. More would wait in line.
      const queue: ServerResponse[] = [];
      let busy = 0;
      const next = (): void => {
        const res = busy < CAPACITY ? queue.shift() : undefined;
        if (res === undefined) return;
        busy += 1;
        setTimeout(() => {
          busy -= 1;
          res.end('done');
          next();
        }, SERVICE_MS);
      };
      const url = await startUpstream((_req, res) => {
        queue.push(res);
        next();
      }, later);
      const routes = (['critical', 'normal', 'low'] as const).map((priority) =>
        testRoute({ id: priority, path: `/${priority}`, priority }),
      );
      const policy = testPolicy({
        upstreams: { main: { ...testUpstream(url), maxConnections: CAPACITY } },
        routes,
      });
      const gateway = await startGateway(policy, later);
      const ask = async (priority: string): Promise<Sample> => {
        const started = performance.now();
        const response = await fetch(`${gateway.url}/${priority}`);
        await response.text();
        return { priority, status: response.status, ms: performance.now() - started };
      };
      const calm: Sample[] = [];
      for (let index = 0; index < 5; index += 1) calm.push(await ask('normal'));

      // A hundred a second for four seconds: of ten two critical, three normal, five low.
      const mix = ['critical', 'low', 'normal', 'low', 'normal', 'critical', 'low', 'normal', 'low', 'low'];
      const started = performance.now();
      const asked: Promise<Sample>[] = [];
      for (let index = 0; index < 400; index += 1) {
        const dueMs = started + index * 10;
        if (dueMs > performance.now()) await wait(dueMs - performance.now());
        asked.push(ask(mix[index % mix.length] ?? 'low'));
      }
      const samples = await Promise.all(asked);
      const ofStatus = (priority: string, status: number) =>
        samples.filter((sample) => sample.priority === priority && sample.status === status).length;
      equal(ofStatus('critical', 200), 80);
      equal(samples.filter(({ status }) => status !== 200 && status !== 503).length, 0);
      const share = (priority: string, count: number) => ofStatus(priority, 200) / count;
      ok(share('normal', 120) > share('low', 200), `normal ${share('normal', 120)}, low ${share('low', 200)}`);
      ok(share('low', 200) < 0.5, `low ${share('low', 200)}`);
      const served = samples.filter(({ status }) => status === 200);
      const refused = samples.filter(({ status }) => status === 503);
      // Others than the critical were served too, and those who were told no were told at once.
      ok(served.length > 90, `${served.length} served`);
      const calmMs = percentile(calm, 0.5);
      // Without shedding it is ten times as long: the line grows by one second each second.
      ok(percentile(served, 0.5) < 3 * calmMs, `served ${percentile(served, 0.5)} ms, calm ${calmMs} ms`);
      ok(percentile(served, 0.95) < 5 * calmMs, `served p95 ${percentile(served, 0.95)} ms, calm ${calmMs} ms`);
      ok(percentile(refused, 0.5) < calmMs, `refused ${percentile(refused, 0.5)} ms`);
      const text = await metricsOf(gateway);
      match(text, /requests_shed_total\{priority="low",reason="upstream-busy"\} [1-9]/);
      match(text, /requests_shed_total\{priority="critical",reason="upstream-busy"\} 0\n/);
    }),
  );
});

function percentile(samples: readonly Sample[], share: number): number {
  const sorted = samples.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
