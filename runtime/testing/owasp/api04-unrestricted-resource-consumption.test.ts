/**
 * OWASP API4:2023 :: every resource that a caller can hold has a bound: bytes, time, places, memory.
 *
 * The gateway is a process of its own, since its memory is part of what is claimed.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe } from '../../../compiler/testing/suite.ts';
import { REQUEST_HEAD_BYTES, REQUEST_LINE_BYTES } from '../../../schemas/http-limits.ts';
import { attack, readReply, sendBytes } from '../attacker.ts';
import { startGatewayProcess } from '../gateway-process.ts';
import { until } from '../keys.ts';
import { testPolicy, testRoute, testUpstream } from '../policy.ts';
import { bind } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';
import { openSocket, startSocketUpstream } from '../websockets.ts';

const MEBIBYTE = 1_048_576;
const BODY_LIMIT = 4 * MEBIBYTE;
/** 2 MiB that unpack to 2 GiB: members of a gzip file follow each other (RFC 1952, 2.2). */
const BOMB = Buffer.concat(Array<Buffer>(128).fill(gzipSync(Buffer.alloc(16 * MEBIBYTE))));
const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function start(later: Parameters<typeof startGatewayProcess>[1]) {
  const bodies: string[] = [];
  const answer = (req: IncomingMessage, res: ServerResponse): void => {
    if (req.url === '/v1/items/hang' || req.url === '/v1/narrow') return;
    if (req.url === '/v1/events') {
      res.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      return;
    }
    if (req.url === '/v1/items/bomb') {
      res.writeHead(200, { 'content-encoding': 'gzip', 'content-length': BOMB.length }).end(BOMB);
      return;
    }
    const chunks: Buffer[] = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('error', () => undefined);
    req.on('end', () => {
      bodies.push(`${req.headers['content-encoding']} ${hashOf(Buffer.concat(chunks))}`);
      res.end('ok');
    });
  };
  const server = createServer({ maxHeaderSize: 2 * REQUEST_HEAD_BYTES }, answer);
  const port = await bind(server);
  later(async () => {
    server.closeAllConnections();
    server.close();
  });
  const websocket = { enabled: true, maxConnectionsPerTenant: 2, pingIntervalMs: 10_000 };
  const policy = testPolicy({
    upstreams: {
      main: { ...testUpstream(`http://127.0.0.1:${port}`), maxConnections: 64 },
      sockets: testUpstream(await startSocketUpstream(later)),
    },
    routes: [
      testRoute({ bodyLimitBytes: BODY_LIMIT, timeoutMs: 4_000 }),
      testRoute({ id: 'small', path: '/v1/small', bodyLimitBytes: 100, timeoutMs: 4_000 }),
      testRoute({ id: 'narrow', path: '/v1/narrow', maxConcurrent: 2, timeoutMs: 4_000 }),
      testRoute({ id: 'events', path: '/v1/events', kind: 'sse', maxConcurrent: 2, idleTimeoutMs: 60_000 }),
      testRoute({ id: 'shaped', path: '/v1/shaped', body: { type: 'object', additionalProperties: false } }),
      testRoute({ id: 'ws', path: '/ws', kind: 'websocket', methods: ['GET'], upstream: 'sockets', websocket }),
    ],
  });
  return { gateway: await startGatewayProcess(policy, later), bodies };
}

function open(port: number, bytes: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes);
      resolve(socket);
    });
    socket.on('error', reject);
    socket.on('error', () => undefined);
  });
}

describe('OWASP API4 :: unrestricted resource consumption', (it) => {
  const test = shareSetUp(it, start);

  test(
    'heads and bodies have a largest size :: at the size they pass, above it nothing of them does',
    60_000,
    async ({ gateway: { port }, bodies }) => {
      const status = async (line: string, fields: readonly string[] = [], body = ''): Promise<number> =>
        (await attack(port, line, fields, body)).status;
      const field = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `X-${index}: 1`);
      bodies.splice(0);
      equal(await status(`GET /v1/items/${'a'.repeat(REQUEST_HEAD_BYTES)}`), 431);
      equal(await status('GET /v1/items', [`X: ${'x'.repeat(REQUEST_HEAD_BYTES)}`]), 431);
      equal(await status('GET /v1/items', field(99)), 431, '101 fields');
      equal(await status('POST /v1/small', [], 'x'.repeat(101)), 413);
      equal(await status('POST /v1/small', ['Content-Length: 99999999999']), 413, 'before any of it came');
      equal(
        await status('POST /v1/small', ['Transfer-Encoding: chunked'], `65\r\n${'x'.repeat(101)}\r\n0\r\n\r\n`),
        413,
      );
      deepEqual(bodies, [], 'none of these arrived as a whole');
      equal(await status(`GET /v1/items/${'a'.repeat(REQUEST_LINE_BYTES - 100)}`), 200);
      equal(await status('GET /v1/items', [`X: ${'x'.repeat(REQUEST_LINE_BYTES - 100)}`]), 200);
      equal(await status('GET /v1/items', field(98)), 200, '100 fields');
      equal(await status('POST /v1/small', [], 'x'.repeat(100)), 200);
    },
  );

  test(
    'what is packed stays packed :: a bomb of 2 GiB passes as its 2 MiB both ways, and is not read where bodies are',
    60_000,
    async ({ gateway, bodies }) => {
      const before = await gateway.residentBytes();
      bodies.splice(0);
      const packed = BOMB.toString('latin1');
      const sent = await attack(gateway.port, 'POST /v1/items', ['Content-Encoding: gzip'], packed);
      equal(sent.status, 200);
      deepEqual(bodies, [`gzip ${hashOf(BOMB)}`]);
      const received = await attack(gateway.port, 'GET /v1/items/bomb', ['Accept-Encoding: gzip']);
      equal(received.field('content-encoding'), 'gzip');
      equal(hashOf(Buffer.from(received.body, 'latin1')), hashOf(BOMB));
      const json = ['Content-Type: application/json', 'Content-Encoding: gzip'];
      equal((await attack(gateway.port, 'POST /v1/shaped', json, packed.slice(0, 20_000))).status, 415);
      const grown = (await gateway.residentBytes()) - before;
      ok(grown < 200 * MEBIBYTE, `${Math.round(grown / MEBIBYTE)} MiB more`);
    },
  );

  test('a body that is dear to parse is refused cheaply', 60_000, async ({ gateway: { port, isAlive } }) => {
    const dear = ['['.repeat(100_000), `{"a":${'{"a":'.repeat(50_000)}`, `{${'"a":1,'.repeat(50_000)}"b":1}`];
    for (const body of dear) {
      const reply = await attack(port, 'POST /v1/shaped', ['Content-Type: application/json'], body);
      equal(reply.status, 400, body.slice(0, 20));
    }
    ok(isAlive());
  });

  test(
    'places are counted, and given back :: requests, event streams, sockets',
    60_000,
    async ({ gateway: { port, url } }) => {
      const holdAndAsk = async (path: string): Promise<void> => {
        const get = `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
        const held = await Promise.all([open(port, get), open(port, get)]);
        await until(async () => (await attackBriefly(port, path)) === 503);
        const others = await attack(port, 'GET /v1/items');
        equal(others.status, 200, 'a route that is full fills no other');
        for (const socket of held) socket.resetAndDestroy();
        await until(async () => (await attackBriefly(port, path)) !== 503);
      };
      await holdAndAsk('/v1/narrow');
      await holdAndAsk('/v1/events');
      const sockets = await Promise.all([openSocket(`${url}/ws`), openSocket(`${url}/ws`)]);
      deepEqual(
        sockets.map(({ kind }) => kind),
        ['open', 'open'],
      );
      const third = await openSocket(`${url}/ws`);
      equal(third.kind === 'refused' && third.status, 429);
      for (const socket of sockets) if (socket.kind === 'open') socket.socket.terminate();
      await until(async () => {
        const next = await openSocket(`${url}/ws`);
        if (next.kind === 'open') next.socket.terminate();
        return next.kind === 'open';
      });
    },
  );

  test(
    'who is slow is not waited for :: heads, bodies, silence, and an upstream that never answers',
    60_000,
    async ({ gateway }) => {
      const { port } = gateway;
      const ends: Promise<string>[] = [];
      const dribble = async (first: string): Promise<void> => {
        const socket = await open(port, first);
        const timer = setInterval(() => socket.write('x'), 400);
        ends.push(
          new Promise((resolve) => {
            let reply = '';
            socket.on('data', (chunk) => (reply += String(chunk)));
            socket.on('close', () => {
              clearInterval(timer);
              resolve(reply);
            });
          }),
        );
      };
      for (let index = 0; index < 20; index += 1) await dribble('GET /v1/items HTTP/1.1\r\nHost: a\r\nX: ');
      await dribble('POST /v1/items HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n');
      const silent = await open(port, '');
      const silence = new Promise<void>((resolve) => silent.on('close', () => resolve()).resume());
      equal((await attack(port, 'GET /v1/items/hang')).status, 504);
      equal((await attack(port, 'GET /v1/items')).status, 200, 'others are served meanwhile');
      const replies = await Promise.all(ends);
      await silence;
      const statuses = replies.map((reply) => readReply(reply).status);
      ok(
        statuses.every((status) => [0, 408, 504].includes(status)),
        statuses.join(),
      );
      ok(gateway.isAlive());
      const metrics = readReply(await sendBytes(Number(new URL(gateway.adminUrl).port), SCRAPE)).body;
      ok(/^http_server_active_requests 0$/m.test(metrics), 'nothing is left behind');
    },
  );
});

const SCRAPE = 'GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

/** The status if one comes soon, and 0 for an answer that takes its time; the connection is gone then. */
async function attackBriefly(port: number, path: string): Promise<number> {
  const socket = await open(port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  let reply = '';
  socket.on('data', (chunk) => (reply += String(chunk)));
  await Promise.race([new Promise((resolve) => socket.once('close', resolve)), sleep(150)]);
  socket.resetAndDestroy();
  return readReply(reply).status;
}
