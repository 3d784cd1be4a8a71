import { equal, match, ok } from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../compiler/testing/suite.ts';
import { egressPolicy } from '../testing/egress.ts';
import { testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { startGateway, startUpstream, within } from '../testing/servers.ts';
import { followRoutes, HEAD_MS, requestTimeoutMs } from './time-limits.ts';

const SLOW = (path: string) => `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n`;

/** Sends a byte a quarter of a second for as long as the connection lives; what was answered, and how long after that it lived. */
function dribble(port: number, head: string): Promise<{ readonly reply: string; readonly restMs: number }> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(head));
    let reply = '';
    let answeredMs = 0;
    const timer = setInterval(() => socket.write('x'), 250);
    socket.on('data', (chunk) => {
      if (reply === '') answeredMs = performance.now();
      reply += String(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(timer);
      resolve({ reply, restMs: performance.now() - answeredMs });
    });
  });
}

describe('the time of a request', (it) => {
  it('is as long as that of the longest route, and a head :: a tunnel has no body', () => {
    const policy = testPolicy({
      routes: [
        testRoute({ timeoutMs: 30_000 }),
        testRoute({ timeoutMs: 3_600_000 }),
        testRoute({ kind: 'websocket', timeoutMs: 9_000_000 }),
      ],
    });
    equal(requestTimeoutMs(policy), 3_600_000 + HEAD_MS);
    equal(requestTimeoutMs({ routes: [] }), HEAD_MS);
  });

  it(
    'follows a reload',
    within(10_000, async (later) => {
      const { createServer } = await import('node:http');
      const server = createServer({ requestTimeout: HEAD_MS });
      later(async () => server.close());
      followRoutes(server, testPolicy({ routes: [testRoute({ timeoutMs: 777_000 })] }));
      equal(server.requestTimeout, 777_000 + HEAD_MS);
    }),
  );

  it(
    'ends an upload at the time of its own route, with an answer :: and lets one with more time arrive',
    within(30_000, async (later) => {
      const upstream = await startUpstream((req, res) => void req.resume().on('end', () => res.end('whole')), later);
      const routes = [
        testRoute({ id: 'short', path: '/short', timeoutMs: 600 }),
        testRoute({ id: 'long', path: '/long', timeoutMs: 20_000 }),
      ];
      const { port } = await startGateway(testPolicy({ routes, upstreams: { main: testUpstream(upstream) } }), later);
      const short = dribble(port, SLOW('/short'));
      const long = dribble(
        port,
        SLOW('/long').replace('1000', '8').replace('localhost', 'localhost\r\nConnection: close'),
      );
      match((await long).reply, /^HTTP\/1\.1 200 OK\r\n[\s\S]*whole/);
      match((await short).reply, /^HTTP\/1\.1 504 /);
    }),
  );

  it(
    'does not go on after the answer :: 404, 200 before the body came, the way out, the port of operators',
    within(60_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('early'), later);
      const provider = { timeoutMs: 2_000, targets: [{ name: 'v1', url: upstream }] };
      const policy = { ...egressPolicy({ v1: provider }), upstreams: { main: testUpstream(upstream) } };
      const gateway = await startGateway(policy, later);
      const egress = Number(new URL(gateway.egressUrl ?? '').port);
      const admin = Number(new URL(gateway.adminUrl).port);
      const all = await Promise.all([
        dribble(gateway.port, SLOW('/nowhere')),
        dribble(gateway.port, SLOW('/v1/items')),
        dribble(egress, SLOW('/nobody/x')),
        dribble(admin, SLOW('/nowhere')),
      ]);
      const statuses = all.map(({ reply }) => reply.split(' ')[1]);
      equal(statuses.join(' '), '404 200 404 404');
      // It was five minutes; the bound is five seconds and what a busy machine takes.
      for (const { restMs } of all) ok(restMs < 30_000, `${restMs} ms`);
    }),
  );

  it(
    'does not cut the next request of a connection whose body came in time',
    within(30_000, async (later) => {
      const upstream = await startUpstream((req, res) => void req.resume().on('end', () => res.end('ok')), later);
      const { port } = await startGateway(testPolicy({ upstreams: { main: testUpstream(upstream) } }), later);
      const socket = connect(port, '127.0.0.1');
      later(async () => socket.destroy());
      let reply = '';
      socket.on('data', (chunk) => (reply += String(chunk)));
      for (let count = 1; count <= 3; count += 1) {
        socket.write('POST /v1/items HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi');
        while (reply.split('HTTP/1.1 200').length - 1 < count) await sleep(5);
        if (count === 2) await sleep(5_500);
      }
      ok(!socket.destroyed);
    }),
  );
});

describe('the version of a request', (it) => {
  it(
    'is refused with 505 where the parser takes it and nobody speaks it',
    within(10_000, async (later) => {
      const gateway = await startGateway(testPolicy(), later);
      for (const version of ['HTTP/2.0', 'HTTP/0.9']) {
        for (const path of ['/v1/items', '/health']) {
          const reply = await dribble(gateway.port, `GET ${path} ${version}\r\nHost: a\r\nContent-Length: 0\r\n\r\n`);
          match(reply.reply, /^HTTP\/1\.1 505 HTTP Version Not Supported\r\n/, version);
        }
      }
      const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      match(text, /front_door_refusals_total\{reason="version"\} 4/);
    }),
  );
});
