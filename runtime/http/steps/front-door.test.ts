import { equal, match } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { REQUEST_HEAD_BYTES } from '../../../schemas/http-limits.ts';
import { testPolicy, testRoute, testUpstream } from '../../testing/policy.ts';
import { rawRequest, startGateway, startRecorder, within } from '../../testing/servers.ts';

const routes = [
  testRoute({ id: 'items', path: '/v1/items', match: 'prefix' }),
  testRoute({ id: 'exact', path: '/v1/one', match: 'exact', methods: ['GET'] }),
  testRoute({ id: 'admin', path: '/v1/items/admin', match: 'prefix', auth: 'admin-key' }),
];

/** Head of a request with a Host, unless the case brings its own. */
const get = (target: string, ...fields: string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: a', ...fields, '', ''].join('\r\n');

/** What is refused, and with which status. Nothing of it may reach the upstream. */
const REFUSED: Readonly<Record<string, readonly [number, string]>> = {
  'absolute form': [400, get('http://evil.test/v1/items')],
  'absolute form of this host': [400, get('http://a/v1/items')],
  'asterisk form': [400, 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'],
  'two slashes at the start': [400, get('//evil.test/v1/items')],
  'two slashes inside': [400, get('/v1//items')],
  'dot segment': [400, get('/v1/items/../../etc/passwd')],
  'dot segment at the end': [400, get('/v1/items/..')],
  'single dot': [400, get('/v1/./items')],
  'encoded dot segment': [400, get('/v1/items/%2e%2e/admin')],
  'half encoded dot segment': [400, get('/v1/items/.%2E/admin')],
  'dot segment with parameter': [400, get('/v1/items/..;/admin')],
  'encoded slash': [400, get('/v1/items%2Fadmin')],
  'encoded backslash': [400, get('/v1/items/%5cadmin')],
  'raw backslash': [400, get('/v1/items\\admin')],
  'encoded NUL': [400, get('/v1/items/a%00.png')],
  'encoded line break': [400, get('/v1/items/%0d%0aX-Evil:1')],
  'double encoding': [400, get('/v1/items/%252e%252e/admin')],
  'overlong encoding of a slash': [400, get('/v1/items/%c0%afadmin')],
  'broken escape': [400, get('/v1/items/%zz')],
  'broken escape in the query': [400, get('/v1/items?a=%zz')],
  'raw eight-bit byte': [400, get('/v1/items/\xe9')],
  fragment: [400, get('/v1/items#x')],
  TRACE: [501, 'TRACE /v1/items HTTP/1.1\r\nHost: a\r\n\r\n'],
  'an unknown method': [501, 'PROPFIND /v1/items HTTP/1.1\r\nHost: a\r\n\r\n'],
  'no Host': [400, 'GET /v1/items HTTP/1.1\r\n\r\n'],
  'two Hosts': [400, get('/v1/items', 'Host: b')],
  'Host with user information': [400, 'GET /v1/items HTTP/1.1\r\nHost: evil:x@a\r\n\r\n'],
  'Host with a path': [400, 'GET /v1/items HTTP/1.1\r\nHost: a/b\r\n\r\n'],
  'empty Host': [400, 'GET /v1/items HTTP/1.1\r\nHost:\r\n\r\n'],
  'length and chunks': [
    400,
    'POST /v1/items HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  'two lengths': [400, 'POST /v1/items HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd'],
  'negative length': [400, 'POST /v1/items HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n'],
  'length with a plus': [400, 'POST /v1/items HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd'],
  'an odd coding': [400, 'POST /v1/items HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
  'two codings': [400, 'POST /v1/items HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  'chunks in HTTP/1.0': [400, 'POST /v1/items HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  'space before the colon': [400, get('/v1/items', 'X-A : b')],
  'folded header': [400, get('/v1/items', 'X-A: b', ' c')],
  'NUL in a header': [400, get('/v1/items', 'X-A: b\0c')],
  'bare line feed': [400, 'GET /v1/items HTTP/1.1\nHost: a\n\n'],
  'two content types': [400, get('/v1/items', 'Content-Type: a/b', 'Content-Type: c/d')],
  'a head that is too large': [431, get('/v1/items', `X-Long: ${'x'.repeat(REQUEST_HEAD_BYTES)}`)],
  'two hundred fields': [431, get('/v1/items', ...Array.from({ length: 200 }, (_, index) => `X-${index}: 1`))],
  'not HTTP': [400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  'HTTP/2 preface': [400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
};

/** Status where the request is understood and a route or the lack of one decides. */
const DECIDED: Readonly<Record<string, readonly [number, string]>> = {
  'no route': [404, get('/v2/items')],
  'a prefix is not a part of a segment': [404, get('/v1/itemsX')],
  'an exact path has nothing below it': [404, get('/v1/one/more')],
  'letter case is part of a path': [404, get('/V1/items')],
  'method that the route does not list': [405, 'DELETE /v1/one HTTP/1.1\r\nHost: a\r\n\r\n'],
  'method override is not obeyed': [405, 'DELETE /v1/one HTTP/1.1\r\nHost: a\r\nX-HTTP-Method-Override: GET\r\n\r\n'],
  'escaped letters reach the route that they spell': [404, get('/v1/items/%61dmin')],
  'admin route without an admin key does not exist': [404, get('/v1/items/admin')],
};

describe('front door', (it) => {
  it(
    `refuses what has two readings, and forwards nothing of it :: ${Object.keys(REFUSED).length} requests`,
    within(30_000, async (later) => {
      const recorder = await startRecorder(later);
      const gateway = await startGateway(
        testPolicy({ routes, upstreams: { main: testUpstream(recorder.url) } }),
        later,
      );
      for (const [name, [status, bytes]] of Object.entries(REFUSED)) {
        const reply = await rawRequest(gateway.port, bytes, 2_000);
        equal(reply.split(' ')[1], String(status), `${name}: ${reply.slice(0, 200)}`);
        match(reply, /application\/problem\+json/, name);
        match(reply, /connection: close/i, name);
      }
      equal(recorder.text(), '');
      equal(await rawRequest(gateway.port, get('/v1/items')).then((reply) => reply.slice(0, 15)), 'HTTP/1.1 200 OK');
    }),
  );

  it(
    `serves only what a route names :: ${Object.keys(DECIDED).length} requests`,
    within(20_000, async (later) => {
      const recorder = await startRecorder(later);
      const gateway = await startGateway(
        testPolicy({ routes, upstreams: { main: testUpstream(recorder.url) } }),
        later,
      );
      for (const [name, [status, bytes]] of Object.entries(DECIDED)) {
        equal((await rawRequest(gateway.port, bytes, 200)).split(' ')[1], String(status), name);
      }
      equal(recorder.text(), '');
    }),
  );

  it(
    'forwards exactly what was matched, without what a client may not say',
    within(10_000, async (later) => {
      const recorder = await startRecorder(later);
      const gateway = await startGateway(
        testPolicy({ routes, upstreams: { main: testUpstream(recorder.url) } }),
        later,
      );
      const request = [
        'POST /v1/items/%7euser/a%c3%a9?q=%2F&b=1 HTTP/1.1',
        'Host: shop.example.com',
        'Connection: keep-alive, X-Drop, x-consumer-tenant',
        'X-Drop: 1',
        'X-Keep: 2',
        'X_Keep: 3',
        'X-Consumer-Tenant: evil',
        'X-Tenant-Id: evil',
        'X-Forwarded-For: 6.6.6.6',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: evil.test',
        'Forwarded: for=6.6.6.6',
        'X-Real-IP: 6.6.6.6',
        'X-Request-Id: forged-0000',
        'X-Original-URL: /admin',
        'X-HTTP-Method-Override: DELETE',
        'TE: trailers',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMAAABk',
        'Proxy-Authorization: Basic eA==',
        '__proto__: x',
        'constructor: y',
        'Content-Length: 4',
        '',
        'body',
      ].join('\r\n');
      const reply = await rawRequest(gateway.port, request);
      equal(reply.split('\r\n')[0], 'HTTP/1.1 200 OK');
      const id = /x-request-id: (\S+)/.exec(reply)?.[1] ?? '';
      const authority = new URL(recorder.url).host;
      const lines = recorder
        .text()
        .split('\r\n')
        .filter((line) => !/^connection:/i.test(line))
        // How much time is left is different each time.
        .map((line) => line.replace(/^(x-request-deadline-ms: )[0-9]+$/, '$1N'));
      equal(
        lines.join('\n').toLowerCase(),
        [
          'POST /v1/items/~user/a%C3%A9?q=%2F&b=1 HTTP/1.1',
          `host: ${authority}`,
          'x-keep: 2',
          'constructor: y',
          `x-request-id: ${id}`,
          'x-forwarded-for: 127.0.0.1',
          'x-real-ip: 127.0.0.1',
          'x-forwarded-host: shop.example.com',
          'x-forwarded-proto: http',
          'x-request-deadline-ms: N',
          'content-length: 4',
          '',
          'body',
        ]
          .join('\n')
          .toLowerCase(),
      );
      match(lines[0] ?? '', /a%C3%A9\?q=%2F&b=1/);
    }),
  );

  it(
    'believes forwarded fields from a listed proxy alone :: from the right to the first stranger',
    within(10_000, async (later) => {
      const recorder = await startRecorder(later);
      const upstreams = { main: testUpstream(recorder.url) };
      const trust = { proxyCidrs: ['127.0.0.0/8', '10.0.0.0/8'] };
      const gateway = await startGateway(testPolicy({ routes, upstreams, trust }), later);
      const chain = 'X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.1.2.3';
      await rawRequest(gateway.port, get('/v1/items', chain, 'X-Forwarded-Proto: https', 'X-Request-Id: abcd-1234'));
      match(recorder.text(), /x-forwarded-for: 203\.0\.113\.7, 10\.1\.2\.3, 127\.0\.0\.1\r\n/);
      match(recorder.text(), /x-real-ip: 203\.0\.113\.7\r\n/);
      match(recorder.text(), /x-forwarded-proto: https\r\n/);
      match(recorder.text(), /x-request-id: abcd-1234\r\n/);
    }),
  );

  it(
    'answers pipelined requests in order',
    within(10_000, async (later) => {
      const recorder = await startRecorder(later);
      const gateway = await startGateway(
        testPolicy({ routes, upstreams: { main: testUpstream(recorder.url) } }),
        later,
      );
      const reply = await rawRequest(gateway.port, get('/v1/items') + get('/nothing') + get('/v1/one'));
      equal([...reply.matchAll(/HTTP\/1\.1 (\d+)/g)].map((found) => found[1]).join(), '200,404,200');
    }),
  );
});
