/** Connections that one side keeps and the other one closes. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { Agent, createServer, request } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../compiler/testing/suite.ts';
import { testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { bind, startGateway, within } from '../testing/servers.ts';

type Later = Parameters<typeof startGateway>[1];

/** Closes what was idle for `ms`, without telling beforehand (as Gunicorn does). */
async function startClosing(ms: number, later: Later) {
  const server = createServer({ keepAliveTimeout: ms }, (req, res) => {
    res.removeHeader('keep-alive');
    req.resume().on('end', () => res.end('ok'));
  });
  const port = await bind(server);
  later(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
}

describe('kept connections', (it) => {
  it(
    'to a service are closed before it closes them :: a POST at the very moment is no 502',
    within(60_000, async (later) => {
      const closesMs = 400;
      const url = await startClosing(closesMs, later);
      const main = { ...testUpstream(url), keepAliveMs: closesMs / 2 };
      const gateway = await startGateway(testPolicy({ upstreams: { main } }), later);
      const statuses = new Set<number>();
      const call = async (pauseMs: number): Promise<void> => {
        for (let count = 0; count < 12; count += 1) {
          const response = await fetch(`${gateway.url}/v1/items`, { method: 'POST', body: 'once' });
          await response.text();
          statuses.add(response.status);
          await sleep(pauseMs);
        }
      };
      await Promise.all(Array.from({ length: 16 }, (_, at) => call(closesMs - 8 + at)));
      deepEqual([...statuses], [200]);
    }),
  );

  it(
    'that break before a byte of an answer are replaced for what may be repeated :: and nothing is sent twice otherwise',
    within(30_000, async (later) => {
      // Answers the first request of each connection and resets at the second one.
      const seen: string[] = [];
      const server = createTcpServer((socket) => {
        let count = 0;
        socket.on('error', () => undefined);
        socket.on('data', (chunk) => {
          const line = String(chunk).split('\r\n')[0] ?? '';
          if (!/ HTTP\/1\.1$/.test(line)) return;
          count += 1;
          seen.push(line.split(' ')[0] ?? '');
          if (count > 1) socket.resetAndDestroy();
          else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
        });
      });
      const port = await bind(server);
      later(async () => server.close());
      const routes = [testRoute({ methods: ['GET', 'POST', 'PUT', 'DELETE'] })];
      const upstreams = { main: { ...testUpstream(`http://127.0.0.1:${port}`), maxConnections: 1 } };
      const gateway = await startGateway(testPolicy({ routes, upstreams }), later);
      const ask = async (method: string, headers: Readonly<Record<string, string>> = {}) =>
        (await fetch(`${gateway.url}/v1/items`, { method, headers })).status;
      equal(await ask('GET'), 200);
      deepEqual([await ask('DELETE'), seen.splice(0)], [200, ['GET', 'DELETE', 'DELETE']]);
      deepEqual([await ask('POST', { 'idempotency-key': 'k' }), seen.splice(0)], [200, ['POST', 'POST']]);
      deepEqual([await ask('POST'), seen.splice(0)], [502, ['POST']]);
    }),
  );

  it(
    'of callers are kept as long as the policy says, and it tells them',
    within(20_000, async (later) => {
      const url = await startClosing(5_000, later);
      const listen = { host: '127.0.0.1', port: 0, keepAliveMs: 620_000 };
      const gateway = await startGateway(testPolicy({ listen, upstreams: { main: testUpstream(url) } }), later);
      const agent = new Agent({ keepAlive: true });
      later(async () => agent.destroy());
      const told = await new Promise<string | undefined>((resolve, reject) => {
        request(`${gateway.url}/v1/items`, { agent }, (res) => {
          res.resume();
          resolve(res.headers['keep-alive']?.toString());
        })
          .on('error', reject)
          .end();
      });
      ok(told?.includes('timeout=620'), told);
    }),
  );
});
