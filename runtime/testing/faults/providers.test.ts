import { deepEqual, equal, ok } from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../../compiler/testing/suite.ts';
import { ask, egressPolicy, metric, statusOf } from '../egress.ts';
import { startProvider, TEST_BREAKER, testPool, testProvider } from '../provider-stub.ts';
import { bind, startGateway, within } from '../servers.ts';

type Later = Parameters<Parameters<typeof within>[1]>[0];

/** A server that does as it is told once a request head has come. */
async function startBroken(later: Later, misbehave: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => misbehave(socket));
  });
  const port = await bind(server);
  later(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${port}`;
}

function repeat(socket: Socket, everyMs: number, bytes: string): void {
  const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(bytes)), everyMs);
  socket.on('close', () => clearInterval(timer));
}

const OK_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n';

interface Fault {
  readonly misbehave: (socket: Socket) => void;
  /** What the service sees: a status, or 0 when the response was cut within its body. */
  readonly seen: number;
}

/** Each is a failure of the provider, whatever it looks like. */
const FAULTS: Readonly<Record<string, Fault>> = {
  'takes the call and says nothing': { misbehave: () => undefined, seen: 504 },
  'stops within the head': { misbehave: (socket) => void socket.write('HTTP/1.1 200 OK\r\nx-half: '), seen: 504 },
  'resets before an answer': { misbehave: (socket) => void socket.resetAndDestroy(), seen: 502 },
  'closes before an answer': { misbehave: (socket) => void socket.end(), seen: 502 },
  'resets within the body': {
    misbehave(socket) {
      socket.write(`${OK_HEAD}content-length: 1000\r\n\r\nhalf`);
      setTimeout(() => socket.resetAndDestroy(), 50);
    },
    seen: 0,
  },
  'closes within the body': {
    misbehave: (socket) => void socket.end(`${OK_HEAD}content-length: 1000\r\n\r\nhalf`),
    seen: 0,
  },
  'sends one byte after the other without an end': {
    misbehave(socket) {
      socket.write(`${OK_HEAD}transfer-encoding: chunked\r\n\r\n`);
      repeat(socket, 50, '1\r\na\r\n');
    },
    seen: 0,
  },
  'sends a head of 64 KiB': {
    misbehave: (socket) => void socket.write(`HTTP/1.1 200 OK\r\nx-big: ${'a'.repeat(65_536)}\r\n\r\n`),
    seen: 502,
  },
  'sends interim answers without an end': {
    misbehave: (socket) => repeat(socket, 5, 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(20)),
    seen: 504,
  },
  'sends a broken chunk': {
    misbehave: (socket) => void socket.write(`${OK_HEAD}transfer-encoding: chunked\r\n\r\nzz\r\nbad\r\n`),
    seen: 0,
  },
  'talks another protocol': { misbehave: (socket) => void socket.write('220 smtp.example.com ESMTP\r\n'), seen: 502 },
  'announces two lengths': {
    misbehave: (socket) => void socket.write(`${OK_HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\nab`),
    seen: 502,
  },
  'switches protocols unasked': {
    misbehave: (socket) =>
      void socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    seen: 502,
  },
};

describe('providers that fail', (it) => {
  for (const [name, { misbehave, seen }] of Object.entries(FAULTS)) {
    it(
      `one that ${name} counts as failing, gives its places back, and disturbs no other`,
      within(15_000, async (later) => {
        const broken = await startBroken(later, misbehave);
        const good = await startProvider(later);
        const pool = { name: 'broken', maxConcurrent: 2, queue: { max: 9, waitMs: 9_000 } };
        const gateway = await startGateway(
          egressPolicy({
            broken: testProvider(broken, {
              pool,
              breaker: { ...TEST_BREAKER, consecutiveFailures: 4 },
              timeoutMs: 600,
            }),
            good: testProvider(good.url, { pool: testPool('good', 2) }),
          }),
          later,
        );
        const statuses = await Promise.all([
          ...[1, 2, 3].map(() => statusOf(gateway, '/broken/x', { method: 'POST', body: 'question' })),
          statusOf(gateway, '/good/x'),
        ]);
        deepEqual(statuses, [seen, seen, seen, 200]);
        equal(await metric(gateway, 'provider_calls_total{provider="broken",result="failure"}'), 3);
        equal(await metric(gateway, 'breaker_state{kind="provider",name="broken"}'), 0);
        equal(await statusOf(gateway, '/broken/x'), seen);
        equal(await metric(gateway, 'breaker_state{kind="provider",name="broken"}'), 2);
        equal(await statusOf(gateway, '/broken/x'), 503);
        equal(await metric(gateway, 'provider_pool_in_use{pool="broken"}'), 0);
        equal(await metric(gateway, 'provider_pool_waiting{pool="broken"}'), 0);
        equal(
          gateway.lines.some(({ msg }) => msg === 'bug'),
          false,
        );
      }),
    );
  }

  it(
    'one that refuses connections is found out at once, and is back with its first good answer',
    within(15_000, async (later) => {
      const placeholder = createServer();
      const port = await bind(placeholder);
      await new Promise((resolve) => placeholder.close(resolve));
      const breaker = { ...TEST_BREAKER, openMs: 400 };
      const gateway = await startGateway(
        egressPolicy({ away: testProvider(`http://127.0.0.1:${port}`, { breaker, pool: testPool('away', 2) }) }),
        later,
      );
      const answers = await Promise.all(Array.from({ length: 10 }, () => statusOf(gateway, '/away/x')));
      deepEqual(new Set(answers), new Set([502, 503]));
      equal(await metric(gateway, 'provider_pool_in_use{pool="away"}'), 0);
      const back = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
      });
      await new Promise<void>((resolve) => back.listen(port, '127.0.0.1', resolve));
      later(async () => back.close());
      await sleep(450);
      deepEqual([await statusOf(gateway, '/away/x'), await statusOf(gateway, '/away/x')], [200, 200]);
      equal(await metric(gateway, 'breaker_state{kind="provider",name="away"}'), 0);
    }),
  );

  it(
    'services that go away at every stage leave no place taken and no breaker moved',
    within(25_000, async (later) => {
      const stub = await startProvider(later, {
        holdMs: 20,
        respond(_req, res) {
          res.write('first');
          setTimeout(() => res.end('last'), 20);
        },
      });
      const gateway = await startGateway(
        egressPolicy({
          llm: testProvider(stub.url, { pool: testPool('llm', 8), breaker: TEST_BREAKER, maxFanOut: 3 }),
        }),
        later,
      );
      for (let round = 0; round < 15; round += 1) {
        const calls = Array.from({ length: 40 }, async (_, index) => {
          const gone = new AbortController();
          const headers = { 'x-request-id': `request-${index % 5}` };
          const call = ask(gateway, '/llm/x', { signal: gone.signal, headers, method: 'POST', body: 'q' });
          setTimeout(() => gone.abort(), (index * 7) % 90);
          await call.then((response) => response.text()).catch(() => undefined);
        });
        await Promise.all(calls);
      }
      // A request may arrive after its client has gone.
      const inFlight = () => gateway.runtime.providers?.list()[0]?.inFlight;
      while (inFlight() !== 0 || (await metric(gateway, 'provider_pool_in_use{pool="llm"}')) > 0) await sleep(20);
      equal(await metric(gateway, 'provider_pool_waiting{pool="llm"}'), 0);
      equal(await metric(gateway, 'breaker_state{kind="provider",name="llm"}'), 0);
      equal(await metric(gateway, 'breaker_transitions_total{kind="provider",name="llm",to="open"}'), 0);
      equal(await statusOf(gateway, '/llm/x'), 200);
      ok(gateway.lines.every(({ msg }) => msg !== 'bug'));
    }),
  );
});
