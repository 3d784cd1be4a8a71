/**
 * Clients that misuse connections instead of words: they stop, reset, dribble, never read, or come in crowds. Each time the process lives,
 * its memory stays bounded, and others are served.
 */
import { equal, ok } from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../../compiler/testing/suite.ts';
import { type GatewayProcess, startGatewayProcess } from '../gateway-process.ts';
import { testPolicy, testRoute, testUpstream } from '../policy.ts';
import { bind, within } from '../servers.ts';

const MEBIBYTE = 1_048_576;
const GET = 'GET /v1/items HTTP/1.1\r\nHost: a\r\n\r\n';
const POST = 'POST /v1/items HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n';

type Later = (cleanUp: () => Promise<unknown>) => void;

/** An upstream that answers after a moment, or endlessly on `/v1/items/endless`. */
async function start(later: Later): Promise<GatewayProcess> {
  const chunk = Buffer.alloc(65_536, 'x');
  const server = createServer((req, res) => {
    if (req.url !== '/v1/items/endless') {
      setTimeout(() => res.end('ok'), 5);
      return;
    }
    const pour = (): void => {
      while (!res.destroyed && res.write(chunk));
    };
    res.on('drain', pour);
    pour();
  });
  const port = await bind(server);
  later(async () => {
    server.closeAllConnections();
    server.close();
  });
  const policy = testPolicy({
    upstreams: { main: { ...testUpstream(`http://127.0.0.1:${port}`), maxConnections: 64 } },
    routes: [testRoute({ path: '/v1/items', match: 'prefix', timeoutMs: 60_000, idleTimeoutMs: 60_000 })],
  });
  return startGatewayProcess(policy, later);
}

async function serves(gateway: GatewayProcess): Promise<void> {
  ok(gateway.isAlive(), 'the process lives');
  const response = await fetch(`${gateway.url}/v1/items`);
  equal(response.status, 200);
  equal(await response.text(), 'ok');
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
    socket.on('error', () => undefined);
  });
}

/** Runs `use` for `count` connections, at most fifty at once. */
async function crowd(
  port: number,
  count: number,
  use: (socket: Socket, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const socket = await open(port);
      await use(socket, index);
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: 50 }, work));
}

describe('abuse of connections', (it) => {
  it(
    'outlives clients that half-close before the answer :: 1000 of them, which crashed Koa 3.1 and later',
    within(60_000, async (later) => {
      const gateway = await start(later);
      await crowd(gateway.port, 1000, async (socket, index) => {
        socket.end(index % 2 === 0 ? GET : POST);
        await sleep(index % 7);
      });
      await serves(gateway);
    }),
  );

  it(
    'outlives clients that reset at any moment :: in the head, in the body, waiting, reading',
    within(60_000, async (later) => {
      const gateway = await start(later);
      const parts = [GET.slice(0, 10), GET, POST, `${POST}some`, GET.replace('/items', '/items/endless')];
      await crowd(gateway.port, 1000, async (socket, index) => {
        socket.write(parts[index % parts.length] ?? GET);
        await sleep(index % 9);
        socket.resetAndDestroy();
      });
      await serves(gateway);
      const active = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      ok(/^http_server_active_requests 0$/m.test(active), 'no request is left behind');
    }),
  );

  it(
    'holds little for a client that never reads :: the upstream is read only as fast as the client',
    within(60_000, async (later) => {
      const gateway = await start(later);
      await serves(gateway);
      const before = await gateway.residentBytes();
      const sockets = await Promise.all(Array.from({ length: 20 }, () => open(gateway.port)));
      for (const socket of sockets) {
        socket.pause();
        socket.write(GET.replace('/items', '/items/endless'));
      }
      await sleep(3_000);
      const grown = (await gateway.residentBytes()) - before;
      ok(grown < 96 * MEBIBYTE, `20 endless answers that nobody reads took ${Math.round(grown / MEBIBYTE)} MiB`);
      await serves(gateway);
      for (const socket of sockets) socket.destroy();
    }),
  );

  it(
    'drops heads that dribble in, and serves others meanwhile',
    within(60_000, async (later) => {
      const gateway = await start(later);
      const sockets = await Promise.all(Array.from({ length: 200 }, () => open(gateway.port)));
      let dropped = 0;
      for (const socket of sockets) {
        socket.on('close', () => {
          dropped += 1;
        });
        socket.write('GET /v1/items HTTP/1.1\r\n');
      }
      for (let second = 0; second < 25 && dropped < sockets.length; second += 1) {
        for (const socket of sockets) if (!socket.destroyed) socket.write(`X-${second}: 1\r\n`);
        await serves(gateway);
        await sleep(1_000);
      }
      equal(dropped, sockets.length);
    }),
  );

  it(
    'serves others beside two thousand idle connections',
    within(60_000, async (later) => {
      const gateway = await start(later);
      const before = await gateway.residentBytes();
      const sockets: Socket[] = [];
      for (let batch = 0; batch < 20; batch += 1)
        sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => open(gateway.port)))));
      await serves(gateway);
      const each = ((await gateway.residentBytes()) - before) / sockets.length;
      ok(each < 65_536, `an idle connection takes ${Math.round(each)} bytes`);
      for (const socket of sockets) socket.destroy();
    }),
  );
});
