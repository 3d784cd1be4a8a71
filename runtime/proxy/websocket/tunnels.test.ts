import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import type { Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../../testing/policy.ts';
import { startPostgres } from '../../testing/postgres.ts';
import { type Gateway, rawRequest, startGateway, startRecorder, within } from '../../testing/servers.ts';
import { mustOpen, openSocket, startSocketUpstream } from '../../testing/websockets.ts';

type Sockets = NonNullable<Route['websocket']>;
const SOCKETS: Sockets = { enabled: true, maxConnectionsPerTenant: 50, pingIntervalMs: 10_000 };

function policyFor(
  upstream: string,
  sockets: Partial<Sockets> = {},
  route: Partial<Route> = {},
  rest: Partial<RuntimePolicy> = {},
) {
  const websocket = { ...SOCKETS, ...sockets };
  return testPolicy({
    routes: [
      testRoute({ id: 'ws', path: '/ws', kind: 'websocket', methods: ['GET'], idleTimeoutMs: 0, websocket, ...route }),
      testRoute(),
    ],
    upstreams: { main: testUpstream(upstream) },
    ...rest,
  });
}

const HANDSHAKE = [
  'Host: a',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
];
const head = (lines: readonly string[]) => `GET /ws HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
const replaced = (from: string, to: string) => HANDSHAKE.map((line) => (line.startsWith(from) ? to : line));

async function metric(gateway: Gateway, name: string): Promise<string> {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  return new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1] ?? 'absent';
}

describe('tunnels', (it) => {
  it(
    '[INT-075] opens a WebSocket where it is switched on, and refuses it where not',
    within(10_000, async (later) => {
      const upstream = await startSocketUpstream(later);
      const on = await startGateway(policyFor(upstream), later);
      const { socket, next, closed } = await mustOpen(`${on.url}/ws?room=1`);
      socket.send('hello');
      equal(await next(), 'hello');
      equal(await metric(on, 'websocket_tunnels'), '1');
      socket.close(1000, 'done');
      deepEqual(await closed, { code: 1000, reason: 'done' });
      while ((await metric(on, 'websocket_tunnels')) !== '0') await sleep(10);
      equal(await metric(on, 'websocket_closes_total{reason="client"}'), '1');
      const line = on.lines.find((one) => one['msg'] === 'request');
      deepEqual([line?.['status'], line?.['outcome'], line?.['path']], [101, 'tunnel-client', '/ws']);

      const off = await startGateway(policyFor(upstream, { enabled: false }), later);
      const refused = await openSocket(`${off.url}/ws`);
      ok(refused.kind === 'refused');
      equal(refused.status, 503);
      equal(await metric(off, 'websocket_refusals_total{reason="disabled"}'), '1');
    }),
  );

  it(
    'moves messages of any size both ways, byte for byte, also several at once',
    within(20_000, async (later) => {
      const upstream = await startSocketUpstream(later);
      const gateway = await startGateway(policyFor(upstream, { pingIntervalMs: 400 }), later);
      const { socket, next } = await mustOpen(`${gateway.url}/ws`, { perMessageDeflate: false });
      const sent = [0, 1, 125, 126, 65_535, 65_536, 3_000_000].map((length) => 'x'.repeat(length));
      let pings = 0;
      socket.on('ping', () => (pings += 1));
      // A ping that landed inside a frame would break the connection.
      for (let round = 0; round < 3 || pings < 3; round += 1) {
        for (const text of sent) socket.send(text);
        for (const text of sent) ok((await next()) === text);
      }
      ok(Number(await metric(gateway, 'websocket_transferred_bytes_total{to="client"}')) > 9_000_000);
      socket.close();
    }),
  );

  it(
    'puts pings between frames, never inside one',
    within(10_000, async (later) => {
      let raw: Duplex | undefined;
      const upstream = await startSocketUpstream(later, (_socket, _headers, ownSocket) => {
        raw = ownSocket;
      });
      const gateway = await startGateway(policyFor(upstream, { pingIntervalMs: 60 }), later);
      const { socket, next } = await mustOpen(`${gateway.url}/ws`);
      let pings = 0;
      socket.on('ping', () => (pings += 1));
      // A frame of 6 bytes that takes 300 ms, by hand, over the socket of the upstream.
      ok(raw);
      for (const part of [[0x81, 0x06], [0x61, 0x62], [0x63], [0x64, 0x65]]) {
        raw.write(Buffer.from(part));
        await sleep(75);
      }
      const before = pings;
      raw.write(Buffer.from([0x66]));
      equal(await next(), 'abcdef');
      await sleep(30);
      ok(pings > before, 'the ping that was owed follows the frame');
      socket.close();
    }),
  );

  it(
    '[INT-078] pings at the interval, and drops a peer that stays silent',
    within(15_000, async (later) => {
      const upstream = await startSocketUpstream(later);
      const gateway = await startGateway(policyFor(upstream, { pingIntervalMs: 200 }), later);
      const { socket, closed } = await mustOpen(`${gateway.url}/ws`);
      const at: number[] = [];
      socket.on('ping', () => at.push(performance.now()));
      await sleep(1_300);
      ok(at.length >= 4 && at.length <= 7, `${at.length} pings in 1300 ms`);
      const mute = await mustOpen(`${gateway.url}/ws`, { autoPong: false });
      const openedAt = performance.now();
      equal((await mute.closed).code, 1006);
      const lasted = performance.now() - openedAt;
      ok(lasted > 350 && lasted < 3_000, `cut after ${lasted} ms`);
      equal(socket.readyState, socket.OPEN);
      equal(await metric(gateway, 'websocket_closes_total{reason="silent"}'), '1');
      socket.close();
      await closed;
    }),
  );

  it(
    '[INT-077] caps the sockets of a tenant :: the fourth is refused, another tenant is not, closing one frees a place',
    within(60_000, async (later) => {
      const postgres = await startPostgres(requireTool('postgres'));
      later(() => postgres.stop());
      const upstream = await startSocketUpstream(later);
      const gateway = await startGateway(
        policyFor(upstream, { maxConnectionsPerTenant: 3 }, { auth: 'api-key' }),
        later,
        {
          env: { DATABASE_URL: postgres.url, API_KEY_PEPPER: 'p'.repeat(32) },
        },
      );
      const key = async (tenant: string) => (await gateway.runtime.issueApiKey({ label: 'x', tenant }))?.text ?? '';
      const acme = { headers: { 'x-api-key': await key('acme') } };
      const acmeToo = { headers: { 'x-api-key': await key('acme') } };
      const other = { headers: { 'x-api-key': await key('other') } };
      const open = (options: object) => openSocket(`${gateway.url}/ws`, options);
      const first = await mustOpen(`${gateway.url}/ws`, acme);
      await mustOpen(`${gateway.url}/ws`, acmeToo);
      await mustOpen(`${gateway.url}/ws`, acme);
      const fourth = await open(acmeToo);
      ok(fourth.kind === 'refused');
      equal(fourth.status, 429);
      equal((await open(other)).kind, 'open');
      first.socket.close();
      await first.closed;
      while ((await metric(gateway, 'websocket_tunnels')) !== '3') await sleep(10);
      equal((await open(acme)).kind, 'open');
      const nobody = await open({});
      ok(nobody.kind === 'refused' && nobody.status === 401);
      equal(await metric(gateway, 'websocket_refusals_total{reason="cap"}'), '1');
    }),
  );

  it(
    'caps the sockets of a client address where no key is asked for, and applies limits to handshakes',
    within(10_000, async (later) => {
      const upstream = await startSocketUpstream(later);
      const capped = await startGateway(policyFor(upstream, { maxConnectionsPerTenant: 1 }), later);
      await mustOpen(`${capped.url}/ws`);
      const second = await openSocket(`${capped.url}/ws`);
      equal(second.kind === 'refused' && second.status, 429);
      const limits = { few: testLimit({ capacity: 1, periodMs: 600_000 }) };
      const limited = await startGateway(policyFor(upstream, {}, { limits: ['few'] }, { limits }), later);
      await mustOpen(`${limited.url}/ws`);
      const over = await openSocket(`${limited.url}/ws`);
      equal(over.kind === 'refused' && over.status, 429);
    }),
  );

  it(
    'takes nothing but a whole and valid handshake :: and the upstream sees none of the others',
    within(20_000, async (later) => {
      const recorder = await startRecorder(later);
      const gateway = await startGateway(policyFor(recorder.url), later);
      const status = async (lines: readonly string[]) =>
        (await rawRequest(gateway.port, head(lines), 300)).slice(9, 12);
      const cases: readonly (readonly [string, readonly string[], string])[] = [
        ['no upgrade at all', ['Host: a'], '426'],
        ['another protocol', replaced('Upgrade', 'Upgrade: h2c'), '426'],
        ['two protocols', replaced('Upgrade', 'Upgrade: websocket, h2c'), '426'],
        ['no Connection: Upgrade', replaced('Connection', 'Connection: keep-alive'), '426'],
        ['version 12', replaced('Sec-WebSocket-Version', 'Sec-WebSocket-Version: 12'), '426'],
        ['no version', replaced('Sec-WebSocket-Version', 'X: y'), '426'],
        ['no key', replaced('Sec-WebSocket-Key', 'X: y'), '400'],
        ['a short key', replaced('Sec-WebSocket-Key', 'Sec-WebSocket-Key: dGhl'), '400'],
        ['two keys', [...HANDSHAKE, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='], '400'],
        ['two Hosts', [...HANDSHAKE, 'Host: b'], '400'],
        ['a body', [...HANDSHAKE, 'Content-Length: 3'], '426'],
      ];
      for (const [name, lines, expected] of cases) equal(await status(lines), expected, name);
      equal(recorder.text(), '');
      const old = await rawRequest(gateway.port, head(HANDSHAKE).replace('HTTP/1.1', 'HTTP/1.0'), 300);
      match(old, /^HTTP\/1\.1 400 /);
      const missing = await rawRequest(gateway.port, head(['Host: a']));
      match(missing, /\r\nupgrade: websocket\r\n/i);
      const version = await rawRequest(
        gateway.port,
        head(replaced('Sec-WebSocket-Version', 'Sec-WebSocket-Version: 8')),
      );
      match(version, /\r\nsec-websocket-version: 13\r\n/i);
    }),
  );

  it(
    'ignores an upgrade to anything else, and one on a route that has none :: nothing is switched',
    within(10_000, async (later) => {
      const recorder = await startRecorder(later);
      const gateway = await startGateway(policyFor(recorder.url), later);
      const h2c = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk';
      match(await rawRequest(gateway.port, `GET /v1/items HTTP/1.1\r\nHost: a\r\n${h2c}\r\n\r\n`), /^HTTP\/1\.1 200 /);
      const plain = await rawRequest(gateway.port, head(HANDSHAKE).replace('/ws', '/v1/items'));
      match(plain, /^HTTP\/1\.1 200 /);
      match(plain, /connection: close/i);
      ok(!/upgrade|http2-settings/i.test(recorder.text()));
      match(await rawRequest(gateway.port, head(HANDSHAKE).replace('/ws', '/nothing')), /^HTTP\/1\.1 404 /);
    }),
  );

  it(
    'compares Origin with the list of the policy where the route has CORS, whoever owns the headers',
    within(10_000, async (later) => {
      const upstream = await startSocketUpstream(later);
      for (const owner of ['runtime', 'edge'] as const) {
        const cors = { ...testPolicy().cors, owner };
        const gateway = await startGateway(policyFor(upstream, {}, { cors: true }, { cors }), later);
        const open = (origin?: string) => openSocket(`${gateway.url}/ws`, origin === undefined ? {} : { origin });
        equal((await open('https://app.example.com')).kind, 'open');
        equal((await open()).kind, 'open', 'no browser, no origin');
        for (const origin of ['https://evil.example', 'https://app.example.com.evil.example', 'null']) {
          const refused = await open(origin);
          equal(refused.kind === 'refused' && refused.status, 403, origin);
        }
      }
    }),
  );

  it(
    'hands on what an upstream answers instead of 101, and 502 for one that accepts another handshake',
    within(15_000, async (later) => {
      const refusing = await startRecorder(
        later,
        'HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\nx-why: tier\r\n\r\nnope',
      );
      const first = await startGateway(policyFor(refusing.url), later);
      const refused = await openSocket(`${first.url}/ws`);
      deepEqual(refused, { kind: 'refused', status: 403, body: 'nope' });
      match(refusing.text(), /^GET \/ws HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/);
      match(refusing.text(), /\r\nconnection: Upgrade\r\nupgrade: websocket\r\n/);
      const lying = await startRecorder(
        later,
        'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: x\r\n\r\n',
      );
      const second = await startGateway(policyFor(lying.url), later);
      const lied = await openSocket(`${second.url}/ws`);
      equal(lied.kind === 'refused' && lied.status, 502);
      const away = await startGateway(policyFor('http://127.0.0.1:9'), later);
      const nobody = await openSocket(`${away.url}/ws`);
      equal(nobody.kind === 'refused' && nobody.status, 502);
    }),
  );

  it(
    'tells both sides goodbye on a drain :: 1001 and a reason, and the process stops at once',
    within(10_000, async (later) => {
      const codes: number[] = [];
      const upstream = await startSocketUpstream(later, (socket) => {
        socket.on('close', (code) => codes.push(code));
      });
      const gateway = await startGateway(policyFor(upstream), later);
      const opened = await Promise.all(Array.from({ length: 20 }, () => mustOpen(`${gateway.url}/ws`)));
      const startedAt = performance.now();
      const report = await gateway.runtime.stop();
      ok(performance.now() - startedAt < 2_500);
      equal(report.cut, 0);
      for (const { closed } of opened) {
        const { code, reason } = await closed;
        equal(code, 1001);
        match(reason, /connect again/);
      }
      while (codes.length < 20) await sleep(10);
      ok(codes.every((code) => code === 1001));
    }),
  );

  it(
    'cuts a tunnel whose client does not answer a goodbye, at the latest at the deadline',
    within(10_000, async (later) => {
      const upstream = await startSocketUpstream(later);
      const gateway = await startGateway(policyFor(upstream), later);
      const socket = connect(gateway.port, '127.0.0.1');
      later(async () => socket.destroy());
      socket.on('error', () => undefined);
      socket.write(head(HANDSHAKE));
      await new Promise((resolve) => socket.once('data', resolve));
      const gone = new Promise((resolve) => socket.once('close', resolve));
      await gateway.runtime.stop();
      socket.resume();
      await gone;
    }),
  );

  it(
    'tells a client of an upstream that went away, and ends the upstream when the client goes',
    within(10_000, async (later) => {
      let arrived: (socket: WebSocket) => void = () => undefined;
      const upstream = await startSocketUpstream(later, (socket) => arrived(socket));
      const gateway = await startGateway(policyFor(upstream), later);
      const first = new Promise<WebSocket>((resolve) => (arrived = resolve));
      const client = await mustOpen(`${gateway.url}/ws`);
      (await first).terminate();
      equal((await client.closed).code, 1014);
      const second = new Promise<WebSocket>((resolve) => (arrived = resolve));
      const rude = await mustOpen(`${gateway.url}/ws`);
      const gone = second.then((socket) => new Promise((resolve) => socket.once('close', resolve)));
      rude.socket.terminate();
      await gone;
      while ((await metric(gateway, 'websocket_tunnels')) !== '0') await sleep(10);
    }),
  );

  it(
    'reads an upstream no faster than the client does, and drops a client that takes nothing',
    within(15_000, async (later) => {
      let written = 0;
      const upstream = await startSocketUpstream(later, (socket) => {
        const chunk = Buffer.alloc(65_536);
        const write = (): void => {
          if (written > 200_000_000 || socket.readyState !== socket.OPEN) return;
          written += chunk.length;
          socket.send(chunk, () => setImmediate(write));
        };
        write();
      });
      const gateway = await startGateway(policyFor(upstream, { pingIntervalMs: 700 }), later);
      const socket = connect(gateway.port, '127.0.0.1');
      later(async () => socket.destroy());
      socket.on('error', () => undefined);
      socket.pause();
      socket.write(head(HANDSHAKE));
      await sleep(600);
      ok(written < 60_000_000, `${written} bytes were read for a client that reads none`);
      while ((await metric(gateway, 'websocket_closes_total{reason="silent"}')) !== '1') await sleep(50);
    }),
  );

  it(
    'survives clients that break off at any moment of a handshake :: and gives every place back',
    within(20_000, async (later) => {
      const upstream = await startSocketUpstream(later);
      const gateway = await startGateway(policyFor(upstream, { maxConnectionsPerTenant: 500 }), later);
      const rude = (index: number) =>
        new Promise<void>((resolve) => {
          const socket = connect(gateway.port, '127.0.0.1');
          socket.on('error', () => undefined);
          socket.on('close', () => resolve());
          socket.write(head(HANDSHAKE));
          setTimeout(() => (index % 2 === 0 ? socket.resetAndDestroy() : socket.end()), index % 10);
          setTimeout(() => socket.destroy(), 300);
        });
      for (let round = 0; round < 4; round += 1) {
        await Promise.all(Array.from({ length: 50 }, (_, index) => rude(round + index)));
      }
      while ((await metric(gateway, 'websocket_tunnels')) !== '0') await sleep(20);
      while ((await metric(gateway, 'http_server_active_requests')) !== '0') await sleep(20);
      const { socket, next } = await mustOpen(`${gateway.url}/ws`);
      socket.send('still there');
      equal(await next(), 'still there');
      ok(!gateway.lines.some((line) => line['msg'] === 'bug'));
      socket.close();
    }),
  );
});
