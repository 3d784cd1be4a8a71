/** What bad upstreams can do: every fault has its status and its bound, and the next request is served as ever. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { testPolicy, testRoute, testUpstream } from '../policy.ts';
import { bind, type Gateway, rawRequest, startGateway, within } from '../servers.ts';

type Later = Parameters<typeof startGateway>[1];
type Script = (socket: Socket) => void;

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** Writes again and again until the connection ends; as fast as it is read. */
function flood(socket: Socket, text: string): void {
  const write = (): void => {
    if (socket.destroyed) return;
    if (socket.write(text)) setImmediate(write);
    else socket.once('drain', write);
  };
  write();
}

const SCRIPTS: Readonly<Record<string, Script>> = {
  good: (socket) => socket.write(OK),
  hang: () => undefined,
  'reset-at-once': (socket) => socket.resetAndDestroy(),
  'close-at-once': (socket) => socket.end(),
  'half-status-line': (socket) => socket.end('HTTP/1.'),
  'half-head-reset': (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-le', () => socket.resetAndDestroy()),
  'half-head-hang': (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-le'),
  'head-byte-by-byte': (socket) => {
    let at = 0;
    const timer = setInterval(() => socket.write(OK.charAt(at++ % 12)), 50);
    socket.on('close', () => clearInterval(timer));
  },
  'body-reset': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
    setTimeout(() => socket.resetAndDestroy(), 40);
  },
  'body-short': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'),
  'body-hang': (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'),
  'body-dribbling': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
    const timer = setInterval(() => socket.write('.'), 50);
    socket.on('close', () => clearInterval(timer));
  },
  'body-endless': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    flood(socket, 'x'.repeat(65_536));
  },
  'bad-chunk': (socket) => socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nZZ\r\n'),
  'chunk-reset': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n');
    setTimeout(() => socket.destroy(), 40);
  },
  'length-and-chunked': (socket) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
  'two-lengths': (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok!'),
  'too-much-body': (socket) => socket.write(`${OK}HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nsmugg`),
  'head-huge': (socket) =>
    socket.write(`HTTP/1.1 200 OK\r\nx-big: ${'h'.repeat(40_000)}\r\ncontent-length: 2\r\n\r\nok`),
  'head-endless': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    flood(socket, `x-more: ${'h'.repeat(1_000)}\r\n`);
  },
  'line-break-in-head': (socket) =>
    socket.write('HTTP/1.1 200 OK\r\nx-a: b\rset-cookie: c=d\r\ncontent-length: 2\r\n\r\nok'),
  'informational-flood': (socket) => flood(socket, 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'),
  'informational-first': (socket) => socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${OK}`),
  'continue-unasked': (socket) => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${OK}`),
  'switches-protocols': (socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nraw bytes'),
  'not-http': (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
  'not-found-body': (socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'),
  'not-modified': (socket) => socket.write('HTTP/1.1 304 Not Modified\r\ncontent-length: 999\r\netag: "a"\r\n\r\n'),
  redirect: (socket) =>
    socket.write('HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest\r\ncontent-length: 0\r\n\r\n'),
  trailers: (socket) =>
    socket.write(
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-late: evil\r\nset-cookie: a=b\r\n\r\n',
    ),
  'to-the-end': (socket) => socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nok'),
};

/** Acts by the last segment of each request's path. */
async function startFaulty(later: Later): Promise<{ url: string; connections: () => number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const name = /^[A-Z]+ \/v1\/items\/([a-z-]+) HTTP/.exec(chunk.toString('latin1'))?.[1];
      if (name !== undefined) SCRIPTS[name]?.(socket);
    });
  });
  const port = await bind(server);
  later(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}`, connections: () => sockets.size };
}

const policyFor = (url: string, maxConnections = 2): RuntimePolicy =>
  testPolicy({
    routes: [testRoute({ timeoutMs: 600, idleTimeoutMs: 400, methods: ['GET', 'POST'], bodyLimitBytes: 9_000_000 })],
    upstreams: { main: { ...testUpstream(url), maxConnections } },
  });

/** What a client gets: a status and whether the body was whole, or that the connection was cut before. */
async function outcomeOf(gateway: Gateway, name: string): Promise<string> {
  try {
    const response = await fetch(`${gateway.url}/v1/items/${name}`, { redirect: 'manual' });
    const body = await response.text().then(
      (text) => (response.headers.get('content-type') === 'application/problem+json' ? 'problem' : text),
      () => 'cut',
    );
    return `${response.status} ${body}`;
  } catch {
    return 'cut';
  }
}

describe('upstreams that fail', (it) => {
  const expected: Readonly<Record<string, string>> = {
    hang: '504 problem',
    'reset-at-once': '502 problem',
    'close-at-once': '502 problem',
    'half-status-line': '502 problem',
    'half-head-reset': '502 problem',
    'half-head-hang': '504 problem',
    'head-byte-by-byte': '504 problem',
    'body-reset': '200 cut',
    'body-short': '200 cut',
    'body-hang': '200 cut',
    'body-dribbling': '200 cut',
    'body-endless': '200 cut',
    'bad-chunk': '200 cut',
    'chunk-reset': '200 cut',
    'length-and-chunked': '502 problem',
    'two-lengths': '502 problem',
    'head-huge': '502 problem',
    'head-endless': '502 problem',
    'line-break-in-head': '502 problem',
    'informational-flood': '504 problem',
    'informational-first': '200 ok',
    'continue-unasked': '200 ok',
    'switches-protocols': '502 problem',
    'not-http': '502 problem',
    'not-found-body': '204 ',
    'not-modified': '304 ',
    redirect: '302 ',
    trailers: '200 ok',
    'to-the-end': '200 ok',
    'too-much-body': '200 ok',
  };

  it(
    '[SIM-005] answers each fault in its bound, and serves the next request as ever',
    within(60_000, async (later) => {
      const upstream = await startFaulty(later);
      const gateway = await startGateway(policyFor(upstream.url), later);
      for (const [name, outcome] of Object.entries(expected)) {
        const startedAt = performance.now();
        equal(await outcomeOf(gateway, name), outcome, name);
        ok(performance.now() - startedAt < 5_000, `${name} took too long`);
        equal(await outcomeOf(gateway, 'good'), '200 ok', `after ${name}`);
      }
      const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      match(text, /^http_server_active_requests 0$/m);
      ok(
        !gateway.lines.some((line) => line['msg'] === 'bug'),
        JSON.stringify(gateway.lines.find((l) => l['msg'] === 'bug')),
      );
      ok(upstream.connections() <= 2, 'the pool is within its bound');
    }),
  );

  it(
    'says nothing of a fault to the caller, and what it was to the log',
    within(20_000, async (later) => {
      const upstream = await startFaulty(later);
      const gateway = await startGateway(policyFor(upstream.url), later);
      for (const name of ['not-http', 'reset-at-once', 'head-huge']) {
        const reply = await rawRequest(gateway.port, `GET /v1/items/${name} HTTP/1.1\r\nHost: a\r\n\r\n`, 500);
        match(reply, /^HTTP\/1\.1 502 /);
        ok(!/127\.0\.0\.1|ECONN|HPE|UND_ERR|SSH|parse/i.test(reply), reply);
      }
      const outcomes = gateway.lines.filter((line) => line['msg'] === 'request').map((line) => String(line['outcome']));
      ok(outcomes.every((outcome) => outcome.startsWith('upstream-')));
    }),
  );

  it(
    'is not held up by hanging calls beyond the pool :: they end at the deadline, and the pool is whole',
    within(20_000, async (later) => {
      const upstream = await startFaulty(later);
      const gateway = await startGateway(policyFor(upstream.url, 2), later);
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcomeOf(gateway, 'hang')));
      deepEqual(new Set(outcomes), new Set(['504 problem']));
      deepEqual(await Promise.all([1, 2, 3, 4].map(() => outcomeOf(gateway, 'good'))), Array(4).fill('200 ok'));
    }),
  );

  it(
    'holds no more of an endless body than its client takes',
    within(20_000, async (later) => {
      const upstream = await startFaulty(later);
      const gateway = await startGateway(policyFor(upstream.url, 60), later);
      const before = process.memoryUsage().rss;
      await Promise.all(
        Array.from({ length: 30 }, () =>
          rawRequest(gateway.port, 'GET /v1/items/body-endless HTTP/1.1\r\nHost: a\r\n\r\n', 5),
        ),
      );
      await sleep(700);
      const grown = process.memoryUsage().rss - before;
      ok(grown < 300_000_000, `${grown} bytes more`);
      equal(await outcomeOf(gateway, 'good'), '200 ok');
    }),
  );

  it(
    'answers for a target that refuses, has no name, or never ends its TLS handshake',
    within(20_000, async (later) => {
      const upstream = await startFaulty(later);
      for (const [url, outcome] of [
        ['http://127.0.0.1:9', '502 problem'],
        ['http://no-such-host.invalid:80', '502 problem'],
        [upstream.url.replace('http', 'https'), '504 problem'],
      ] as const) {
        const gateway = await startGateway(
          testPolicy({ routes: [testRoute({ timeoutMs: 8_000 })], upstreams: { main: testUpstream(url) } }),
          later,
        );
        equal(await outcomeOf(gateway, 'good'), outcome, url);
      }
    }),
  );

  it(
    'hands on an answer that came before the body was read, and ends the connection',
    within(15_000, async (later) => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        // It answers the head alone, and never reads the body.
        socket.once('data', () => {
          socket.pause();
          socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\nconnection: close\r\n\r\nbig');
        });
      });
      const port = await bind(server);
      later(async () => server.close());
      const gateway = await startGateway(policyFor(`http://127.0.0.1:${port}`), later);
      const head = 'POST /v1/items/x HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n';
      const reply = await rawRequest(gateway.port, head + 'x'.repeat(300_000), 1_500);
      match(reply, /^HTTP\/1\.1 413 /);
      match(reply, /\r\nconnection: close\r\n/i);
      match(reply, /\r\n\r\nbig$/);
    }),
  );

  it(
    'asks the client for its body only when an upstream takes it',
    within(15_000, async (later) => {
      const away = await startGateway(policyFor('http://127.0.0.1:9'), later);
      const head = 'POST /v1/items/x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n';
      const refused = await rawRequest(away.port, head, 500);
      match(refused, /^HTTP\/1\.1 502 /);
      match(refused, /\r\nconnection: close\r\n/i);
      const upstream = await startFaulty(later);
      const gateway = await startGateway(policyFor(upstream.url), later);
      match(await rawRequest(gateway.port, head.replace('/x', '/good'), 300), /^HTTP\/1\.1 100 Continue\r\n\r\n/);
      const whole = await rawRequest(gateway.port, `${head.replace('/x', '/good')}body`, 300);
      match(whole, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    }),
  );

  it(
    'answers HEAD without a body, whatever length is told',
    within(10_000, async (later) => {
      const upstream = await startFaulty(later);
      const gateway = await startGateway(policyFor(upstream.url), later);
      const two = 'HEAD /v1/items/to-the-end HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2);
      const reply = await rawRequest(gateway.port, two, 800);
      equal([...reply.matchAll(/HTTP\/1\.1 (\d+)/g)].map((found) => found[1]).join(), '200,200');
      ok(!reply.endsWith('ok'));
    }),
  );
});
