/**
 * OWASP API5:2023 :: who may call does not administrate, who may read does not write, and no header makes a request another.
 *
 * Keys are in a real PostgreSQL.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { startWithDatabase, TOKEN } from '../administration.ts';
import { attack } from '../attacker.ts';
import { issueKey, steadily } from '../issue-key.ts';
import { checkAgainst } from '../open-api.ts';
import { testRoute, testUpstream } from '../policy.ts';
import { startRecordingUpstream } from '../recording-upstream.ts';
import { shareSetUp } from '../shared-set-up.ts';

async function start(later: Parameters<typeof startRecordingUpstream>[0]) {
  const upstream = await startRecordingUpstream(later);
  const { gateway } = await startWithDatabase(later, {
    upstreams: { main: testUpstream(upstream.url) },
    routes: [
      testRoute({ id: 'read', path: '/v1/orders', methods: ['GET'], auth: 'api-key' }),
      testRoute({ id: 'write', path: '/v1/orders', methods: ['POST'], auth: 'api-key', roles: ['writer', 'owner'] }),
      testRoute({ id: 'purge', path: '/v1/orders/purge', methods: ['DELETE'], auth: 'admin-key' }),
    ],
  });
  const keyOf = async (...roles: readonly string[]): Promise<string> => {
    const { text } = await issueKey(gateway, { roles });
    await steadily(() => attack(gateway.port, 'GET /v1/orders', [`X-API-Key: ${text}`]));
    return text;
  };
  const reader = await keyOf('reader');
  const writer = await keyOf('writer');
  const pretender = await keyOf('admin', 'administrator', 'writers', 'not-owner');
  return { ...gateway, adminPort: Number(new URL(gateway.adminUrl).port), upstream, reader, writer, pretender };
}

const OVERRIDES = [
  'X-HTTP-Method-Override: DELETE',
  'X-HTTP-Method: POST',
  'X-Method-Override: POST',
  'X_HTTP_Method_Override: POST',
  'X-Original-URL: /v1/orders/purge',
  'X-Rewrite-URL: /v1/orders/purge',
  'X-Forwarded-Prefix: /v1/orders/purge',
];

describe('OWASP API5 :: broken function level authorization', (it) => {
  const test = shareSetUp(it, start);

  test(
    'every administrative operation wants the token :: and none but its own method does it',
    90_000,
    async ({ adminPort, adminUrl, writer }) => {
      const { operations } = checkAgainst(await (await fetch(`${adminUrl}/v1/openapi.json`)).json());
      const administrative = operations.filter(({ isAdmin }) => isAdmin);
      ok(administrative.length > 20, String(administrative.length));
      for (const { id, method, path } of administrative) {
        const line = `${method} ${path.replaceAll(/\{[^}]+\}/g, 'x')}`;
        const ask = async (...fields: readonly string[]): Promise<number> =>
          (await attack(adminPort, line, ['Content-Type: application/json', ...fields])).status;
        equal(await ask(), 401, `${id} for nobody`);
        equal(await ask(`Authorization: Bearer ${TOKEN.replace(/.$/, '!')}`), 401, `${id} with a wrong token`);
        equal(await ask(`Authorization: Bearer ${writer}`), 403, `${id} with a key`);
      }
      const outside = administrative.filter(({ path }) => !path.startsWith('/v1/admin/'));
      deepEqual(outside, [], 'what administrates is in one place');
    },
  );

  test(
    'an open operation of that port changes nothing, and is not made to',
    30_000,
    async ({ adminPort, adminUrl }) => {
      const { operations } = checkAgainst(await (await fetch(`${adminUrl}/v1/openapi.json`)).json());
      const open = operations.filter(({ isAdmin }) => !isAdmin);
      ok(open.length >= 5);
      for (const { method, path } of open) {
        equal(method, 'GET', path);
        for (const verb of ['POST', 'PUT', 'PATCH', 'DELETE']) {
          equal((await attack(adminPort, `${verb} ${path}`)).status, 405, `${verb} ${path}`);
        }
      }
      const overridden = await attack(adminPort, 'GET /policy', ['X-HTTP-Method-Override: DELETE']);
      equal(overridden.status, 200);
      for (const odd of [
        '/v1/admin/../admin/keys',
        '/v1//admin/keys',
        '/V1/admin/keys',
        '/v1/admin;/keys',
        '/%761/admin/keys',
      ])
        ok([400, 401, 404].includes((await attack(adminPort, `GET ${odd}`)).status), odd);
    },
  );

  test('the port of callers does not know administration, whoever asks', 30_000, async ({ port, upstream }) => {
    upstream.clear();
    for (const path of ['/v1/admin/keys', '/v1/admin/policy', '/policy', '/metrics', '/status', '/v1/openapi.json']) {
      for (const fields of [[], [`Authorization: Bearer ${TOKEN}`]]) {
        equal((await attack(port, `GET ${path}`, fields)).status, 404, path);
      }
    }
    equal(upstream.requests.length, 0);
  });

  test(
    'a key calls what its roles allow :: and what is the administrator’s is not for keys',
    30_000,
    async ({ port, upstream, reader, writer, pretender }) => {
      const ask = async (line: string, ...fields: readonly string[]): Promise<number> =>
        (await attack(port, line, fields)).status;
      upstream.clear();
      equal(await ask('POST /v1/orders', `X-API-Key: ${reader}`), 403);
      equal(await ask('POST /v1/orders', `X-API-Key: ${pretender}`), 403);
      equal(await ask('POST /v1/orders', `X-API-Key: ${reader}`, 'X-Role: writer', 'X-Consumer-Role: writer'), 403);
      equal(await ask('DELETE /v1/orders/purge', `X-API-Key: ${writer}`), 403);
      equal(await ask('DELETE /v1/orders/purge', `Authorization: Bearer ${pretender}`), 403);
      equal(await ask('DELETE /v1/orders/purge', `X-API-Key: ${writer}x`), 401);
      equal(await ask('GET /v1/orders/purge', `X-API-Key: ${writer}`), 405);
      equal(upstream.requests.length, 0);
      equal(await ask('POST /v1/orders', `X-API-Key: ${writer}`), 200);
      equal(await ask('DELETE /v1/orders/purge', `Authorization: Bearer ${TOKEN}`), 200);
      ok(upstream.requests.every(({ fields }) => !fields.some(([name]) => name === 'authorization')));
    },
  );

  test('no header makes a request another :: here or behind', 30_000, async ({ port, upstream, reader }) => {
    for (const override of OVERRIDES) {
      upstream.clear();
      const reply = await attack(port, 'GET /v1/orders', [`X-API-Key: ${reader}`, override]);
      equal(reply.status, 200, override);
      equal(upstream.requests[0]?.line, 'GET /v1/orders HTTP/1.1', override);
      const [name = ''] = override.toLowerCase().split(':');
      ok(!upstream.requests[0]?.fields.some(([field]) => field === name), `${override} is not passed on`);
      equal((await attack(port, 'POST /v1/orders', [`X-API-Key: ${reader}`, override])).status, 403, override);
    }
    const inQuery = await attack(port, 'POST /v1/orders?_method=GET', [`X-API-Key: ${reader}`]);
    equal(inQuery.status, 403);
  });
});
