/**
 * OWASP API10:2023 :: an upstream is no friend: what it sends is bounded and checked, and never harms the next caller.
 *
 * What each fault is answered with is in ../faults/upstreams.test.ts; here two callers share one connection to a hostile upstream.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../../compiler/testing/suite.ts';
import { attack, readReply, sendBytes } from '../attacker.ts';
import { startGatewayProcess } from '../gateway-process.ts';
import { testPolicy, testRoute, testUpstream } from '../policy.ts';
import { bind } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';

const MEBIBYTE = 1_048_576;
const FINE = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
/** What must never arrive at the next caller. */
const EVIL = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\nset-cookie: session=evil\r\n\r\nevil';

/** Writes again and again, as fast as it is read, until the connection ends. */
function flood(socket: Socket, text: string): void {
  const write = (): void => {
    if (socket.destroyed) return;
    if (socket.write(text)) setImmediate(write);
    else socket.once('drain', write);
  };
  write();
}

const chunked = (chunks: string): string => `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`;

type Script = (socket: Socket) => void;
/** What the upstream does, and how the caller hears of it: a status, or `cut` after a head. */
const HOSTILE: Readonly<Record<string, readonly [script: Script, expected: string]>> = {
  'head-of-40-kb': [(socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'h'.repeat(40_000)}\r\n\r\n`), '502'],
  'head-without-end': [
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      flood(socket, `x: ${'h'.repeat(1_000)}\r\n`);
    },
    '502',
  ],
  'body-without-end': [
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      flood(socket, 'x'.repeat(65_536));
    },
    'cut',
  ],
  'chunks-without-end': [
    (socket) => {
      socket.write(chunked(''));
      flood(socket, `1000\r\n${'x'.repeat(4_096)}\r\n`);
    },
    'cut',
  ],
  'early-hints-without-end': [(socket) => flood(socket, 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'), '504'],
  'malformed-chunk': [(socket) => socket.write(chunked(`2\r\nok\r\nXX\r\n${EVIL}`)), 'cut'],
  'negative-chunk': [(socket) => socket.write(chunked(`-2\r\nok\r\n0\r\n\r\n${EVIL}`)), 'cut'],
  'length-and-chunks': [
    (socket) =>
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${EVIL}`),
    '502',
  ],
  'line-break-in-a-field': [
    (socket) => socket.write('HTTP/1.1 200 OK\r\nx: a\rset-cookie: session=evil\r\ncontent-length: 2\r\n\r\nok'),
    '502',
  ],
  'no-http': [(socket) => socket.write('220 mail.example.com ESMTP\r\n'), '502'],
  'switches-protocols': [
    (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nevil'),
    '502',
  ],
  'half-a-body': [(socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf'), 'cut'],
  'never-answers': [() => undefined, '504'],
  'second-answer': [(socket) => socket.write(FINE + EVIL), '200'],
  'answer-of-no-length-head': [(socket) => socket.write(`HTTP/1.1 204 No Content\r\n\r\n${EVIL}`), '204'],
  trailers: [(socket) => socket.write(chunked('2\r\nok\r\n0\r\nset-cookie: session=evil\r\n\r\n')), '200'],
};

const ORDERS = [
  'X-Accel-Redirect: /internal/secrets',
  'X-Sendfile: /etc/passwd',
  'Connection: keep-alive, x-hop',
  'X-Hop: 1',
  'Proxy-Authenticate: Basic',
  'Access-Control-Allow-Origin: *',
  'X-Content-Type-Options: off',
  'Server: evil',
];

async function start(later: Parameters<typeof startGatewayProcess>[1]) {
  const sockets = new Set<Socket>();
  let opened = 0;
  const server = createServer((socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const name = /^GET \/v1\/items\/([a-z0-9-]+) HTTP/.exec(chunk.toString('latin1'))?.[1] ?? '';
      if (name === 'fine') socket.write(FINE);
      else if (name === 'orders') socket.write(FINE.replace('\r\n\r\n', `\r\n${ORDERS.join('\r\n')}\r\n\r\n`));
      else HOSTILE[name]?.[0](socket);
    });
  });
  const upstreamPort = await bind(server);
  later(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = `http://127.0.0.1:${upstreamPort}`;
  const policy = testPolicy({
    // One connection: what a hostile answer leaves on it would be the next caller's.
    upstreams: {
      main: { ...testUpstream(url), maxConnections: 1 },
      tls: testUpstream(url.replace('http:', 'https:')),
    },
    routes: [
      testRoute({ timeoutMs: 1_500, idleTimeoutMs: 1_000, cors: true }),
      testRoute({ id: 'tls', path: '/v1/tls', upstream: 'tls', timeoutMs: 3_000 }),
    ],
  });
  const gateway = await startGatewayProcess(policy, later);
  return { gateway, open: () => sockets.size, opened: () => opened };
}

async function outcomeOf(port: number, name: string): Promise<string> {
  const reply = await attack(port, `GET /v1/items/${name}`);
  if (/evil/.test(reply.head + reply.body)) return `evil: ${reply.head}${reply.body}`;
  const length = reply.field('content-length');
  const isWhole = length === undefined ? reply.body.endsWith('0\r\n\r\n') : reply.body.length === Number(length);
  // A head may wait for the first piece of its body, and is cut with it.
  if (reply.status === 0) return 'cut';
  return reply.status !== 200 || isWhole ? String(reply.status) : 'cut';
}

describe('OWASP API10 :: unsafe consumption of APIs', (it) => {
  const test = shareSetUp(it, start);

  test(
    `what is hostile is refused or cut, and the next caller is served :: ${Object.keys(HOSTILE).length} ways, in bounded memory`,
    120_000,
    async ({ gateway, open }) => {
      equal(await outcomeOf(gateway.port, 'fine'), '200');
      const before = await gateway.residentBytes();
      for (const [name, [, expected]] of Object.entries(HOSTILE)) {
        equal(await outcomeOf(gateway.port, name), expected, name);
        // What was left over may come a moment later.
        await sleep(20);
        equal(await outcomeOf(gateway.port, 'fine'), '200', `after ${name}`);
      }
      ok(gateway.isAlive());
      ok(open() <= 1, `${open()} connections`);
      const grown = (await gateway.residentBytes()) - before;
      ok(grown < 200 * MEBIBYTE, `${Math.round(grown / MEBIBYTE)} MiB more`);
      const bugs = gateway.lines.filter((line) => line.includes('"msg":"bug"'));
      deepEqual(bugs, []);
    },
  );

  test(
    'answers that came unasked wait for nobody :: callers at once each get their own',
    30_000,
    async ({ gateway: { port } }) => {
      const names = ['second-answer', 'fine', 'second-answer', 'fine', 'fine'];
      deepEqual(await Promise.all(names.map((name) => outcomeOf(port, name))), Array(names.length).fill('200'));
      const pipelined = names.map((name) => `GET /v1/items/${name} HTTP/1.1\r\nHost: a\r\n\r\n`).join('');
      const closing = 'GET /v1/items/fine HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
      const replies = await sendBytes(port, pipelined + closing);
      equal(replies.match(/HTTP\/1\.1 200 /g)?.length, names.length + 1);
      ok(!replies.includes('evil'), replies);
    },
  );

  test(
    'an upstream gives no orders to who stands in front, and does not speak for this side',
    30_000,
    async ({ gateway: { port } }) => {
      const reply = await attack(port, 'GET /v1/items/orders', ['Origin: https://stranger.example']);
      equal(reply.status, 200);
      for (const name of ['x-accel-redirect', 'x-sendfile', 'x-hop', 'proxy-authenticate', 'server']) {
        equal(reply.field(name), undefined, name);
      }
      equal(reply.field('access-control-allow-origin'), undefined);
      equal(reply.field('x-content-type-options'), 'nosniff');
      equal(reply.names.filter((name) => name === 'x-content-type-options').length, 1);
    },
  );

  test(
    'an upstream that does not speak TLS where the policy says so is no upstream :: no way back to plain text',
    30_000,
    async ({ gateway: { port }, opened }) => {
      const before = opened();
      const reply = await attack(port, 'GET /v1/tls');
      ok(reply.status === 502 || reply.status === 504, reply.head);
      ok(opened() > before, 'it was tried');
      match(reply.body, /service behind/);
      equal(
        readReply(await sendBytes(port, 'GET /v1/items/fine HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).status,
        200,
      );
    },
  );
});
