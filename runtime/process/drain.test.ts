import { equal, match, ok } from 'node:assert/strict';
import { Agent, createServer, get } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../compiler/testing/suite.ts';
import { createPhase } from '../http/phase.ts';
import { testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { bind, startGateway, startUpstream, within } from '../testing/servers.ts';
import { drain } from './drain.ts';

describe('drain', (it) => {
  it(
    'loses no request :: slow ones finish, readiness says no at once, liveness stays yes, the port closes',
    within(15_000, async (later) => {
      let arrived = 0;
      const upstream = await startUpstream((req, res) => {
        arrived += 1;
        setTimeout(() => res.end('done'), req.url === '/v1/items/slow' ? 900 : 1);
      }, later);
      const gateway = await startGateway(
        testPolicy({
          upstreams: { main: testUpstream(upstream) },
          shutdown: { drainDelayMs: 400, drainTimeoutMs: 5_000 },
        }),
        later,
      );
      const slow = Array.from({ length: 20 }, () => fetch(`${gateway.url}/v1/items/slow`));
      while (arrived < 20) await sleep(5);
      const stopped = gateway.runtime.stop();
      const ready = await fetch(`${gateway.url}/ready`);
      equal(ready.status, 503);
      equal(((await ready.json()) as { status: string }).status, 'draining');
      equal((await fetch(`${gateway.url}/health`)).status, 200);
      const during = await fetch(`${gateway.url}/v1/items/fast`);
      equal(during.status, 200);
      equal(during.headers.get('connection'), 'close');
      const bodies = await Promise.all((await Promise.all(slow)).map((response) => response.text()));
      ok(bodies.every((body) => body === 'done'));
      equal((await stopped).cut, 0);
      const refused = await fetch(`${gateway.url}/health`).then(
        () => 'answered',
        () => 'refused',
      );
      equal(refused, 'refused');
    }),
  );

  it(
    'takes the connections that the kernel took already :: a proxy may have sent a POST on them',
    within(15_000, async (later) => {
      const server = createServer((_req, res) => res.end('taken'));
      const port = await bind(server);
      later(async () => server.closeAllConnections());
      const socket = connect(port, '127.0.0.1');
      later(async () => socket.destroy());
      let text = '';
      socket.on('data', (chunk) => (text += String(chunk)));
      const ended = new Promise<void>((resolve) => socket.on('error', () => resolve()).on('close', () => resolve()));
      socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      // The connection is begun, and the server had no turn since.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      const options = { drainDelayMs: 0, drainTimeoutMs: 5_000, activeRequests: () => 0, cut: () => undefined };
      await drain({ server, phase: createPhase(), ...options });
      await ended;
      match(text, /^HTTP\/1\.1 200 [\s\S]*taken/);
    }),
  );

  it(
    'does not wait for connections that keep alive or event streams that never end',
    within(15_000, async (later) => {
      const upstream = await startUpstream((req, res) => {
        if (req.url === '/v1/items') return void res.end('ok');
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.write('data: 1\n\n');
      }, later);
      const gateway = await startGateway(
        testPolicy({
          routes: [testRoute(), testRoute({ id: 'events', path: '/events', kind: 'sse', idleTimeoutMs: 0 })],
          upstreams: { main: testUpstream(upstream) },
          shutdown: { drainDelayMs: 0, drainTimeoutMs: 10_000 },
        }),
        later,
      );
      const agent = new Agent({ keepAlive: true });
      later(async () => agent.destroy());
      await new Promise<void>((resolve) =>
        get(`${gateway.url}/v1/items`, { agent }, (res) => res.resume().on('end', resolve)),
      );
      const events = await fetch(`${gateway.url}/events`);
      const started = performance.now();
      const report = await gateway.runtime.stop();
      equal(report.cut, 0);
      // The stream ended in order: a cut one would make this fail.
      match(await events.text(), /^data: 1\n\nevent: shutdown\nretry: [0-9]+\ndata: .*\n\n$/);
      ok(performance.now() - started < 8_000);
    }),
  );

  it(
    'cuts what outlives the deadline, and says how many',
    within(15_000, async (later) => {
      let arrived: () => void = () => undefined;
      const arrival = new Promise<void>((resolve) => (arrived = resolve));
      const upstream = await startUpstream(() => arrived(), later);
      const gateway = await startGateway(
        testPolicy({
          routes: [testRoute({ timeoutMs: 60_000 })],
          upstreams: { main: testUpstream(upstream) },
          shutdown: { drainDelayMs: 0, drainTimeoutMs: 200 },
        }),
        later,
      );
      const hanging = fetch(`${gateway.url}/v1/items`).then(
        () => 'answered',
        () => 'cut',
      );
      await arrival;
      equal((await gateway.runtime.stop()).cut, 1);
      equal(await hanging, 'cut');
      match(JSON.stringify(gateway.lines.at(-1)), /"cut":1/);
    }),
  );
});
