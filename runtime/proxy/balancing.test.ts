import { deepEqual, equal, ok } from 'node:assert/strict';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../compiler/testing/suite.ts';
import type { RuntimePolicy, Upstream } from '../../schemas/runtime-policy.gen.ts';
import { loadPolicy } from '../process/load-policy.ts';
import { testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { bind, type Gateway, startGateway, startUpstream, within } from '../testing/servers.ts';

type Later = Parameters<typeof startUpstream>[1];
type Health = NonNullable<Upstream['health']>;
const HEALTH: Health = { intervalMs: 80, timeoutMs: 500, unhealthyAfter: 2, healthyAfter: 2, ejectMs: 300 };

/** Upstreams that answer with their number, and with the status that a test sets. */
async function startTargets(count: number, later: Later) {
  const served: number[] = Array.from({ length: count }, () => 0);
  const asked: number[] = Array.from({ length: count }, () => 0);
  const statuses: number[] = Array.from({ length: count }, () => 200);
  const delays: number[] = Array.from({ length: count }, () => 0);
  const urls: string[] = [];
  for (let index = 0; index < count; index += 1) {
    urls.push(
      await startUpstream((req, res) => {
        if (req.url === '/health') asked[index] = (asked[index] ?? 0) + 1;
        else served[index] = (served[index] ?? 0) + 1;
        res.statusCode = statuses[index] ?? 200;
        setTimeout(() => res.end(String(index)), req.url === '/health' ? 0 : delays[index]);
      }, later),
    );
  }
  return { urls, served, asked, statuses, delays };
}

const policyFor = (urls: readonly string[], change: Partial<Upstream> = {}): RuntimePolicy =>
  testPolicy({ upstreams: { main: { ...testUpstream(...urls), ...change } } });

const ask = async (gateway: Gateway) => {
  const response = await fetch(`${gateway.url}/v1/items`);
  return `${response.status} ${(await response.text()).slice(0, 1)}`;
};

async function askMany(gateway: Gateway, count: number): Promise<readonly string[]> {
  const answers: string[] = [];
  for (let index = 0; index < count; index += 1) answers.push(await ask(gateway));
  return answers;
}

async function metric(gateway: Gateway, name: string): Promise<string> {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line?.slice(name.length + 1) ?? 'absent';
}

describe('balancing', (it) => {
  it(
    'takes turns, or goes to the target with the fewest requests in flight',
    within(15_000, async (later) => {
      const targets = await startTargets(3, later);
      const turns = await startGateway(policyFor(targets.urls), later);
      equal((await askMany(turns, 6)).join(), '200 0,200 1,200 2,200 0,200 1,200 2');

      targets.delays[0] = 1_500;
      const least = await startGateway(policyFor(targets.urls, { balance: 'least-connections' }), later);
      const slow = ask(least);
      await sleep(100);
      targets.served.fill(0);
      await askMany(least, 8);
      equal(targets.served[0], 0, 'the busy one gets nothing');
      ok((targets.served[1] ?? 0) > 1 && (targets.served[2] ?? 0) > 1, targets.served.join());
      await slow;
    }),
  );

  it(
    'leaves a target out that fails so many requests in a row, and takes it back on probation',
    within(20_000, async (later) => {
      const targets = await startTargets(2, later);
      const gateway = await startGateway(policyFor(targets.urls, { health: { ...HEALTH, ejectMs: 600 } }), later);
      const target = new URL(targets.urls[0] ?? '').origin;
      const gauge = `upstream_target_healthy{upstream="main",target="${target}"}`;
      equal(await metric(gateway, gauge), '1');
      targets.statuses[0] = 503;
      deepEqual(await askMany(gateway, 4), ['503 0', '200 1', '503 0', '200 1']);
      deepEqual(await askMany(gateway, 4), ['200 1', '200 1', '200 1', '200 1']);
      equal(await metric(gateway, gauge), '0');
      equal(await metric(gateway, 'upstream_ejections_total{upstream="main"}'), '1');
      equal((await fetch(`${gateway.url}/ready`)).status, 200, 'readiness does not look at it');
      await sleep(650);
      equal((await askMany(gateway, 4)).filter((answer) => answer === '503 0').length, 1, 'one try, and out again');
      targets.statuses[0] = 200;
      await sleep(650);
      equal((await askMany(gateway, 4)).filter((answer) => answer === '200 0').length, 2);
      targets.statuses[0] = 500;
      equal(
        (await askMany(gateway, 8)).filter((answer) => answer === '500 0').length,
        4,
        'a 500 is the answer of one request',
      );
    }),
  );

  it(
    'tries all targets when all are left out :: the last one is never given up',
    within(10_000, async (later) => {
      const targets = await startTargets(2, later);
      targets.statuses.fill(503);
      const gateway = await startGateway(policyFor(targets.urls, { health: { ...HEALTH, ejectMs: 60_000 } }), later);
      const bad = await askMany(gateway, 10);
      ok(bad.every((answer) => answer.startsWith('503')));
      ok(
        targets.served.every((count) => count === 5),
        'both went on being asked',
      );
      targets.statuses.fill(200);
      ok((await askMany(gateway, 4)).every((answer) => answer.startsWith('200')));
    }),
  );

  it(
    'asks for health at the interval where a path is given, and stops with the gateway',
    within(20_000, async (later) => {
      const targets = await startTargets(2, later);
      const gateway = await startGateway(policyFor(targets.urls, { health: { ...HEALTH, path: '/health' } }), later);
      while ((targets.asked[0] ?? 0) < 3) await sleep(20);
      targets.statuses[0] = 500;
      const target = new URL(targets.urls[0] ?? '').origin;
      const gauge = `upstream_target_healthy{upstream="main",target="${target}"}`;
      while ((await metric(gateway, gauge)) !== '0') await sleep(20);
      targets.served.fill(0);
      await askMany(gateway, 6);
      deepEqual(targets.served, [0, 6], 'no request was needed to find out');
      targets.statuses[0] = 200;
      while ((await metric(gateway, gauge)) !== '1') await sleep(20);
      targets.served.fill(0);
      await askMany(gateway, 6);
      deepEqual(targets.served, [3, 3]);
      await gateway.runtime.stop();
      const before = targets.asked[0];
      await sleep(400);
      equal(targets.asked[0], before);
    }),
  );

  it(
    'keeps health and connections over a reload, and follows the new targets',
    within(20_000, async (later) => {
      let connections = 0;
      const server = createServer((_req, res) => res.end('2'));
      server.on('connection', () => {
        connections += 1;
      });
      const port = await bind(server);
      later(async () => {
        server.closeAllConnections();
        server.close();
      });
      const targets = await startTargets(2, later);
      const [first = '', second = ''] = targets.urls;
      const third = `http://127.0.0.1:${port}`;
      const health = { ...HEALTH, ejectMs: 60_000 };
      const gateway = await startGateway(policyFor([first, third], { health }), later);
      targets.statuses[0] = 503;
      await askMany(gateway, 4);
      equal(connections, 1);
      const next = loadPolicy(JSON.stringify(policyFor([first, second, third], { health })));
      ok(next.kind !== 'invalid');
      equal((await gateway.runtime.reload(next)).kind, 'reloaded');
      const answers = await askMany(gateway, 6);
      deepEqual([...new Set(answers)].sort(), ['200 1', '200 2'], 'what was left out still is');
      equal(connections, 1, 'the connection that was open still serves');
    }),
  );

  it(
    'opens the breaker of an upstream at exactly its count, answers 503 at once, and probes',
    within(15_000, async (later) => {
      const targets = await startTargets(1, later);
      targets.statuses[0] = 500;
      const breaker = { consecutiveFailures: 3, openMs: 500, halfOpenProbes: 1 };
      const gateway = await startGateway(policyFor(targets.urls, { breaker }), later);
      deepEqual(await askMany(gateway, 3), ['500 0', '500 0', '500 0']);
      const refused = await fetch(`${gateway.url}/v1/items`);
      equal(refused.status, 503);
      equal(refused.headers.get('retry-after'), '1');
      equal(targets.served[0], 3, 'the service was left alone');
      equal(await metric(gateway, 'breaker_state{kind="upstream",name="main"}'), '2');
      equal((await fetch(`${gateway.url}/ready`)).status, 200);
      targets.statuses[0] = 200;
      await sleep(550);
      deepEqual(await askMany(gateway, 2), ['200 0', '200 0']);
      equal(await metric(gateway, 'breaker_state{kind="upstream",name="main"}'), '0');
    }),
  );

  it(
    'counts an event stream as a good probe at its head, not at its end',
    within(15_000, async (later) => {
      let status = 500;
      const upstream = await startUpstream((_req, res) => {
        res.writeHead(status, { 'content-type': 'text/event-stream' });
        if (status === 200) res.write('data: 1\n\n');
        else res.end();
      }, later);
      const policy = policyFor([upstream], { breaker: { consecutiveFailures: 1, openMs: 200, halfOpenProbes: 1 } });
      const gateway = await startGateway({ ...policy, routes: [testRoute({ kind: 'sse', timeoutMs: 300 })] }, later);
      equal((await fetch(`${gateway.url}/v1/items`)).status, 500);
      equal((await fetch(`${gateway.url}/v1/items`)).status, 503);
      status = 200;
      await sleep(250);
      const stream = await fetch(`${gateway.url}/v1/items`);
      equal(stream.status, 200);
      while ((await metric(gateway, 'breaker_state{kind="upstream",name="main"}')) !== '0') await sleep(20);
      await sleep(400);
      equal(await metric(gateway, 'breaker_state{kind="upstream",name="main"}'), '0');
      await stream.body?.cancel();
    }),
  );
});
