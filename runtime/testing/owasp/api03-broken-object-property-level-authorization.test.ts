/**
 * OWASP API3:2023 :: callers see and set only the properties that are theirs: of answers, of problems, of bodies, of keys.
 *
 * Keys are in a real PostgreSQL.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { describe } from '../../../compiler/testing/suite.ts';
import { REQUEST_HEAD_BYTES } from '../../../schemas/http-limits.ts';
import { createCaller, PEPPER, startWithDatabase, TOKEN } from '../administration.ts';
import { attack, type Reply } from '../attacker.ts';
import { issueKey, steadily } from '../issue-key.ts';
import { until } from '../keys.ts';
import { testRoute, testUpstream } from '../policy.ts';
import { startUpstream } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';

const REVEALING = {
  Server: 'Apache/2.4.1 (Debian)',
  'X-Powered-By': 'Express',
  'X-AspNet-Version': '4.0.30319',
  'X-AspNetMvc-Version': '5.2',
  'X-Generator': 'Drupal 9',
  'X-Runtime': '0.0123',
  'X-Debug-Token': 'f00',
  'X-Debug-Token-Link': '/_profiler/f00',
  Via: '1.1 build-7.internal',
  'X-Request-Id': 'of-the-upstream',
  'X-Policy-Digest': 'of-the-upstream',
  'Proxy-Authenticate': 'Basic',
  'X-Secret': 'listed as of this hop',
  Connection: 'x-secret',
};

const TRANSFER = {
  type: 'object',
  additionalProperties: false,
  required: ['amount'],
  properties: {
    amount: { type: 'integer', minimum: 1 },
    note: { type: 'object', additionalProperties: false, properties: { text: { type: 'string' } } },
  },
};

async function start(later: Parameters<typeof startUpstream>[1]) {
  const bodies: string[] = [];
  const answer: RequestListener = (req, res) => {
    if (req.url?.endsWith('/reset') === true) return void req.socket.destroy();
    if (req.url?.endsWith('/hang') === true) return;
    let body = '';
    req.on('data', (chunk) => (body += String(chunk)));
    req.on('end', () => {
      if (body !== '') bodies.push(body);
      res.writeHead(200, { ...REVEALING, 'Content-Type': 'text/plain' }).end('ok');
    });
  };
  const upstream = await startUpstream(answer, later);
  const { gateway } = await startWithDatabase(later, {
    upstreams: { main: testUpstream(upstream), away: testUpstream('http://127.0.0.1:9') },
    routes: [
      testRoute({ bodyLimitBytes: 500, timeoutMs: 900 }),
      testRoute({ id: 'away', path: '/v1/away', upstream: 'away' }),
      testRoute({ id: 'transfers', path: '/v1/transfers', methods: ['POST'], body: TRANSFER }),
      testRoute({ id: 'keyed', path: '/v1/keyed', auth: 'api-key', roles: ['writer'] }),
    ],
  });
  return { ...gateway, gateway, bodies };
}

describe('OWASP API3 :: broken object property level authorization', (it) => {
  const test = shareSetUp(it, start);

  test('an answer tells nothing of what runs behind', 60_000, async ({ port }) => {
    const reply = await attack(port, 'GET /v1/items');
    equal(reply.status, 200);
    deepEqual(reply.names, [
      'connection',
      'content-type',
      'date',
      'transfer-encoding',
      'x-content-type-options',
      'x-policy-digest',
      'x-request-id',
      'x-trace-id',
    ]);
    ok(!/of-the-upstream/.test(reply.head), reply.head);
  });

  test('a problem has the members of RFC 9457 and no more, and tells nothing of this side', 60_000, async (parts) => {
    const { port, gateway } = parts;
    const { text: key } = await issueKey(gateway);
    const asJson = 'Content-Type: application/json';
    const broken: Readonly<Record<string, readonly [status: number, ask: () => Promise<Reply>]>> = {
      'no route': [404, () => attack(port, 'GET /nothing')],
      'no method': [405, () => attack(port, 'DELETE /v1/items')],
      'no such method': [501, () => attack(port, 'TRACE /v1/items')],
      'a bad target': [400, () => attack(port, 'GET /v1/items/%2e%2e/x')],
      'no HTTP': [400, () => attack(port, 'GET /v1/items', ['X : y'])],
      'a huge field': [431, () => attack(port, 'GET /v1/items', [`X: ${'x'.repeat(REQUEST_HEAD_BYTES)}`])],
      'a huge body': [413, () => attack(port, 'POST /v1/items', [], 'x'.repeat(600))],
      'a bad body': [400, () => attack(port, 'POST /v1/transfers', [asJson], '{"amount":"/etc/passwd"}')],
      'another type': [415, () => attack(port, 'POST /v1/transfers', ['Content-Type: text/xml'], '<a/>')],
      'no credential': [401, () => attack(port, 'GET /v1/keyed')],
      'no role': [403, () => steadily(() => attack(port, 'GET /v1/keyed', [`X-API-Key: ${key}`]))],
      'a dead upstream': [502, () => attack(port, 'GET /v1/away')],
      'a broken upstream': [502, () => attack(port, 'POST /v1/items/reset', [], 'x')],
      'a late upstream': [504, () => attack(port, 'GET /v1/items/hang')],
    };
    for (const [name, [status, ask]] of Object.entries(broken)) {
      const reply = await ask();
      equal(reply.status, status, `${name}: ${reply.head}`);
      equal(reply.field('content-type'), 'application/problem+json', name);
      equal(reply.field('cache-control'), 'no-store', name);
      const members = Object.keys(JSON.parse(reply.body));
      deepEqual(
        members.filter((member) => !['type', 'title', 'status', 'detail', 'instance', 'errors'].includes(member)),
        [],
      );
      const told = `${reply.head}\n${reply.body}`;
      ok(!/127\.0\.0\.1|\bat [\w.]+ \(|node:|\.ts\b|ECONN|UND_ERR|HPE_|undici|koa|passwd|postgres/i.test(told), told);
    }
  });

  test(
    'a body sets no property that is not declared, at any depth :: and what is declared arrives as it was',
    60_000,
    async ({ port, bodies }) => {
      const post = (body: string) => attack(port, 'POST /v1/transfers', ['Content-Type: application/json'], body);
      const refused = [
        '{"amount":1,"approved":true}',
        '{"amount":1,"isAdmin":true}',
        '{"amount":1,"note":{"text":"x","author":"root"}}',
        '{"amount":1,"__proto__":{"approved":true}}',
        '{"amount":1,"constructor":{"prototype":{"approved":true}}}',
        '{"amount":1,"amount":2}',
        '{"amount":1,"\\u0061mount":2}',
        '[{"amount":1}]',
      ];
      bodies.splice(0);
      for (const body of refused) equal((await post(body)).status, 400, body);
      deepEqual(bodies, []);
      const errors = JSON.parse((await post('{"amount":1,"approved":"secret-value"}')).body);
      match(JSON.stringify(errors), /approved/);
      ok(!JSON.stringify(errors).includes('secret-value'), 'names are told, values are not');
      equal((await post('{"amount":1,"note":{"text":"x"}}')).status, 200);
      deepEqual(bodies, ['{"amount":1,"note":{"text":"x"}}']);
    },
  );

  test(
    'the administration shows a key once and its digest never :: nor pepper, token or connection',
    60_000,
    async ({ gateway, adminUrl, lines }) => {
      const call = createCaller(gateway);
      const ask = async (method: string, path: string, body?: unknown) => {
        let asked = await call(method, path, body);
        await until(async () => {
          if (asked.status === 503) asked = await call(method, path, body);
          return asked.status !== 503;
        });
        ok(asked.status < 300, `${method} ${path}: ${asked.text}`);
        return asked;
      };
      const made = await ask('POST', '/v1/admin/keys', { label: 'one' });
      const [, , id, secret] = String(made.body.text).split('_');
      const { body: rotated } = await ask('POST', `/v1/admin/keys/${id}/rotate`, { graceMs: 1_000 });
      const later: string[] = [];
      for (const path of [
        '/v1/admin/keys',
        `/v1/admin/keys/${id}`,
        '/v1/admin/audit',
        '/v1/admin/policy',
        '/v1/admin/scorecard',
        '/v1/admin/limits',
        '/policy',
        '/status',
        '/v1/status',
        '/metrics',
        '/v1/openapi.json',
      ]) {
        later.push((await ask('GET', path)).text);
      }
      later.push((await ask('DELETE', `/v1/admin/keys/${id}`)).text, JSON.stringify(lines));
      const [, , , newSecret] = String(rotated.text).split('_');
      equal(adminUrl.startsWith('http://127.0.0.1:'), true);
      for (const text of later) {
        for (const hidden of [secret, newSecret, PEPPER, TOKEN, 'postgres://', 'postgresql://']) {
          ok(hidden !== undefined && !text.includes(hidden), text.slice(0, 200));
        }
      }
      for (const text of [made.text, ...later.slice(0, 2)]) {
        ok(!/digest/i.test(text) && !/pepper/i.test(text), text);
      }
    },
  );
});
