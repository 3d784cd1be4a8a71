import { deepEqual, equal, match } from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe } from '../../compiler/testing/suite.ts';
import { systemClock } from '../resilience/clock.ts';
import { exchangeOf, testExchange } from '../testing/exchange.ts';
import { testRoute } from '../testing/policy.ts';
import { bind, rawRequest, within } from '../testing/servers.ts';
import { readBody } from './body.ts';
import type { Exchange } from './exchange.ts';

interface Reading {
  readonly port: number;
  readonly exchanges: readonly Exchange[];
}

/** A server that reads each body with a limit of 20 bytes and 400 ms, and says what it got. */
async function startReader(later: (cleanUp: () => Promise<unknown>) => void, capBytes = 1_000): Promise<Reading> {
  const exchanges: Exchange[] = [];
  const route = testRoute({ bodyLimitBytes: 20, timeoutMs: 400 });
  const server: Server = createServer(async (req, res) => {
    const exchange = exchangeOf(req, res, { route });
    exchanges.push(exchange);
    const answer = await readBody(exchange, capBytes, systemClock);
    for (let index = 0; index < exchange.fields.length; index += 2) {
      res.setHeader(exchange.fields[index] ?? '', exchange.fields[index + 1] ?? '');
    }
    res.statusCode = answer?.status ?? 200;
    res.end(answer === undefined ? `read:${exchange.body?.toString()}` : answer.body);
  });
  server.on('checkContinue', (req, res) => server.emit('request', req, res));
  const port = await bind(server);
  later(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { port, exchanges };
}

const post = (head: string, body = ''): string => `POST / HTTP/1.1\r\nHost: a\r\n${head}\r\n\r\n${body}`;

describe('read body', (it) => {
  const READ: Readonly<Record<string, readonly [request: string, body: string]>> = {
    'with its length': [post('Content-Length: 5', 'hello'), 'hello'],
    'of exactly the limit': [post('Content-Length: 20', '12345678901234567890'), '12345678901234567890'],
    'in chunks': [post('Transfer-Encoding: chunked', '3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n'), 'abcd'],
    'in chunks of one byte up to the limit': [
      post('Transfer-Encoding: chunked', `${'1\r\nx\r\n'.repeat(20)}0\r\n\r\n`),
      'x'.repeat(20),
    ],
    'in no chunk': [post('Transfer-Encoding: chunked', '0\r\n\r\n'), ''],
    'of length 0': [post('Content-Length: 0'), ''],
    'that is not there': ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', ''],
  };
  for (const [name, [request, body]] of Object.entries(READ)) {
    it(
      `reads a body ${name}`,
      within(5_000, async (later) => {
        const { port } = await startReader(later);
        match(await rawRequest(port, request), new RegExp(`^HTTP/1.1 200 .*read:${body}`, 's'));
      }),
    );
  }

  it(
    'puts together a body that comes in pieces',
    within(5_000, async (later) => {
      const { port, exchanges } = await startReader(later);
      const socket = connect(port, '127.0.0.1');
      later(async () => socket.destroy());
      socket.write(post('Content-Length: 9'));
      for (const piece of ['one', 'two', 'six']) {
        socket.write(piece);
        await wait(20);
      }
      match(await firstOf(socket), /read:onetwosix/);
      equal(exchanges.length, 1);
    }),
  );

  const REFUSED: Readonly<Record<string, readonly [request: string, status: number]>> = {
    'that announces one byte too many': [post('Content-Length: 21', '1'), 413],
    'that turns out too long': [post('Transfer-Encoding: chunked', `15\r\n${'x'.repeat(21)}\r\n`), 413],
    'that does not arrive in time': [post('Content-Length: 5', 'he'), 408],
  };
  for (const [name, [request, status]] of Object.entries(REFUSED)) {
    it(
      `refuses a body ${name}, and closes`,
      within(5_000, async (later) => {
        const { port, exchanges } = await startReader(later);
        const text = await rawRequest(port, request, 2_000);
        match(text, new RegExp(`^HTTP/1.1 ${status} `, 's'));
        match(text, /connection: close/i);
        equal(exchanges[0]?.body, undefined);
      }),
    );
  }

  it(
    'ends a body that dribbles at the timeout of the route',
    within(5_000, async (later) => {
      const { port } = await startReader(later);
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(post('Content-Length: 19'));
      const dribble = setInterval(() => socket.write('x'), 50);
      later(async () => {
        clearInterval(dribble);
        socket.destroy();
      });
      match(await firstOf(socket), /^HTTP\/1.1 408 /);
    }),
  );

  it(
    'says 100 Continue before it waits, and not before a refusal',
    within(5_000, async (later) => {
      const { port } = await startReader(later);
      const socket = connect(port, '127.0.0.1');
      later(async () => socket.destroy());
      socket.write(post('Content-Length: 2\r\nExpect: 100-continue'));
      equal(await firstOf(socket), 'HTTP/1.1 100 Continue\r\n\r\n');
      socket.write('ok');
      match(await firstOf(socket), /^HTTP\/1.1 200 .*read:ok/s);
      const refused = await rawRequest(port, post('Content-Length: 21\r\nExpect: 100-continue'));
      match(refused, /^HTTP\/1.1 413 /);
    }),
  );

  it(
    'notices a client that went away',
    within(5_000, async (later) => {
      const { port, exchanges } = await startReader(later);
      const socket = connect(port, '127.0.0.1');
      socket.write(post('Content-Length: 9', 'one'));
      await wait(50);
      socket.resetAndDestroy();
      while (exchanges[0]?.outcome === undefined) await wait(10);
      equal(exchanges[0].outcome, 'client-abort');
    }),
  );

  it('reads once :: a later policy finds the body, and its own limit holds', async () => {
    const body = Buffer.from('12345');
    const exchange = testExchange({}, { body });
    equal(await readBody(exchange, 5, systemClock), undefined);
    deepEqual(exchange.body, body);
    const answer = await readBody(exchange, 4, systemClock);
    equal(answer?.status, 413);
  });
});

function firstOf(socket: ReturnType<typeof connect>): Promise<string> {
  return new Promise((resolve) => socket.once('data', (chunk) => resolve(chunk.toString('latin1'))));
}
