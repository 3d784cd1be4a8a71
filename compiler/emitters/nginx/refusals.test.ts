/** What nginx refuses by itself, and what a page of another origin is told of it; over HTTP/1.1 and HTTP/2. */

import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { defined } from '../../../schemas/data/defined.ts';
import { EDGE_SYSTEM } from '../../testing/edge-system.ts';
import { modelOf } from '../../testing/model-of.ts';
import { describe } from '../../testing/suite.ts';
import { emitter } from './emitter.ts';
import { openHttp2 } from './testing/ask-http2.ts';
import { type Ask, runNginx } from './testing/run-nginx.ts';

const HOST = 'api.harbour.example';
const ORIGIN = 'https://app.harbour.example';

const SYSTEM = EDGE_SYSTEM.replace(
  '    - { path: /internal, auth: none, exposed: false }',
  `    - { path: /internal, auth: none, exposed: false }
    - { path: /v1/broken, auth: none, timeout: 1s }
    - { path: /v1/silent, auth: none, timeout: 1s }
    - { path: /v1/private, auth: none, cors: false, methods: [PUT], bodyLimit: 4Ki }
    - { path: /, name: all, match: prefix, auth: none }`,
).replace('probes: { liveness: /health, readiness: /ready }', '$&\n  metrics: { path: /metrics }');

const asked: string[] = [];
const upstream: RequestListener = (incoming, response) => {
  asked.push(incoming.url ?? '');
  if (incoming.url === '/v1/silent') return;
  if (incoming.url === '/v1/broken') {
    incoming.socket.destroy();
    return;
  }
  incoming.resume();
  incoming.on('end', () => response.end('ok'));
};

describe('what the edge refuses by itself', async (it) => {
  const edge = await runNginx(emitter.emit(modelOf(SYSTEM)), upstream, HOST);
  const http2 = openHttp2(edge.httpsPort, HOST);

  /** The same question over both protocols. */
  async function both(path: string, { method = 'GET', headers = {}, body }: Ask) {
    const fields = { origin: ORIGIN, 'x-forwarded-for': '203.0.113.60', ...headers };
    const one = await edge.ask(path, { method, headers: fields, ...defined({ body }) });
    const { 'transfer-encoding': _coding, ...plain } = fields as Record<string, string>;
    const two = await http2.ask(path, { method, headers: plain, ...defined({ body }) });
    return [
      { status: one.status, origin: one.headers['access-control-allow-origin']?.join(), body: one.body },
      { status: two.status, origin: two.headers['access-control-allow-origin']?.toString(), body: two.body },
    ];
  }

  const BODY = 'x'.repeat(5000);
  const REFUSED: readonly (readonly [title: string, status: number, path: string, ask: Ask])[] = [
    ['a body whose length is too large', 413, '/v1/files', { method: 'PUT', body: BODY }],
    [
      'a body without a length that is too large',
      413,
      '/v1/files',
      { method: 'PUT', body: BODY, headers: { 'transfer-encoding': 'chunked' } },
    ],
    [
      'too large a body on a path with several routes',
      413,
      '/v1/items',
      { method: 'POST', body: 'x'.repeat(20_000), headers: { 'content-length': '20000' } },
    ],
    ['a method that the one route does not list', 405, '/v1/limited', { method: 'DELETE' }],
    ['a method that no route of the path lists', 405, '/v1/items', { method: 'DELETE' }],
    ['a path with two readings', 400, '/v1/files/%2e%2e', {}],
    ['a service that breaks off', 502, '/v1/broken', {}],
    ['a service that says nothing', 504, '/v1/silent', {}],
  ];
  for (const [title, status, path, ask] of REFUSED) {
    it(`${status} can be read by a page of the origin :: ${title}`, async () => {
      for (const answer of await both(path, ask)) {
        assert.equal(answer.status, status);
        assert.equal(answer.origin, ORIGIN);
        assert.match(answer.body, new RegExp(`"status":${status}`));
      }
    });
  }

  it('grants nothing where the route grants nothing', async () => {
    const refused = await both('/v1/private', { method: 'PUT', body: BODY });
    const elsewhere = await both('/v1/files', {
      method: 'PUT',
      body: BODY,
      headers: { origin: 'https://evil.example' },
    });
    for (const answer of [...refused, ...elsewhere]) {
      assert.equal(answer.status, 413);
      assert.equal(answer.origin, undefined);
    }
  });

  it('knows the route of what it refuses early', async () => {
    await edge.ask('/v1/files/early', { method: 'PUT', body: BODY });
    const line = await found(() => edge.log().find((entry) => entry.includes('/v1/files/early')));
    assert.equal(JSON.parse(line).route, 'api/files');
  });

  it('takes a head of 16 KiB in one line, and answers 431 to twice as many', async () => {
    const cookie = (size: number) => ({ headers: { cookie: 'c'.repeat(size) } });
    for (const answer of await both('/v1/files', cookie(16_000))) assert.equal(answer.status, 200);
    const { status, headers, body } = await edge.ask('/v1/files', {
      headers: { origin: ORIGIN, a: 'c'.repeat(15_000), b: 'c'.repeat(15_000), c: 'c'.repeat(15_000) },
    });
    assert.equal(status, 431);
    assert.deepEqual(headers['access-control-allow-origin'], [ORIGIN]);
    assert.match(body, /"status":431/);
    assert.equal((await edge.ask(`/v1/files/${'a'.repeat(17_000)}`)).status, 414);
  });

  it('tells a request for another name over the same connection that it is misdirected, and goes on', async () => {
    const wrong = await http2.ask('/v1/files', { authority: 'www.harbour.example' });
    assert.equal(wrong.status, 421);
    assert.match(wrong.body, /"status":421/);
    assert.equal((await http2.ask('/v1/files')).status, 200);
    await assert.rejects(edge.ask('/v1/files', { host: 'www.harbour.example' }), /unrecognized name|EPROTO|alert/i);
  });

  it('passes on below a prefix what no operator asks :: nor what another route keeps inside', async () => {
    asked.length = 0;
    for (const path of ['/else', '/healthy', '/internals', '/metrics-of-trade']) {
      assert.equal((await edge.ask(path)).status, 200, path);
    }
    const closed = [
      '/ready',
      '/ready/',
      '/READY',
      '/%72eady',
      '/ready;a=b',
      '/livez',
      '/readyz',
      '/internal',
      '/internal/x',
    ];
    for (const path of closed) assert.equal((await edge.ask(path)).status, 404, path);
    // Named by routes of their own: one open, one for a network.
    assert.equal((await edge.ask('/health')).status, 200);
    assert.equal((await edge.ask('/metrics', { headers: { 'x-forwarded-for': '203.0.113.61' } })).status, 403);
    assert.deepEqual(asked, ['/else', '/healthy', '/internals', '/metrics-of-trade', '/health']);
    http2.close();
  });
});

/** Waits for what nginx writes when the answer is already here. */
async function found(look: () => string | undefined): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const line = look();
    if (line !== undefined) return line;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('nginx wrote nothing');
}
