import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { request } from 'node:http';
import { EDGE_SYSTEM } from '../../testing/edge-system.ts';
import { modelOf } from '../../testing/model-of.ts';
import { describe } from '../../testing/suite.ts';
import { emitter } from './emitter.ts';
import { type Answer, type RunningNginx, runNginx } from './testing/run-nginx.ts';

const ORIGIN = 'https://app.harbour.example';
const SECURITY = [
  'content-security-policy',
  'cross-origin-opener-policy',
  'referrer-policy',
  'strict-transport-security',
  'x-content-type-options',
  'x-frame-options',
  'x-notice',
];

/** Echoes what arrived; sends every header that the edge owns, to see that none comes through; streams under /v1/events. */
const upstream: RequestListener = (incoming, response) => {
  const owned = Object.fromEntries(SECURITY.map((name) => [name, 'from the upstream']));
  response.setHeaders(
    new Map(
      Object.entries({
        ...owned,
        'access-control-allow-origin': '*',
        'x-powered-by': 'stub',
        'x-request-id': `echo-${incoming.headers['x-request-id']}`,
      }),
    ),
  );
  if (incoming.url === '/v1/files/missing') response.statusCode = 404;
  if (incoming.url === '/v1/events') {
    response.setHeader('content-type', 'text/event-stream');
    response.write('data: first\n\n');
    setTimeout(() => response.end('data: last\n\n'), 1500);
    return;
  }
  incoming.resume();
  incoming.on('end', () =>
    response.end(
      JSON.stringify({
        url: incoming.url,
        method: incoming.method,
        headers: incoming.headers,
        raw: incoming.rawHeaders,
      }),
    ),
  );
};

describe('the edge, run by a real nginx', async (it) => {
  const edge = await runNginx(emitter.emit(modelOf(EDGE_SYSTEM)), upstream, 'api.harbour.example');
  const from = (client: string) => ({ 'x-forwarded-for': client });
  const preflight = (origin: string, method = 'GET', path = '/v1/files') =>
    edge.ask(path, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'content-type' },
    });

  it('forwards with the full set of headers, and nothing that a client wrote about itself', async () => {
    const answer = await edge.ask('/v1/files/a?b=c', {
      headers: {
        ...from('1.1.1.1, 203.0.113.7'),
        forwarded: 'for=6.6.6.6',
        upgrade: 'websocket',
        'x-real-ip': '6.6.6.6',
      },
    });
    const seen = echo(answer);
    assert.equal(answer.status, 200);
    assert.equal(seen.url, '/v1/files/a?b=c');
    assert.equal(seen.headers['host'], 'api.harbour.example');
    assert.equal(seen.headers['x-forwarded-for'], '203.0.113.7');
    assert.equal(seen.headers['x-real-ip'], '203.0.113.7');
    assert.equal(seen.headers['x-forwarded-proto'], 'https');
    assert.match(seen.headers['x-request-id'] ?? '', /^[0-9a-f]{32}$/);
    assert.equal(seen.headers['forwarded'], undefined);
    assert.equal(seen.headers['upgrade'], undefined);
  });

  it('upgrades WebSocket routes and no others', async () => {
    const socket = echo(await edge.ask('/v1/socket', { headers: { connection: 'upgrade', upgrade: 'websocket' } }));
    assert.equal(socket.headers['upgrade'], 'websocket');
    assert.equal(socket.headers['connection'], 'upgrade');
    const other = echo(await edge.ask('/v1/socket', { headers: { connection: 'upgrade', upgrade: 'h2c' } }));
    assert.equal(other.headers['upgrade'], undefined);
  });

  it('sends every security header exactly once on 200, 404, 403, 405, 413 and 429', async () => {
    const answers = [
      await edge.ask('/v1/files'),
      await edge.ask('/v1/files/missing'),
      await edge.ask('/nowhere'),
      await edge.ask('/metrics', { headers: from('203.0.113.8') }),
      await edge.ask('/v1/files', { method: 'DELETE' }),
      await edge.ask('/v1/files', { method: 'PUT', body: 'x'.repeat(5000) }),
      await exceed(edge, '/v1/limited', '203.0.113.20'),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 404, 404, 403, 405, 413, 429],
    );
    for (const { status, headers } of answers) {
      for (const name of SECURITY) assert.equal(headers[name]?.length, 1, `${name} on ${status}`);
      assert.deepEqual(headers['x-notice'], ['costs 5$; "quoted"']);
      assert.deepEqual(headers['x-content-type-options'], ['nosniff']);
      assert.equal(headers['x-request-id']?.length, 1, `x-request-id on ${status}`);
      assert.equal(headers['x-powered-by'], undefined);
      assert.equal(headers['server']?.[0], 'nginx');
    }
  });

  it('answers over the limit with 429, Retry-After, CORS and problem details', async () => {
    const answer = await exceed(edge, '/v1/limited', '203.0.113.21', { origin: ORIGIN });
    assert.equal(answer.status, 429);
    assert.deepEqual(answer.headers['retry-after'], ['2']);
    assert.deepEqual(answer.headers['access-control-allow-origin'], [ORIGIN]);
    assert.deepEqual(answer.headers['content-type'], ['application/problem+json']);
    const problem: unknown = JSON.parse(answer.body);
    assert.deepEqual(problem, {
      type: 'about:blank',
      title: 'Too Many Requests',
      status: 429,
      instance: `urn:request:${answer.headers['x-request-id']?.[0]}`,
    });
  });

  it('admits the burst and one more, then counts', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => edge.ask('/v1/limited', { headers: from('203.0.113.22') })),
    );
    assert.equal(answers.filter(({ status }) => status === 200).length, 2);
    assert.equal(answers.filter(({ status }) => status === 429).length, 4);
    assert.equal((await edge.ask('/v1/limited', { headers: from('203.0.113.23') })).status, 200);
  });

  it('counts zones apart, and methods of one path by their own zone', async () => {
    const client = from('203.0.113.24');
    assert.equal((await exceed(edge, '/v1/items', '203.0.113.24', {}, 'POST')).status, 429);
    assert.equal((await edge.ask('/v1/items', { headers: client })).status, 200);
    // The zone is shared by routes that name it.
    assert.equal((await edge.ask('/v1/limited', { headers: client })).status, 429);
  });

  it('does not let a spoofed X-Forwarded-For change whom it counts', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        edge.ask('/v1/limited', { headers: from(`6.6.6.${index}, 203.0.113.25`) }),
      ),
    );
    assert.equal(answers.filter(({ status }) => status === 200).length, 2);
  });

  it('finds the client behind several proxies of ours', async () => {
    const seen = echo(await edge.ask('/v1/files', { headers: from('6.6.6.6, 203.0.113.31, 127.0.0.9') }));
    assert.equal(seen.headers['x-real-ip'], '203.0.113.31');
  });

  it('counts IPv6 clients by their /64, also where the text of the address is short', async () => {
    const same = ['2001:db8::1', '2001:db8::a:0:0:1', '2001:db8:0:0:ffff:ffff:ffff:ffff', '2001:db8::2', '2001:db8::3'];
    const answers: number[] = [];
    for (const client of same) answers.push((await edge.ask('/v1/limited', { headers: from(client) })).status);
    assert.deepEqual(answers, [200, 200, 429, 429, 429]);
    assert.equal((await edge.ask('/v1/limited', { headers: from('2001:db8:0:1::1') })).status, 200);
  });

  it('neither counts nor logs probes', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => edge.ask('/health', { headers: from('203.0.113.26') })),
    );
    assert.ok(answers.every(({ status }) => status === 200));
    assert.ok(!edge.log().some((line) => line.includes('203.0.113.26')));
  });

  it('grants CORS to listed origins only', async () => {
    const refused = [
      'https://evil.example',
      `${ORIGIN}.evil.example`,
      'https://evil-app.harbour.example',
      'http://app.harbour.example',
      `${ORIGIN}:444`,
      'null',
      '*',
      '',
    ];
    for (const origin of refused) {
      const { headers, status } = await edge.ask('/v1/files', { headers: { origin } });
      assert.equal(status, 200);
      assert.equal(headers['access-control-allow-origin'], undefined, origin);
      assert.equal(headers['access-control-expose-headers'], undefined, origin);
      assert.ok(headers['vary']?.includes('Origin'), origin);
    }
    for (const origin of [ORIGIN, 'http://localhost:3000']) {
      const { headers } = await edge.ask('/v1/files', { headers: { origin } });
      assert.deepEqual(headers['access-control-allow-origin'], [origin]);
      assert.match(headers['access-control-expose-headers']?.[0] ?? '', /retry-after/);
      assert.equal(headers['access-control-allow-credentials'], undefined);
      assert.equal(headers['access-control-allow-methods'], undefined);
    }
  });

  it('answers preflights itself, without counting them', async () => {
    const granted = await preflight(ORIGIN, 'PUT');
    assert.equal(granted.status, 204);
    assert.deepEqual(granted.headers['access-control-allow-origin'], [ORIGIN]);
    assert.deepEqual(granted.headers['access-control-allow-methods'], ['GET, HEAD, PUT']);
    assert.deepEqual(granted.headers['access-control-allow-headers'], ['content-type, x-api-key']);
    assert.deepEqual(granted.headers['access-control-max-age'], ['600']);
    assert.ok(granted.headers['vary']?.includes('Origin'));
    for (const name of SECURITY) assert.equal(granted.headers[name]?.length, 1, name);
    assert.equal((await preflight(ORIGIN, 'POST', '/v1/items')).status, 204);
  });

  it('refuses preflights of other origins, and for routes that browsers may not call', async () => {
    for (const answer of [await preflight('https://evil.example'), await preflight(ORIGIN, 'GET', '/health')]) {
      assert.equal(answer.status, 405);
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    }
    assert.equal((await preflight(ORIGIN, 'GET', '/nowhere')).status, 404);
  });

  it('refuses methods that no route lists, and says which it knows', async () => {
    const answer = await edge.ask('/v1/items', { method: 'DELETE' });
    assert.equal(answer.status, 405);
    assert.deepEqual(answer.headers['allow'], ['GET, HEAD, POST']);
    assert.equal((await edge.ask('/v1/files', { method: 'HEAD' })).status, 200);
    assert.equal((await edge.ask('/v1/files', { method: 'TRACE' })).status, 405);
  });

  it('keeps restricted paths to their networks, whatever the client claims', async () => {
    assert.equal((await edge.ask('/metrics', { headers: from('10.1.2.3') })).status, 200);
    assert.equal((await edge.ask('/metrics', { headers: from('203.0.113.9') })).status, 403);
    assert.equal((await edge.ask('/metrics', { headers: from('10.1.2.3, 203.0.113.9') })).status, 403);
  });

  it('restricts one method of a path and not the other', async () => {
    assert.equal((await edge.ask('/v1/notes', { headers: from('203.0.113.9') })).status, 200);
    assert.equal((await edge.ask('/v1/notes', { method: 'POST', headers: from('203.0.113.9') })).status, 403);
    assert.equal((await edge.ask('/v1/notes', { method: 'POST', headers: from('10.1.2.3') })).status, 200);
  });

  it('serves what a route names and nothing else', async () => {
    const statuses = async (paths: readonly string[]) =>
      Promise.all(paths.map(async (path) => (await edge.ask(path)).status));
    assert.deepEqual(await statuses(['/v1/files', '/v1/files/', '/v1/files/a/b']), [200, 200, 200]);
    assert.deepEqual(
      await statuses(['/', '/v1', '/v1/filesystem', '/v1/limited/x', '/v1/items/', '/internal', '/V1/files']),
      [404, 404, 404, 404, 404, 404, 404],
    );
  });

  it('refuses paths that edge and upstream could read differently', async () => {
    const paths = [
      '/v1/files/../metrics',
      '/v1/files/%2e%2e/metrics',
      '//metrics',
      '/v1/files/..%2fmetrics',
      '/v1/files/a%5cb',
      '/v1/files/%00',
      '/v1/files/.',
    ];
    for (const path of paths) assert.equal((await edge.ask(path)).status, 400, path);
    const problem = await edge.ask('//metrics');
    assert.deepEqual(problem.headers['content-type'], ['application/problem+json']);
    assert.match(problem.body, /"status":400/);
    assert.equal((await edge.ask('/v1/files/a.b..c?x=//../%2f')).status, 200);
  });

  it('refuses a body that is too large, announced or not', async () => {
    assert.equal((await edge.ask('/v1/files', { method: 'PUT', body: 'x'.repeat(4097) })).status, 413);
    assert.equal((await edge.ask('/v1/files', { method: 'PUT', body: 'x'.repeat(4096) })).status, 200);
    assert.equal(
      (
        await edge.ask('/v1/files', {
          method: 'PUT',
          body: 'x'.repeat(9000),
          headers: { 'transfer-encoding': 'chunked' },
        })
      ).status,
      413,
    );
    assert.equal(
      (await edge.ask('/v1/items', { method: 'POST', body: 'x'.repeat(9000), headers: from('203.0.113.30') })).status,
      200,
    );
  });

  it('passes events on as they come', async () => {
    const answer = await edge.ask('/v1/events');
    assert.equal(answer.status, 200);
    assert.match(answer.body, /first[\s\S]*last/);
    assert.ok(answer.firstByte < answer.end / 2, `first byte after ${answer.firstByte} ms of ${answer.end} ms`);
  });

  it('logs JSON with the route and without the query', async () => {
    await edge.ask('/v1/files/log?token=hunter2', {
      headers: { ...from('203.0.113.40'), 'user-agent': 'a"b\\c', 'x-api-key': 'hunter3' },
    });
    // nginx writes the line when the answer is already here.
    let line: string | undefined;
    for (let tries = 0; line === undefined && tries < 200; tries += 1) {
      line = edge.log().find((entry) => entry.includes('203.0.113.40'));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const entry: unknown = JSON.parse(line ?? '');
    assert.ok(
      typeof entry === 'object' && entry !== null && 'route' in entry && 'path' in entry && 'user_agent' in entry,
    );
    assert.equal(entry.route, 'api/files');
    assert.equal(entry.path, '/v1/files/log');
    assert.equal(entry.user_agent, 'a"b\\c');
    assert.ok(!edge.log().some((other) => /hunter/.test(other)));
  });

  it('refuses other names before it shows a certificate', async () => {
    await assert.rejects(edge.ask('/v1/files', { host: 'other.example' }), /unrecognized name|EPROTO|alert/i);
  });

  it('redirects plain requests and serves none', async () => {
    const answer = await new Promise<{ status: number; location: string | undefined }>((resolve, reject) => {
      request(
        {
          port: edge.httpPort,
          host: '127.0.0.1',
          path: '/v1/files?x=1',
          headers: { host: 'api.harbour.example' },
          agent: false,
        },
        (response) => {
          response.resume();
          resolve({ status: response.statusCode ?? 0, location: response.headers.location });
        },
      )
        .on('error', reject)
        .end();
    });
    assert.deepEqual(answer, { status: 308, location: 'https://api.harbour.example/v1/files?x=1' });
  });
});

interface Echo {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

function echo(answer: Answer): Echo {
  const seen: Echo = JSON.parse(answer.body);
  return seen;
}

/** Asks until one answer is not a success, at most ten times. */
async function exceed(
  edge: RunningNginx,
  path: string,
  client: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  for (let count = 0; ; count += 1) {
    const answer = await edge.ask(path, { method, headers: { ...headers, 'x-forwarded-for': client } });
    if (answer.status !== 200 || count === 9) return answer;
  }
}
