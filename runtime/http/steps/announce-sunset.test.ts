import { equal } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { testPolicy, testRoute, testUpstream } from '../../testing/policy.ts';
import { rawRequest, startGateway, startRecorder, startUpstream, within } from '../../testing/servers.ts';

describe('announce sunset', (it) => {
  it(
    'says when a route goes away, on every answer of it :: and nothing where it stays',
    within(10_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const policy = testPolicy({
        upstreams: { main: testUpstream(upstream) },
        routes: [
          testRoute({ sunset: '2027-06-30' }),
          testRoute({ id: 'old', path: '/old', sunset: '2027-06-30', auth: 'admin-key' }),
          testRoute({ id: 'stays', path: '/stays' }),
        ],
      });
      const { url } = await startGateway(policy, later);
      for (const [path, status] of [
        ['/v1/items', 200],
        ['/old', 404],
      ] as const) {
        const { headers, status: answered } = await fetch(url + path);
        equal(answered, status);
        equal(headers.get('sunset'), 'Wed, 30 Jun 2027 00:00:00 GMT');
        equal(headers.get('deprecation'), '@1814313600');
      }
      const { headers } = await fetch(`${url}/stays`);
      equal(headers.get('sunset'), null);
      equal(headers.get('deprecation'), null);
    }),
  );
});

describe('method override', (it) => {
  it(
    'is ignored, and goes no further :: the method of the request line is the method',
    within(10_000, async (later) => {
      const recorder = await startRecorder(later);
      const policy = testPolicy({
        upstreams: { main: testUpstream(recorder.url) },
        routes: [
          testRoute({ methods: ['POST'] }),
          testRoute({ id: 'gone', methods: ['DELETE'], allow: ['10.9.9.9/32'] }),
        ],
      });
      const { port } = await startGateway(policy, later);
      const names = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', 'X_HTTP_Method_Override'];
      const lines = names.map((name) => `${name}: DELETE\r\n`).join('');
      const answer = await rawRequest(
        port,
        `POST /v1/items HTTP/1.1\r\nHost: a\r\n${lines}Content-Length: 2\r\n\r\nab`,
      );
      equal(answer.startsWith('HTTP/1.1 200 '), true, answer);
      equal(recorder.text().startsWith('POST /v1/items HTTP/1.1\r\n'), true);
      equal(/method|DELETE/i.test(recorder.text()), false, recorder.text());
    }),
  );
});
