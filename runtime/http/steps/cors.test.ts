import { equal, match } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../../testing/policy.ts';
import { rawRequest, startGateway, startUpstream, within } from '../../testing/servers.ts';

/** Origins that look like `https://app.example.com` and are not. */
const STRANGERS = [
  'null',
  'https://app.example.com.evil.test',
  'https://evil-app.example.com',
  'https://evilapp.example.com',
  'http://app.example.com',
  'https://app.example.com:8443',
  'https://APP.example.com',
  'https://app.example.com.',
  'https://app.example.com/',
  'https://example.com',
  '*',
  '',
];
const base = testPolicy();

describe('cors', (it) => {
  it(
    'grants exactly the listed origin and nothing that looks like it :: and always varies by Origin',
    within(10_000, async (later) => {
      const upstream = await startUpstream((_req, res) => {
        res.setHeader('access-control-allow-origin', '*');
        res.setHeader('vary', 'Accept');
        res.end('ok');
      }, later);
      const gateway = await startGateway(
        testPolicy({ routes: [testRoute({ cors: true })], upstreams: { main: testUpstream(upstream) } }),
        later,
      );
      const call = (origin: string) =>
        rawRequest(gateway.port, `GET /v1/items HTTP/1.1\r\nHost: a\r\nOrigin: ${origin}\r\nConnection: close\r\n\r\n`);
      const granted = await call('https://app.example.com');
      match(granted, /access-control-allow-origin: https:\/\/app\.example\.com\r\n/i);
      equal(granted.match(/access-control-allow-origin/gi)?.length, 1);
      match(granted, /access-control-expose-headers: ratelimit\r\n/i);
      match(granted, /vary: Origin\r\nvary: Accept\r\n/i);
      for (const origin of STRANGERS) {
        const reply = await call(origin);
        match(reply, /^HTTP\/1\.1 200 /, origin);
        equal(/access-control-allow/i.test(reply), false, origin);
        match(reply, /vary: Origin/i, origin);
      }
    }),
  );

  const preflight = (origin: string, method: string, headers?: string) =>
    [
      'OPTIONS /v1/items HTTP/1.1',
      'Host: a',
      'Connection: close',
      `Origin: ${origin}`,
      `Access-Control-Request-Method: ${method}`,
      ...(headers === undefined ? [] : [`Access-Control-Request-Headers: ${headers}`]),
      '',
      '',
    ].join('\r\n');

  it(
    'answers a preflight itself :: before identity and limits, for what origin, method and headers may do',
    within(10_000, async (later) => {
      let reached = 0;
      const upstream = await startUpstream((_req, res) => {
        reached += 1;
        res.end();
      }, later);
      const gateway = await startGateway(
        testPolicy({
          routes: [testRoute({ cors: true, auth: 'admin-key', limits: ['one'], methods: ['GET', 'POST', 'DELETE'] })],
          limits: { one: testLimit({ capacity: 1 }) },
          upstreams: { main: testUpstream(upstream) },
        }),
        later,
        { env: { ADMIN_API_KEY: 'a'.repeat(32) } },
      );
      const origin = 'https://app.example.com';
      const granted = await rawRequest(gateway.port, preflight(origin, 'POST', 'Content-Type, X-API-Key'));
      match(granted, /^HTTP\/1\.1 204 /);
      match(granted, /access-control-allow-methods: GET, POST\r\n/i);
      match(granted, /access-control-max-age: 601\r\n/i);
      match(granted, /vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n/i);
      const refusals = [
        preflight('https://evil.test', 'POST'),
        preflight(origin, 'DELETE'),
        preflight(origin, 'PUT'),
        preflight(origin, 'POST', 'x-evil'),
      ];
      for (const bytes of refusals) {
        const reply = await rawRequest(gateway.port, bytes);
        match(reply, /^HTTP\/1\.1 403 /);
        equal(/access-control-allow/i.test(reply), false);
        match(reply, /vary: Origin/i);
      }
      equal(reached, 0);
      // A script must be able to read why it was refused.
      const denied = await fetch(`${gateway.url}/v1/items`, { headers: { origin } });
      equal(denied.status, 401);
      equal(denied.headers.get('access-control-allow-origin'), origin);
    }),
  );

  it(
    'sends no CORS header where the edge owns them, or the route is not for browsers',
    within(10_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const upstreams = { main: testUpstream(upstream) };
      const edge = await startGateway(
        testPolicy({
          routes: [testRoute({ cors: true })],
          upstreams,
          cors: { ...base.cors, owner: 'edge' },
          securityHeaders: { ...base.securityHeaders, owner: 'edge' },
        }),
        later,
      );
      const closed = await startGateway(testPolicy({ upstreams }), later);
      for (const gateway of [edge, closed]) {
        match(await rawRequest(gateway.port, preflight('https://app.example.com', 'POST')), /^HTTP\/1\.1 405 /);
        const response = await fetch(`${gateway.url}/v1/items`, { headers: { origin: 'https://app.example.com' } });
        equal(response.headers.get('access-control-allow-origin'), null);
        equal(response.headers.get('x-content-type-options'), gateway === edge ? null : 'nosniff');
      }
    }),
  );

  it(
    'sends the credentials flag only where the policy says so',
    within(8_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const upstreams = { main: testUpstream(upstream) };
      for (const credentials of [true, false]) {
        const gateway = await startGateway(
          testPolicy({ routes: [testRoute({ cors: true })], upstreams, cors: { ...base.cors, credentials } }),
          later,
        );
        const response = await fetch(`${gateway.url}/v1/items`, { headers: { origin: 'https://app.example.com' } });
        equal(response.headers.get('access-control-allow-credentials'), credentials ? 'true' : null);
      }
    }),
  );
});
