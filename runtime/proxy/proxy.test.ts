import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../compiler/testing/suite.ts';
import type { Route } from '../../schemas/runtime-policy.gen.ts';
import { testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { rawRequest, startGateway, startRecorder, startUpstream, within } from '../testing/servers.ts';

const policyFor = (url: string, route: Partial<Route> = {}) =>
  testPolicy({ routes: [testRoute(route)], upstreams: { main: testUpstream(url) } });

describe('proxy', (it) => {
  it(
    'passes a response on unchanged but for what belongs to one connection or tells too much',
    within(8_000, async (later) => {
      const upstream = await startUpstream((_req, res) => {
        res.setHeader('set-cookie', ['a=1', 'b=2']);
        res.writeHead(201, {
          'x-custom': 'yes',
          'x-powered-by': 'X',
          server: 'Y',
          'x-content-type-options': 'other',
          connection: 'x-gone',
          'x-gone': '1',
        });
        res.end('made');
      }, later);
      const gateway = await startGateway(policyFor(upstream), later);
      const response = await fetch(`${gateway.url}/v1/items`, { method: 'POST', body: 'x' });
      equal(response.status, 201);
      equal(await response.text(), 'made');
      deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2']);
      const names = ['x-custom', 'x-powered-by', 'server', 'x-content-type-options', 'x-gone'];
      deepEqual(
        names.map((name) => response.headers.get(name)),
        ['yes', null, null, 'nosniff', null],
      );
      match(response.headers.get('x-policy-digest') ?? '', /^[0-9a-f]{64}$/);
    }),
  );

  it(
    'moves large bodies both ways, byte for byte',
    within(15_000, async (later) => {
      const upstream = await startUpstream((req, res) => req.pipe(res), later);
      const gateway = await startGateway(policyFor(upstream, { bodyLimitBytes: 9_000_000, timeoutMs: 14_000 }), later);
      const sent = Buffer.alloc(8_000_000, 'abcdefg');
      const response = await fetch(`${gateway.url}/v1/items`, { method: 'POST', body: sent });
      equal(response.status, 200);
      ok(Buffer.from(await response.arrayBuffer()).equals(sent));
    }),
  );

  it(
    'reads an upstream no faster than the client does',
    within(10_000, async (later) => {
      let written = 0;
      const upstream = await startUpstream((_req, res) => {
        const chunk = Buffer.alloc(65_536);
        const write = (): void => {
          while (written < 200_000_000) {
            written += chunk.length;
            if (!res.write(chunk)) return void res.once('drain', write);
          }
          res.end();
        };
        write();
      }, later);
      const gateway = await startGateway(policyFor(upstream), later);
      const socket = connect(gateway.port, '127.0.0.1');
      later(async () => socket.destroy());
      socket.pause();
      socket.write('GET /v1/items HTTP/1.1\r\nHost: a\r\n\r\n');
      await sleep(700);
      ok(written < 40_000_000, `${written} bytes were read for a client that reads none`);
    }),
  );

  it(
    'refuses a body above the limit :: by its announced length before a byte is forwarded',
    within(8_000, async (later) => {
      const recorder = await startRecorder(later);
      const gateway = await startGateway(policyFor(recorder.url, { bodyLimitBytes: 10 }), later);
      const head = 'POST /v1/items HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n';
      const reply = await rawRequest(gateway.port, head);
      match(reply, /^HTTP\/1\.1 413 /);
      match(reply, /connection: close/i);
      equal(recorder.text(), '');
      const allowed = await rawRequest(gateway.port, head.replace('11', '10'), 200);
      match(allowed, /^HTTP\/1\.1 100 Continue/);
    }),
  );

  it(
    'refuses a body above the limit :: while it streams, and the upstream never gets a whole request',
    within(8_000, async (later) => {
      let isComplete = false;
      const upstream = await startUpstream((req, res) => {
        req.resume();
        req.on('error', () => undefined);
        req.on('end', () => {
          isComplete = true;
          res.end('ok');
        });
      }, later);
      const gateway = await startGateway(policyFor(upstream, { bodyLimitBytes: 10 }), later);
      const chunked =
        'POST /v1/items HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n';
      match(await rawRequest(gateway.port, chunked), /^HTTP\/1\.1 413 /);
      equal(isComplete, false);
      match(await rawRequest(gateway.port, chunked.replaceAll('6\r\nabcdef', '5\r\nabcde')), /^HTTP\/1\.1 200 /);
    }),
  );

  it(
    'answers 502 for an upstream that is away, breaks off or talks nonsense',
    within(10_000, async (later) => {
      const away = await startGateway(policyFor('http://127.0.0.1:9'), later);
      const response = await fetch(`${away.url}/v1/items`);
      equal(response.status, 502);
      equal(response.headers.get('content-type'), 'application/problem+json');
      const broken = await startUpstream((_req, res) => res.socket?.destroy(), later);
      equal((await fetch(`${(await startGateway(policyFor(broken), later)).url}/v1/items`)).status, 502);
      const nonsense = await startRecorder(later, 'HELLO\r\n\r\n');
      equal((await fetch(`${(await startGateway(policyFor(nonsense.url), later)).url}/v1/items`)).status, 502);
    }),
  );

  it(
    'cuts the connection when an upstream breaks off within a body :: half is never taken for whole',
    within(8_000, async (later) => {
      const upstream = await startUpstream((_req, res) => {
        res.writeHead(200);
        res.write('half');
        setTimeout(() => res.socket?.destroy(), 50);
      }, later);
      const gateway = await startGateway(policyFor(upstream), later);
      const reply = await rawRequest(gateway.port, 'GET /v1/items HTTP/1.1\r\nHost: a\r\n\r\n', 2_000);
      match(reply, /^HTTP\/1\.1 200 /);
      ok(!reply.endsWith('0\r\n\r\n'));
    }),
  );

  it(
    'answers 504 when the route timeout passes, and lets the upstream go',
    within(8_000, async (later) => {
      let isGone = false;
      const upstream = await startUpstream((_req, res) => res.on('close', () => (isGone = true)), later);
      const gateway = await startGateway(policyFor(upstream, { timeoutMs: 150 }), later);
      const response = await fetch(`${gateway.url}/v1/items`);
      equal(response.status, 504);
      await sleep(50);
      equal(isGone, true);
      const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      match(metrics, /upstream_errors_total\{upstream="main",reason="timeout"\} 1/);
    }),
  );

  it(
    'lets the upstream go when the client does',
    within(8_000, async (later) => {
      let isGone = false;
      let arrived: () => void = () => undefined;
      const arrival = new Promise<void>((resolve) => (arrived = resolve));
      const upstream = await startUpstream((_req, res) => {
        arrived();
        res.on('close', () => (isGone = true));
      }, later);
      const gateway = await startGateway(policyFor(upstream), later);
      const abort = new AbortController();
      const request = fetch(`${gateway.url}/v1/items`, { signal: abort.signal }).catch(() => undefined);
      await arrival;
      abort.abort();
      await request;
      await sleep(100);
      equal(isGone, true);
      ok(gateway.lines.some((line) => line['status'] === 499));
    }),
  );

  it(
    'lets an event stream outlive the route timeout',
    within(8_000, async (later) => {
      const upstream = await startUpstream((_req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.flushHeaders();
        setTimeout(() => res.write('data: 1\n\n'), 300);
        setTimeout(() => res.end('data: 2\n\n'), 500);
      }, later);
      const stream = await startGateway(policyFor(upstream, { kind: 'sse', timeoutMs: 200 }), later);
      equal(await (await fetch(`${stream.url}/v1/items`)).text(), 'data: 1\n\ndata: 2\n\n');
      const plain = await startGateway(policyFor(upstream, { timeoutMs: 200 }), later);
      const error = await fetch(`${plain.url}/v1/items`).then(
        (response) => response.text(),
        (reason: Error) => reason,
      );
      ok(error instanceof Error);
    }),
  );

  it(
    'takes turns between targets, and goes to the next when one is away',
    within(8_000, async (later) => {
      const first = await startUpstream((_req, res) => res.end('first'), later);
      const second = await startUpstream((_req, res) => res.end('second'), later);
      const upstreams = { main: testUpstream(first, second) };
      const gateway = await startGateway(testPolicy({ upstreams }), later);
      const bodies = [await bodyOf(gateway.url), await bodyOf(gateway.url), await bodyOf(gateway.url)];
      equal(bodies.join(), 'first,second,first');
      const half = await startGateway(
        testPolicy({ upstreams: { main: testUpstream('http://127.0.0.1:9', second) } }),
        later,
      );
      equal([await bodyOf(half.url), await bodyOf(half.url)].join(), 'second,second');
    }),
  );

  it(
    'keeps a connection usable after an upstream failed in the middle of an upload',
    within(8_000, async (later) => {
      const gateway = await startGateway(policyFor('http://127.0.0.1:9'), later);
      const upload = `POST /v1/items HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n${'x'.repeat(30_000)}`;
      const reply = await rawRequest(gateway.port, `${upload}GET /health HTTP/1.1\r\nHost: a\r\n\r\n`);
      equal([...reply.matchAll(/HTTP\/1\.1 (\d+)/g)].map((found) => found[1]).join(), '502,200');
    }),
  );

  it(
    'survives clients that half-close or reset at any moment :: 600 of them',
    within(30_000, async (later) => {
      const upstream = await startUpstream((_req, res) => {
        setTimeout(() => {
          res.writeHead(200);
          res.write('a'.repeat(1_000));
          setTimeout(() => res.end('b'.repeat(1_000)), 2);
        }, 3);
      }, later);
      const gateway = await startGateway(policyFor(upstream), later);
      const rude = (index: number) =>
        new Promise<void>((resolve) => {
          const socket = connect(gateway.port, '127.0.0.1');
          socket.on('error', () => undefined);
          socket.on('close', () => resolve());
          socket.on('data', () => undefined);
          socket.write('GET /v1/items HTTP/1.1\r\nHost: a\r\n\r\n');
          setTimeout(() => (index % 3 === 0 ? socket.resetAndDestroy() : socket.end()), index % 12);
          setTimeout(() => socket.destroy(), 200);
        });
      for (let round = 0; round < 12; round += 1) {
        await Promise.all(Array.from({ length: 50 }, (_, index) => rude(round + index)));
      }
      equal((await fetch(`${gateway.url}/v1/items`)).status, 200);
      await sleep(100);
      match(await (await fetch(`${gateway.adminUrl}/metrics`)).text(), /http_server_active_requests 0/);
      ok(!gateway.lines.some((line) => line['msg'] === 'bug'));
    }),
  );

  it(
    'refuses to pass on a response head that HTTP does not allow',
    within(8_000, async (later) => {
      const recorder = await startRecorder(
        later,
        'HTTP/1.1 200 OK\r\nx-bad: a\x01b\r\nx-content-type-options: no\r\ncontent-length: 2\r\n\r\nok',
      );
      const gateway = await startGateway(policyFor(recorder.url), later);
      const response = await fetch(`${gateway.url}/v1/items`);
      equal(response.status, 502);
      equal(response.headers.get('x-content-type-options'), 'nosniff');
      equal(response.headers.get('x-bad'), null);
    }),
  );
});

async function bodyOf(url: string): Promise<string> {
  return (await fetch(`${url}/v1/items`)).text();
}
