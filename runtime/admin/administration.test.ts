import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { type Asked, createCaller, startWithDatabase, TOKEN } from '../testing/administration.ts';
import { checkAgainst, type OpenApiCheck } from '../testing/open-api.ts';
import { testPolicy } from '../testing/policy.ts';
import { type Gateway, rawRequest, startGateway, within } from '../testing/servers.ts';

async function describedBy(gateway: Gateway): Promise<OpenApiCheck> {
  return checkAgainst(await (await fetch(`${gateway.adminUrl}/v1/openapi.json`)).json());
}

describe('administration', (it) => {
  it(
    'answers every operation of its OpenAPI document as described, and describes every operation',
    within(60_000, async (later) => {
      const { gateway } = await startWithDatabase(later);
      const check = await describedBy(gateway);
      const call = createCaller(gateway);
      const done = new Set<string>();
      const expect = async (id: string, status: number, path: string, body?: unknown, headers = {}): Promise<Asked> => {
        const operation = check.operations.find((described) => described.id === id);
        ok(operation !== undefined, id);
        const asked = await call(operation.method, path, body, headers);
        equal(asked.status, status, `${id}: ${asked.text}`);
        deepEqual(check.faultsOf(id, status, asked.headers.get('content-type'), asked.text), []);
        equal(asked.headers.get('cache-control'), 'no-store', id);
        if (status < 300) done.add(id);
        return asked;
      };
      await expect('getOpenApi', 200, '/v1/openapi.json');
      await expect('getLiveness', 200, '/health');
      await expect('getReadiness', 200, '/ready');
      await expect('getMetrics', 200, '/metrics');
      await expect('getStatus', 200, '/v1/status');
      await expect('getStatusPage', 200, '/status');
      await expect('getPolicy', 200, '/policy');
      await expect('getAdminPolicy', 200, '/v1/admin/policy');
      await expect('reloadPolicy', 200, '/v1/admin/reload');

      await expect('createTenant', 201, '/v1/admin/tenants', { id: 'acme', name: 'Acme', tier: 'professional' });
      await expect('createTenant', 409, '/v1/admin/tenants', { id: 'acme', name: 'Acme' });
      await expect('createTenant', 400, '/v1/admin/tenants', { id: 'acme', nome: 'Acme' });
      await expect('createTenant', 422, '/v1/admin/tenants', { id: 'other', name: 'Other', tier: 'golden' });
      await expect('listTenants', 200, '/v1/admin/tenants?limit=1');
      await expect('listTenants', 400, '/v1/admin/tenants?limit=0');
      await expect('getTenant', 200, '/v1/admin/tenants/acme');
      await expect('getTenant', 404, '/v1/admin/tenants/none');
      await expect('updateTenant', 200, '/v1/admin/tenants/acme', { name: 'Acme & Sons' });
      await expect('updateTenant', 400, '/v1/admin/tenants/acme', {});

      const made = await expect('createKey', 201, '/v1/admin/keys', { label: 'a', type: 'premium', tenant: 'acme' });
      const { id } = made.body.key;
      await expect('createKey', 422, '/v1/admin/keys', { label: 'a', type: 'golden' });
      await expect('createKey', 415, '/v1/admin/keys', { label: 'a' }, { 'content-type': 'text/plain' });
      await expect('createKey', 413, '/v1/admin/keys', { label: 'a'.repeat(70_000) });
      await expect('listKeys', 200, '/v1/admin/keys?state=active&tenant=acme');
      await expect('getKey', 200, `/v1/admin/keys/${id}`);
      await expect('getKey', 404, '/v1/admin/keys/0000000000');
      const rotated = await expect('rotateKey', 200, `/v1/admin/keys/${id}/rotate`, { graceMs: 1_000 });
      await expect('rotateKey', 409, `/v1/admin/keys/${id}/rotate`);
      await expect('revokeKey', 200, `/v1/admin/keys/${rotated.body.key.id}`);

      await expect('listBreakers', 200, '/v1/admin/breakers');
      await expect('changeBreaker', 200, '/v1/admin/breakers', { kind: 'provider', name: 'llm', action: 'open' });
      await expect('changeBreaker', 404, '/v1/admin/breakers', { kind: 'provider', name: 'none', action: 'open' });

      await expect('listPools', 200, '/v1/admin/pools');
      await expect('resetPool', 200, '/v1/admin/pools/reset', { name: 'llm' });
      await expect('resetPool', 404, '/v1/admin/pools/reset', { name: 'none' });

      const budget = `/v1/admin/limits/per-key/${encodeURIComponent('key:abc')}`;
      await expect('getBudget', 200, budget);
      await expect('getBudget', 404, '/v1/admin/limits/none/global');
      await expect('setBudget', 200, budget, { requests: 9, periodMs: 1_000, capacity: 9 });
      await expect('setBudget', 400, budget, { requests: 0, periodMs: 1_000, capacity: 9 });
      await expect('listLimitOverrides', 200, '/v1/admin/limits');
      await expect('resetBudget', 200, budget);
      await expect('clearBudget', 204, `${budget}/override`);

      await expect('explain', 200, '/v1/admin/explain', { method: 'GET', path: '/v1/items' });
      await expect('explain', 400, '/v1/admin/explain', { method: 'GET' });
      await expect('getScorecard', 200, '/v1/admin/scorecard');

      const report = { datastore: 'orders', kind: 'backup', finishedAt: new Date().toISOString(), ok: true, bytes: 7 };
      await expect('reportBackup', 201, '/v1/admin/backups', report);
      await expect('reportBackup', 404, '/v1/admin/backups', { ...report, datastore: 'none' });
      await expect('reportBackup', 422, '/v1/admin/backups', { ...report, finishedAt: '2999-01-01T00:00:00Z' });
      await expect('listBackups', 200, '/v1/admin/backups');
      await expect('listAudit', 200, '/v1/admin/audit?limit=5');

      deepEqual(
        check.operations.map((operation) => operation.id).filter((operation) => !done.has(operation)),
        [],
        'every operation is exercised; those of features that this policy does not ask for have tests of their own',
      );
    }),
  );

  it(
    '[INT-010] [JAM-022] lets in the administrator only :: every operation, every wrong credential',
    within(60_000, async (later) => {
      const { gateway } = await startWithDatabase(later);
      const check = await describedBy(gateway);
      const made = await createCaller(gateway)('POST', '/v1/admin/keys', { label: 'ordinary' });
      const key: string = made.body.text;
      const wrong: Readonly<Record<string, readonly [Readonly<Record<string, string>>, number]>> = {
        'no header': [{}, 401],
        'an empty bearer': [{ authorization: 'Bearer ' }, 401],
        'another scheme': [{ authorization: `Basic ${TOKEN}` }, 401],
        'the bare token': [{ authorization: TOKEN }, 401],
        'a wrong token': [{ authorization: `Bearer ${TOKEN}x` }, 401],
        'a prefix of the token': [{ authorization: `Bearer ${TOKEN.slice(0, -1)}` }, 401],
        'the token in the header of keys': [{ 'x-api-key': TOKEN }, 401],
        'an API key': [{ 'x-api-key': key }, 403],
        'an API key as bearer': [{ authorization: `Bearer ${key}` }, 403],
      };
      const call = createCaller(gateway, null);
      const callRight = createCaller(gateway);
      const bodyOf = (method: string) => (method === 'GET' || method === 'DELETE' ? undefined : {});
      const targetOf = (path: string) => path.replaceAll(/\{[^}]+\}/g, 'x');
      for (const { id, method, path } of check.operations.filter(({ isAdmin }) => !isAdmin)) {
        ok((await call(method, targetOf(path))).status < 300, `${id} needs no credential`);
      }
      for (const { id, method, path } of check.operations.filter(({ isAdmin }) => isAdmin)) {
        for (const [name, [headers, status]] of Object.entries(wrong)) {
          const asked = await call(method, targetOf(path), bodyOf(method), headers);
          equal(asked.status, status, `${id} with ${name}`);
          equal(asked.headers.get('www-authenticate'), status === 401 ? 'Bearer realm="administration"' : null);
          deepEqual(check.faultsOf(id, status, asked.headers.get('content-type'), asked.text), []);
        }
        const right = await callRight(method, targetOf(path), bodyOf(method));
        ok(right.status !== 401 && right.status !== 403, `${id} with the token: ${right.status}`);
      }
      const twice = await rawRequest(
        Number(new URL(gateway.adminUrl).port),
        `GET /v1/admin/keys HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TOKEN}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
      );
      match(twice, /^HTTP\/1\.1 401 /);
      match(twice, /no-store/);
      equal(JSON.stringify(gateway.lines).includes(TOKEN), false);
      const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      match(metrics, /^admin_requests_total\{result="denied"\} [1-9]\d+$/m);
    }),
  );

  it(
    '[INT-011] does not exist without a token :: every method, also with an empty bearer',
    within(20_000, async (later) => {
      for (const env of [{}, { ADMIN_API_KEY: '' }]) {
        const gateway = await startGateway(testPolicy(), later, { env });
        const port = Number(new URL(gateway.adminUrl).port);
        for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
          for (const path of ['/v1/admin', '/v1/admin/keys', '/v1/admin/keys/x/rotate', '/v1/admin/nothing']) {
            for (const line of [
              '',
              'Authorization: Bearer \r\n',
              'Authorization: Bearer undefined\r\n',
              'Authorization:\r\n',
            ]) {
              const answer = await rawRequest(
                port,
                `${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${line}\r\n`,
              );
              match(answer, /^HTTP\/1\.1 404 /, `${method} ${path} ${line}`);
            }
          }
        }
        const { operations } = await describedBy(gateway);
        deepEqual(
          operations.filter(({ isAdmin }) => isAdmin),
          [],
        );
      }
    }),
  );

  it(
    '[INT-009] tenants are made and listed :: a page at a time',
    within(30_000, async (later) => {
      const { gateway } = await startWithDatabase(later);
      const call = createCaller(gateway);
      for (const id of ['a', 'b', 'c']) equal((await call('POST', '/v1/admin/tenants', { id, name: id })).status, 201);
      const first = await call('GET', '/v1/admin/tenants?limit=2');
      equal(first.status, 200);
      deepEqual(
        first.body.items.map(({ id }: { id: string }) => id),
        ['a', 'b'],
      );
      const second = await call('GET', `/v1/admin/tenants?limit=2&after=${first.body.next}`);
      deepEqual(
        second.body.items.map(({ id }: { id: string }) => id),
        ['c'],
      );
      equal(second.body.next, undefined);
    }),
  );
});
