/**
 * OWASP API8:2023 :: what is not asked for is off, what is ambiguous is refused, and a fault of this side tells nothing.
 */
import { equal, match, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '../../../compiler/testing/suite.ts';
import { systemClock } from '../../resilience/clock.ts';
import { attack, readReply, sendBytes } from '../attacker.ts';
import { createAuthority, read } from '../certificates.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../policy.ts';
import { startRecordingUpstream } from '../recording-upstream.ts';
import { bind, startGateway } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';

type Later = Parameters<typeof startGateway>[1];

const ALLOWED = 'https://app.example.com';
const FAULT = 'password of the database is hunter2';

async function startTls(later: Later, pair: { readonly certFile: string; readonly keyFile: string }): Promise<number> {
  const server = createTlsServer(read(pair), (_req, res) => void res.end('over TLS'));
  const port = await bind(server);
  later(async () => {
    server.closeAllConnections();
    server.close();
  });
  return port;
}

async function start(later: Later) {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-owasp-'));
  later(async () => rmSync(folder, { recursive: true, force: true }));
  const trusted = createAuthority(folder, 'trusted');
  const good = await startTls(later, trusted.issue('good'));
  const foreign = await startTls(later, createAuthority(folder, 'foreign').issue('foreign'));
  const upstream = await startRecordingUpstream(later);
  let isBroken = false;
  // A clock that fails is a bug as any other: it is read in the middle of a limited request.
  const clock = {
    nowMs: systemClock.nowMs,
    wallMs(): number {
      if (isBroken) throw new Error(FAULT);
      return systemClock.wallMs();
    },
  };
  const tls = { caFile: trusted.caFile };
  const policy = testPolicy({
    upstreams: {
      main: testUpstream(upstream.url),
      good: { ...testUpstream(`https://127.0.0.1:${good}`), tls },
      foreign: { ...testUpstream(`https://127.0.0.1:${foreign}`), tls },
      system: testUpstream(`https://127.0.0.1:${good}`),
      misnamed: { ...testUpstream(`https://127.0.0.2:${good}`), tls },
    },
    limits: { all: testLimit({ requests: 1_000, capacity: 1_000 }) },
    limitFields: 'draft-and-legacy',
    routes: [
      testRoute({ cors: true }),
      testRoute({ id: 'closed', path: '/v1/closed' }),
      testRoute({ id: 'limited', path: '/v1/limited', limits: ['all'] }),
      ...['good', 'foreign', 'system', 'misnamed'].map((name) =>
        testRoute({ id: name, path: `/v1/tls/${name}`, upstream: name }),
      ),
    ],
    egress: { host: '127.0.0.1', port: 0 },
    providers: { untrusted: { timeoutMs: 3_000, targets: [{ name: 'a', url: `https://127.0.0.1:${foreign}` }] } },
  });
  const gateway = await startGateway(policy, later, { clock });
  return {
    ...gateway,
    ports: [gateway.url, gateway.adminUrl, gateway.egressUrl ?? ''].map((url) => Number(new URL(url).port)),
    upstream,
    breakIt(broken: boolean) {
      isBroken = broken;
    },
  };
}

/** Whole requests that two servers could read as different ones. */
const TWO_READINGS: readonly string[] = [
  'POST /v1/items HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/closed HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST /v1/items HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde',
  'POST /v1/items HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
  'POST /v1/items HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n',
  'POST /v1/items HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'GET /v1/items HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  'GET /v1/items HTTP/1.1\r\n\r\n',
  'GET /v1/items HTTP/1.1\r\nHost: evil:x@a\r\n\r\n',
  'GET /v1/items HTTP/1.1\r\nHost : a\r\n\r\n',
  'GET /v1/items HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n',
  'GET /v1/items HTTP/1.1\nHost: a\n\n',
  'GET /v1/items/..%2fclosed HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /v1/items/%2e%2e/closed HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /v1//items HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /v1/items\\..\\closed HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /v1/items#/../closed HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /v1/items/%00 HTTP/1.1\r\nHost: a\r\n\r\n',
];

/** Origins that are not the one that the policy names, however much they look like it. */
const FOREIGN_ORIGINS = [
  'null',
  'https://evil-app.example.com',
  'https://app.example.com.evil.example',
  'https://evilapp.example.com',
  'https://app.example.comevil.example',
  'https://app-example.com',
  'https://sub.app.example.com',
  'https://example.com',
  'https://evil-example.com',
  'https://app.example.com.',
  'https://APP.example.com',
  'https://App.Example.Com',
  'HTTPS://app.example.com',
  'http://app.example.com',
  'https://app.example.com:443',
  'https://app.example.com:8443',
  'https://app.example.com/',
  'https://app.example.com@evil.example',
  'https://user@app.example.com',
  'https://app.example.com evil.example',
  'https://app.example.com, https://evil.example',
  'https://app_example.com',
  'https://app.example.com%60.evil.example',
  'file://',
  '*',
];

describe('OWASP API8 :: security misconfiguration', (it) => {
  const test = shareSetUp(it, start);

  test(
    'what has two readings is refused and ends the connection :: nothing of it is forwarded',
    60_000,
    async ({ port, upstream }) => {
      upstream.clear();
      for (const bytes of TWO_READINGS) {
        const answers = await sendBytes(port, bytes);
        const reply = readReply(answers);
        equal(reply.status, 400, bytes);
        equal(reply.field('connection'), 'close', bytes);
        equal(answers.match(/HTTP\/1\.1 /g)?.length, 1, bytes);
      }
      equal(upstream.requests.length, 0);
      equal(upstream.unfinished(), '');
    },
  );

  test(
    'what nobody needs is off, on every port :: TRACE, CONNECT, h2c, WebDAV',
    60_000,
    async ({ ports, port, upstream }) => {
      upstream.clear();
      for (const each of ports) {
        for (const method of ['TRACE', 'TRACK', 'PROPFIND', 'MKCOL', 'SEARCH']) {
          const reply = await attack(each, `${method} /v1/items`, ['Host: localhost', 'Cookie: session=secret']);
          ok([400, 404, 405, 501].includes(reply.status), `${method}: ${reply.head}`);
          ok(!reply.body.includes('session=secret'), 'it is not sent back');
        }
        const tunnel = await attack(each, 'CONNECT localhost:22', ['Host: localhost']);
        ok([0, 400, 404, 405, 501].includes(tunnel.status), tunnel.head);
      }
      equal(upstream.requests.length, 0);
      const h2c = ['Connection: close, Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'];
      const upgraded = await sendBytes(port, `GET /v1/items HTTP/1.1\r\nHost: a\r\n${h2c.join('\r\n')}\r\n\r\n`);
      match(upgraded, /^HTTP\/1\.1 200 /);
    },
  );

  test(
    `a browser is told of one origin alone :: ${FOREIGN_ORIGINS.length} that look like it, preflights and requests`,
    60_000,
    async ({ port, upstream }) => {
      const ask = (origin: string) => attack(port, 'GET /v1/items', [`Origin: ${origin}`]);
      const preflight = (origin: string, path = '/v1/items') =>
        attack(port, `OPTIONS ${path}`, [`Origin: ${origin}`, 'Access-Control-Request-Method: GET']);
      for (const origin of FOREIGN_ORIGINS) {
        for (const reply of [await ask(origin), await preflight(origin)]) {
          equal(reply.names.filter((name) => name.startsWith('access-control-')).join(), '', origin);
          match(reply.field('vary') ?? '', /^Origin/, origin);
        }
      }
      upstream.clear();
      const granted = await preflight(ALLOWED);
      equal(granted.status, 204);
      equal(granted.field('access-control-allow-origin'), ALLOWED);
      equal(upstream.requests.length, 0);
      const allowed = await ask(ALLOWED);
      equal(allowed.field('access-control-allow-origin'), ALLOWED);
      equal(allowed.field('access-control-allow-credentials'), undefined);
      const closed = await preflight(ALLOWED, '/v1/closed');
      equal(closed.field('access-control-allow-origin'), undefined);
      const twice = await attack(port, 'GET /v1/items', [`Origin: ${ALLOWED}`, 'Origin: https://evil.example']);
      equal(twice.status, 400);
    },
  );

  test(
    'a bug here is one sentence for the caller and a line for whoever mends it :: no stack, no message, and it goes on',
    30_000,
    async ({ port, lines, breakIt }) => {
      equal((await attack(port, 'GET /v1/limited')).status, 200);
      breakIt(true);
      const reply = await attack(port, 'GET /v1/limited');
      breakIt(false);
      equal(reply.status, 500);
      equal(reply.field('content-type'), 'application/problem+json');
      const { instance, ...problem } = JSON.parse(reply.body);
      equal(JSON.stringify(problem), JSON.stringify(INTERNAL));
      ok(!/hunter2|\bat |\.ts|node:/.test(reply.head + reply.body), reply.body);
      const bug = lines.find((line) => line['msg'] === 'bug');
      equal(instance, `urn:request:${String(bug?.['request_id'])}`);
      match(String(bug?.['stack']), /\bat /);
      equal((await attack(port, 'GET /v1/limited')).status, 200);
    },
  );

  test(
    'certificates of upstreams and providers are checked :: authority and name; only the right one is spoken to',
    60_000,
    async ({ port, ports: [, , egressPort = 0] }) => {
      const good = await attack(port, 'GET /v1/tls/good');
      equal(good.status, 200);
      match(good.body, /over TLS/);
      for (const name of ['foreign', 'system', 'misnamed']) {
        const reply = await attack(port, `GET /v1/tls/${name}`);
        equal(reply.status, 502, name);
        ok(!/cert|self.signed|altname|verify/i.test(reply.body), reply.body);
      }
      const provider = await attack(egressPort, 'GET /untrusted/x', ['Host: localhost']);
      equal(provider.status, 502);
    },
  );

  test('every answer carries the headers of the policy :: also a refusal', 30_000, async ({ port }) => {
    for (const line of ['GET /v1/items', 'GET /nothing', 'TRACE /v1/items', 'DELETE /v1/items', 'GET /v1/items/..']) {
      const reply = await attack(port, line);
      equal(reply.field('x-content-type-options'), 'nosniff', line);
      equal(reply.field('server') ?? reply.field('x-powered-by'), undefined, line);
    }
  });
});

const INTERNAL = {
  type: 'about:blank',
  title: 'Internal Server Error',
  status: 500,
  detail: 'Something went wrong here.',
};
