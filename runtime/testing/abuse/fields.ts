/**
 * Header fields by which a client speaks for somebody else: proxies, the runtime, another host, another method, another key.
 */
import { REQUEST_HEAD_BYTES } from '../../../schemas/http-limits.ts';
import { type AbuseCase, forwarded, get, refused } from './abuse-case.ts';

const HOSTS: Readonly<Record<string, readonly string[]>> = {
  'two Hosts': ['Host: a', 'Host: b'],
  'two Hosts that agree': ['Host: a', 'Host: a'],
  'Host in two cases': ['Host: a', 'hOsT: b'],
  'no Host': [],
  'empty Host': ['Host:'],
  'Host with user information': ['Host: evil:x@a'],
  'Host with a path': ['Host: a/b'],
  'Host with a blank': ['Host: a b'],
  'Host with a query': ['Host: a?b'],
  'Host with a comma': ['Host: a, b'],
  'Host with a quote': ['Host: "a"'],
  'Host with an eight-bit letter': ['Host: \xe9.test'],
  'Host with a port that is no number': ['Host: a:x'],
  'Host with two ports': ['Host: a:1:2'],
  'Host with brackets around nothing': ['Host: []'],
};

/** Lines that a client may send, and that never reach the upstream. */
const DROPPED: Readonly<Record<string, string>> = {
  'X-Forwarded-For': 'X-Forwarded-For: 6.6.6.6',
  Forwarded: 'Forwarded: for=6.6.6.6;host=evil.test',
  'X-Forwarded-Host': 'X-Forwarded-Host: evil.test',
  'X-Forwarded-Proto': 'X-Forwarded-Proto: https',
  'X-Forwarded-Port': 'X-Forwarded-Port: 1',
  'X-Forwarded-Prefix': 'X-Forwarded-Prefix: /admin',
  'X-Forwarded-Server': 'X-Forwarded-Server: evil',
  'X-Real-IP': 'X-Real-IP: 6.6.6.6',
  'X-Client-IP': 'X-Client-IP: 6.6.6.6',
  'True-Client-IP': 'True-Client-IP: 6.6.6.6',
  'X-Original-URL': 'X-Original-URL: /v1/admin',
  'X-Rewrite-URL': 'X-Rewrite-URL: /v1/admin',
  'X-HTTP-Method-Override': 'X-HTTP-Method-Override: DELETE',
  'X-HTTP-Method': 'X-HTTP-Method: DELETE',
  'X-Method-Override': 'X-Method-Override: DELETE',
  'X-Request-Id from a stranger': 'X-Request-Id: forged-00000000',
  'X-Consumer-Tenant': 'X-Consumer-Tenant: evil',
  'X-Consumer-Key-Id': 'X-Consumer-Key-Id: evil',
  'X-Tenant-Id': 'X-Tenant-Id: evil',
  'underscore twin of a consumer': 'X_Consumer_Tenant: evil',
  'underscore twin of a forwarded field': 'X_Forwarded_For: 6.6.6.6',
  'underscore twin of the length': 'Content_Length: 4',
  __proto__: '__proto__: x',
  'Keep-Alive': 'Keep-Alive: timeout=99999',
  'Proxy-Connection': 'Proxy-Connection: keep-alive',
  'Proxy-Authorization': 'Proxy-Authorization: Basic eA==',
  TE: 'TE: trailers',
  Trailer: 'Trailer: X-Admin',
  'HTTP2-Settings': 'HTTP2-Settings: AAMAAABk',
};

const REPEATED = ['Content-Type: a/b', 'Authorization: Bearer x', 'Origin: https://a', 'Expect: 100-continue'];

export const FIELDS: readonly AbuseCase[] = [
  ...Object.entries(HOSTS).map(([name, lines]) =>
    refused(`field: ${name}`, ['GET /v1/items HTTP/1.1', ...lines, '', ''].join('\r\n')),
  ),
  ...Object.entries(DROPPED).map(([name, line]) =>
    forwarded(`field: ${name} is not passed on`, get('/v1/items', line), 'GET /v1/items HTTP/1.1'),
  ),
  ...REPEATED.map((line) => refused(`field: two of ${line.split(':')[0]}`, get('/v1/items', line, line))),
  forwarded(
    'field: Connection cannot remove what the runtime says',
    get('/v1/items', 'Connection: close, x-forwarded-for, x-request-id, host, x-keep', 'X-Keep: 1', 'X-Other: 2'),
    'GET /v1/items HTTP/1.1',
    ['x-other: 2'],
  ),
  forwarded(
    'field: names of the prototype are names',
    get('/v1/items', 'constructor: y', 'toString: z'),
    'GET /v1/items HTTP/1.1',
    ['constructor: y', 'tostring: z'],
  ),
  forwarded(
    'field: a value that looks like another field',
    get('/v1/items', 'X-A: b%0d%0aX-Admin: 1'),
    'GET /v1/items HTTP/1.1',
    ['x-a: b%0d%0ax-admin: 1'],
  ),
  refused('field: 101 of them', get('/v1/items', ...Array.from({ length: 101 }, (_, index) => `X-${index}: 1`)), 431),
  refused('field: 2000 of them', get('/v1/items', ...Array.from({ length: 2000 }, (_, index) => `X${index}:1`)), 431),
  refused('field: longer than a head may be', get('/v1/items', `X-Long: ${'x'.repeat(REQUEST_HEAD_BYTES)}`), 431),
  refused('field: a name longer than a head may be', get('/v1/items', `${'x'.repeat(REQUEST_HEAD_BYTES)}: 1`), 431),
  refused('field: a blank before the colon', get('/v1/items', 'X-A : b')),
  refused('field: folded', get('/v1/items', 'X-A: b', '\tc')),
  forwarded(
    'field: an upgrade to h2c is not obeyed, and not passed on',
    get('/v1/items', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'),
    'GET /v1/items HTTP/1.1',
  ),
  refused('method: TRACE', 'TRACE /v1/items HTTP/1.1\r\nHost: a\r\n\r\n', 501),
  refused('method: CONNECT', 'CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test\r\n\r\n', 400, 404, 405, 501),
  refused('method: unknown', 'PROPFIND /v1/items HTTP/1.1\r\nHost: a\r\n\r\n', 501),
  refused('method: small letters', 'get /v1/items HTTP/1.1\r\nHost: a\r\n\r\n', 400, 501),
  refused('method: made up', 'FOO /v1/items HTTP/1.1\r\nHost: a\r\n\r\n', 400, 501),
  refused('method: the route does not list it', 'DELETE /v1/items HTTP/1.1\r\nHost: a\r\n\r\n', 405),
  refused('method: override', 'DELETE /v1/items HTTP/1.1\r\nHost: a\r\nX-HTTP-Method-Override: GET\r\n\r\n', 405),
  refused('key: in the query', get('/v1/keyed?api_key=abuse_test_x&x-api-key=y'), 401),
  refused('key: in a cookie', get('/v1/keyed', 'Cookie: x-api-key=abuse_test_x'), 401),
  refused('key: underscore twin', get('/v1/keyed', 'X_API_KEY: abuse_test_x'), 401),
  refused('key: twice', get('/v1/keyed', 'X-API-Key: abuse_test_x', 'X-API-Key: abuse_test_y'), 401),
  refused('key: of another brand', get('/v1/keyed', 'X-API-Key: other_live_x'), 401),
  refused('key: 8000 letters', get('/v1/keyed', `X-API-Key: abuse_test_${'x'.repeat(8000)}`), 401),
  refused('key: eight-bit letters', get('/v1/keyed', 'X-API-Key: abuse_test_\xff\xfe'), 401),
  refused('key: empty', get('/v1/keyed', 'X-API-Key:'), 401),
  refused('key: an SQL sentence', get('/v1/keyed', "X-API-Key: abuse_test_' or '1'='1"), 401),
  refused(
    'admin: a route without a credential of its own does not exist',
    get('/v1/admin', 'Authorization: Bearer '),
    404,
  ),
];
