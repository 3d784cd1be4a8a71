import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../compiler/testing/suite.ts';
import type { Retries, Route, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import {
  bind,
  type Gateway,
  rawRequest,
  startGateway,
  startRecorder,
  startUpstream,
  within,
} from '../testing/servers.ts';

type Later = Parameters<typeof startUpstream>[1];
const RETRIES: Retries = { max: 2, on: [502, 503], budget: 0.2 };
const AWAY = 'http://127.0.0.1:9';

const policyFor = (urls: readonly string[], route: Partial<Route> = {}, rest: Partial<RuntimePolicy> = {}) =>
  testPolicy({
    routes: [testRoute({ methods: ['GET', 'POST', 'PUT', 'DELETE'], retries: RETRIES, ...route })],
    upstreams: { main: testUpstream(...urls) },
    ...rest,
  });

interface Seen {
  readonly method: string;
  readonly attempt: string | undefined;
  readonly body: string;
}

/** Notes each request whole, then does as it is told. */
async function startNoting(later: Later, act: (res: ServerResponse, count: number, req: IncomingMessage) => void) {
  const seen: Seen[] = [];
  const listener: RequestListener = (req, res) => {
    let body = '';
    req.on('data', (chunk) => (body += String(chunk)));
    req.on('error', () => undefined);
    req.on('end', () => {
      const attempt = req.headers['x-retry-attempt'];
      seen.push({ method: req.method ?? '', attempt: attempt === undefined ? undefined : String(attempt), body });
      act(res, seen.length, req);
    });
  };
  return { url: await startUpstream(listener, later), seen };
}

const failing = (status: number) => (res: ServerResponse) => res.writeHead(status).end('no');
const reset = (res: ServerResponse) => res.socket?.resetAndDestroy();

async function metric(gateway: Gateway, name: string): Promise<string> {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  return (
    text
      .split('\n')
      .find((one) => one.startsWith(`${name} `))
      ?.slice(name.length + 1) ?? 'absent'
  );
}

describe('retries', (it) => {
  it(
    'tries again what may be repeated, and marks it :: after a status, or a broken connection',
    within(20_000, async (later) => {
      for (const fault of [failing(503), failing(502), reset]) {
        const upstream = await startNoting(later, (res, count) => (count < 3 ? fault(res) : res.end('ok')));
        const gateway = await startGateway(policyFor([upstream.url]), later);
        const response = await fetch(`${gateway.url}/v1/items`, { method: 'DELETE' });
        deepEqual([response.status, await response.text()], [200, 'ok']);
        deepEqual(
          upstream.seen.map(({ attempt }) => attempt),
          [undefined, '1', '2'],
        );
        equal(await metric(gateway, 'upstream_retries_total{upstream="main",result="sent"}'), '2');
      }
    }),
  );

  it(
    'stops at the maximum, and hands on the last answer',
    within(10_000, async (later) => {
      const upstream = await startNoting(later, failing(503));
      const gateway = await startGateway(policyFor([upstream.url]), later);
      const response = await fetch(`${gateway.url}/v1/items`);
      deepEqual([response.status, await response.text()], [503, 'no']);
      equal(upstream.seen.length, 3);
    }),
  );

  it(
    'does not try again what may have been done, unless its sender says that it may',
    within(20_000, async (later) => {
      for (const fault of [failing(503), reset]) {
        const upstream = await startNoting(later, (res, count) => (count === 1 ? fault(res) : res.end('ok')));
        const gateway = await startGateway(policyFor([upstream.url]), later);
        const send = (headers: Record<string, string>) =>
          fetch(`${gateway.url}/v1/items`, { method: 'POST', headers: { 'content-length': '0', ...headers } });
        ok((await send({})).status >= 500);
        equal(upstream.seen.length, 1);
        upstream.seen.length = 0;
        equal((await send({ 'idempotency-key': 'a' })).status, 200);
        equal(upstream.seen.length, 2);
      }
    }),
  );

  it(
    'repeats no answer that is not listed, none that says when to come back, and none of a route without retries',
    within(15_000, async (later) => {
      const upstream = await startNoting(later, (res, _count, req) => {
        if (req.url?.includes('later') === true) res.setHeader('retry-after', '1');
        res.writeHead(req.url?.includes('500') === true ? 500 : 503).end();
      });
      const gateway = await startGateway(policyFor([upstream.url]), later);
      await fetch(`${gateway.url}/v1/items/500`);
      await fetch(`${gateway.url}/v1/items/later`);
      equal(upstream.seen.length, 2);
      const { retries: _none, ...plain } = testRoute();
      const without = await startGateway({ ...policyFor([upstream.url]), routes: [plain] }, later);
      await fetch(`${without.url}/v1/items`);
      equal(upstream.seen.length, 3);
    }),
  );

  it(
    'sends what was not sent at all to another target, whatever its method, and its whole body',
    within(15_000, async (later) => {
      const upstream = await startNoting(later, (res) => res.end('ok'));
      const gateway = await startGateway(policyFor([AWAY, upstream.url]), later);
      const body = 'b'.repeat(200_000);
      for (let round = 0; round < 4; round += 1) {
        equal((await fetch(`${gateway.url}/v1/items`, { method: 'POST', body })).status, 200);
      }
      ok(upstream.seen.every((request) => request.body === body));
      deepEqual(
        upstream.seen.map(({ attempt }) => attempt),
        ['1', undefined, '1', undefined],
      );
      const none = await startGateway(policyFor([AWAY, 'http://127.0.0.1:11']), later);
      equal((await fetch(`${none.url}/v1/items`, { method: 'POST', body })).status, 502);
    }),
  );

  it(
    'does not repeat a body that streamed by',
    within(10_000, async (later) => {
      const upstream = await startNoting(later, failing(503));
      const gateway = await startGateway(policyFor([upstream.url]), later);
      equal((await fetch(`${gateway.url}/v1/items`, { method: 'PUT', body: 'once' })).status, 503);
      deepEqual(
        upstream.seen.map(({ body }) => body),
        ['once'],
      );
    }),
  );

  it(
    'never tries again once a byte of a response was sent',
    within(10_000, async (later) => {
      const upstream = await startNoting(later, (res) => {
        res.writeHead(200, { 'content-length': '10' });
        res.write('half');
        setTimeout(() => res.socket?.destroy(), 30);
      });
      const gateway = await startGateway(policyFor([upstream.url]), later);
      const reply = await rawRequest(gateway.port, 'GET /v1/items HTTP/1.1\r\nHost: a\r\n\r\n', 1_000);
      match(reply, /^HTTP\/1\.1 200 /);
      equal([...reply.matchAll(/HTTP\/1\.1/g)].length, 1);
      equal(upstream.seen.length, 1);
    }),
  );

  it(
    'makes no storm :: an upstream that fails everything sees at most 1.2 times the calls',
    within(40_000, async (later) => {
      for (const delayMs of [0, 40]) {
        const upstream = await startNoting(later, (res) => void setTimeout(() => failing(503)(res), delayMs));
        const wide = { ...testUpstream(upstream.url), maxConnections: 200 };
        const policy = policyFor(
          [],
          { retries: { max: 3, on: [503], budget: 0.2 }, timeoutMs: 25_000 },
          { upstreams: { main: wide } },
        );
        const gateway = await startGateway(policy, later);
        let calls = 0;
        const worker = async () => {
          for (let round = 0; round < 12; round += 1) {
            calls += 1;
            equal((await fetch(`${gateway.url}/v1/items`)).status, 503);
          }
        };
        await Promise.all(Array.from({ length: 60 }, worker));
        const ratio = upstream.seen.length / calls;
        ok(ratio > 1 && ratio <= 1.2, `${upstream.seen.length} of ${calls} calls: ${ratio.toFixed(3)}`);
        ok(Number(await metric(gateway, 'upstream_retries_total{upstream="main",result="over-budget"}')) > 0);
      }
    }),
  );
});

describe('deadlines', (it) => {
  it(
    '[SEN-134] ends each wait at its own limit :: connection, head, silence, and the whole',
    within(25_000, async (later) => {
      const hanging = await startUpstream(() => undefined, later);
      const silent = await startUpstream((_req, res) => {
        res.writeHead(200);
        res.write('begun');
      }, later);
      const dribbling = await startUpstream((_req, res) => {
        res.writeHead(200);
        const timer = setInterval(() => res.write('.'), 20);
        res.on('close', () => clearInterval(timer));
      }, later);
      const { retries: _none, ...plain } = testRoute();
      const took = async (url: string, upstream: object, route: Partial<Route>) => {
        const gateway = await startGateway(
          testPolicy({
            routes: [{ ...plain, timeoutMs: 60_000, idleTimeoutMs: 60_000, ...route }],
            upstreams: {
              main: { ...testUpstream(url), headersTimeoutMs: 60_000, connectTimeoutMs: 60_000, ...upstream },
            },
          }),
          later,
        );
        const startedAt = performance.now();
        const answer = await fetch(`${gateway.url}/v1/items`).then(
          async (response) =>
            `${response.status} ${await response.text().then(
              () => 'whole',
              () => 'cut',
            )}`,
          () => 'cut',
        );
        const tookMs = performance.now() - startedAt;
        ok(tookMs > 150 && tookMs < 6_000, `${answer} after ${tookMs} ms`);
        return answer;
      };
      // It takes connections and says nothing: no TLS handshake ever ends.
      const mute = createServer((socket) => socket.on('error', () => undefined));
      const port = await bind(mute);
      later(async () => mute.close());
      equal(await took(`https://127.0.0.1:${port}`, { connectTimeoutMs: 300 }, {}), '504 whole');
      equal(await took(hanging, { headersTimeoutMs: 300 }, {}), '504 whole');
      equal(await took(hanging, {}, { timeoutMs: 300 }), '504 whole');
      equal(await took(silent, {}, { idleTimeoutMs: 300 }), '200 cut');
      equal(await took(dribbling, {}, { timeoutMs: 300 }), '200 cut');
    }),
  );

  it(
    'tells the upstream how much time is left, and takes less from a trusted caller alone',
    within(15_000, async (later) => {
      const recorder = await startRecorder(later);
      const told = () => Number(/x-request-deadline-ms: (\d+)\r\n/.exec(recorder.text())?.[1] ?? Number.NaN);
      const send = (gateway: Gateway, line: string) =>
        rawRequest(gateway.port, `GET /v1/items HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n`, 200);
      const stranger = await startGateway(policyFor([recorder.url]), later);
      await send(stranger, 'X-Request-Deadline-Ms: 50');
      ok(told() > 2_000 && told() <= 3_000, `${told()}`);
      recorder.clear();
      const trusted = await startGateway(
        policyFor([recorder.url], {}, { trust: { proxyCidrs: ['127.0.0.0/8'] } }),
        later,
      );
      await send(trusted, 'X-Request-Deadline-Ms: 900');
      ok(told() > 100 && told() <= 900, `${told()}`);
      recorder.clear();
      await send(trusted, 'grpc-timeout: 800m');
      ok(told() > 100 && told() <= 800, `${told()}`);
      ok(!recorder.text().includes('grpc-timeout'));
      recorder.clear();
      await send(trusted, 'X-Request-Deadline-Ms: 900000');
      ok(told() <= 3_000, 'never more than the route has');
      recorder.clear();
      match(await send(trusted, 'X-Request-Deadline-Ms: 0'), /^HTTP\/1\.1 504 /);
      equal(recorder.text(), '');
    }),
  );

  it(
    'does not blame a target for a caller that left too little time',
    within(10_000, async (later) => {
      const upstream = await startUpstream((_req, res) => void setTimeout(() => res.end('ok'), 250), later);
      const health = { intervalMs: 1_000, timeoutMs: 500, unhealthyAfter: 1, healthyAfter: 1, ejectMs: 60_000 };
      const gateway = await startGateway(
        policyFor(
          [],
          {},
          {
            trust: { proxyCidrs: ['127.0.0.0/8'] },
            upstreams: { main: { ...testUpstream(upstream), health } },
          },
        ),
        later,
      );
      equal((await fetch(`${gateway.url}/v1/items`, { headers: { 'x-request-deadline-ms': '60' } })).status, 504);
      equal(await metric(gateway, 'upstream_ejections_total{upstream="main"}'), '0');
      await sleep(10);
      equal((await fetch(`${gateway.url}/v1/items`)).status, 200);
    }),
  );
});
