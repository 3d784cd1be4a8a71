import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { requireTool } from '../../compiler/testing/real-tools.ts';
import { describe } from '../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Clock } from '../policies/clock.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { checkAgainst, type OpenApiCheck } from '../testing/open-api.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { startPostgres } from '../testing/postgres.ts';
import { type Gateway, rawRequest, startGateway, startUpstream, within } from '../testing/servers.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

const TOKEN = randomBytes(24).toString('hex');
const PEPPER = randomBytes(24).toString('hex');

function adminPolicy(upstream: string, change: Partial<RuntimePolicy> = {}): RuntimePolicy {
  const base = testPolicy();
  return testPolicy({
    upstreams: { main: testUpstream(upstream) },
    auth: {
      ...base.auth,
      apiKeys: { ...base.auth.apiKeys, types: ['standard', 'premium'], graceMs: 60_000 },
      tenants: { store: 'database', tiers: ['standard', 'professional'] },
    },
    limits: { 'per-key': testLimit({ scope: 'api-key', requests: 3, perMs: 3_600_000, burst: 3 }) },
    providers: {
      llm: {
        timeoutMs: 900,
        breaker: { consecutiveFailures: 5, openMs: 1_000, halfOpenProbes: 1 },
        pool: { name: 'llm', maxConcurrent: 3, queue: { max: 4, waitMs: 500 } },
      },
    },
    backups: { orders: { rpoMs: 3_600_000, rtoMs: 7_200_000, drillEveryMs: 86_400_000 } },
    routes: [testRoute({ auth: 'api-key', limits: ['per-key'] })],
    ...change,
  });
}

interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape that the OpenAPI document says
  readonly body: any;
}

function createCaller({ adminUrl }: Gateway, token: string | null = TOKEN) {
  return async (method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${adminUrl}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    } satisfies Asked;
  };
}

async function startWithDatabase(later: Later, change: Partial<RuntimePolicy> = {}, clock?: Clock) {
  const postgres = await startPostgres(requireTool('postgres'));
  later(() => postgres.stop());
  const upstream = await startUpstream((_req, res) => res.end('ok'), later);
  const policy = adminPolicy(upstream, change);
  const gateway = await startGateway(policy, later, {
    env: { DATABASE_URL: postgres.url, ADMIN_API_KEY: TOKEN, API_KEY_PEPPER: PEPPER },
    readPolicy: async () => JSON.stringify(policy),
    ...(clock === undefined ? {} : { clock }),
  });
  return { gateway, postgres, policy };
}

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
      await expect('setBudget', 200, budget, { requests: 9, perMs: 1_000, burst: 9 });
      await expect('setBudget', 400, budget, { requests: 0, perMs: 1_000, burst: 9 });
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
        // These have a test of their own, caches.test.ts.
        ['listCaches', 'invalidateCaches', 'clearCache'],
        'every operation is exercised',
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

  it(
    '[SIM-045] writes one line for each change, with who, what, whose request and what came of it :: and never a secret',
    within(30_000, async (later) => {
      const { gateway, postgres } = await startWithDatabase(later);
      const call = createCaller(gateway);
      const made = await call('POST', '/v1/admin/keys', { label: 'one' });
      const { id } = made.body.key;
      const rotate = () => call('POST', `/v1/admin/keys/${id}/rotate`, undefined, { 'idempotency-key': 'again' });
      const rotated = await rotate();
      notEqual(rotated.body.text, made.body.text);
      const again = await rotate();
      equal(again.body.text, undefined, 'shown once');
      equal(again.body.key.id, rotated.body.key.id);
      await call('DELETE', `/v1/admin/keys/${id}`);
      await call('DELETE', '/v1/admin/keys/0000000000');
      const lines = gateway.lines.filter(({ kind }) => kind === 'audit');
      deepEqual(
        lines.map(({ action, subject, result }) => [action, subject, result]),
        [
          ['key.create', id, 'done'],
          ['key.rotate', id, 'done'],
          ['key.rotate', id, 'repeated'],
          ['key.revoke', id, 'done'],
          ['key.revoke', '0000000000', 'refused'],
        ],
      );
      equal(lines[1]?.['request_id'], rotated.headers.get('x-request-id'));
      ok(lines.every(({ actor }) => actor === 'administrator'));
      const listed = await call('GET', '/v1/admin/audit');
      equal(listed.body.isPersistent, true);
      deepEqual(
        listed.body.items.map(({ action, requestId }: { action: string; requestId: string }) => [action, requestId]),
        lines.map(({ action, request_id: requestId }) => [action, requestId]).reverse(),
      );
      const everything = `${JSON.stringify(gateway.lines)}${listed.text}${await (await fetch(`${gateway.adminUrl}/metrics`)).text()}`;
      for (const secret of [made.body.text, rotated.body.text, TOKEN, PEPPER]) {
        equal(everything.includes(secret.split('_').at(-2) ?? secret), false);
      }
      const client = new (await import('pg')).default.Client({ connectionString: postgres.url });
      await client.connect();
      later(() => client.end());
      for (const sql of [
        'delete from seaworthy_audit',
        "update seaworthy_audit set actor = 'x'",
        'truncate seaworthy_audit',
      ]) {
        const said = await client.query(sql).then(
          () => 'done',
          (error: Error) => error.message,
        );
        equal(said, 'rows of seaworthy_audit are only ever added');
      }
    }),
  );

  it(
    'keeps breakers in reach while the database is away, and writes the audit down later',
    within(60_000, async (later) => {
      const { gateway, postgres } = await startWithDatabase(later);
      const call = createCaller(gateway);
      postgres.freeze();
      const started = performance.now();
      const change = await call('POST', '/v1/admin/breakers', { kind: 'provider', name: 'llm', action: 'open' });
      equal(change.status, 200);
      equal(change.body.breaker.forced, 'open');
      ok(performance.now() - started < 1_000);
      equal((await call('POST', '/v1/admin/keys', { label: 'x' })).status, 503);
      const report = { datastore: 'orders', kind: 'backup', finishedAt: new Date().toISOString(), ok: true };
      equal((await call('POST', '/v1/admin/backups', report)).status, 503);
      postgres.thaw();
      const until = performance.now() + 20_000;
      let actions: readonly string[] = [];
      while (performance.now() < until && !actions.includes('breaker.open')) {
        const listed = await call('GET', '/v1/admin/audit');
        if (listed.status === 200) actions = listed.body.items.map(({ action }: { action: string }) => action);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      deepEqual(actions, ['backup.report', 'key.create', 'breaker.open']);
    }),
  );

  it(
    'winds the clock of recovery objectives :: a bad or late report does not, and it outlives the process',
    within(60_000, async (later) => {
      const { gateway, postgres, policy } = await startWithDatabase(later);
      const call = createCaller(gateway);
      const at = (agoMs: number) => new Date(Date.now() - agoMs).toISOString();
      const report = (finishedAt: string, ok_: boolean, kind = 'backup') =>
        call('POST', '/v1/admin/backups', { datastore: 'orders', kind, finishedAt, ok: ok_ });
      const read = async (url = gateway.adminUrl) => {
        const text = await (await fetch(`${url}/metrics`)).text();
        return (name: string) => Number(new RegExp(`^${name}\\{datastore="orders"\\} (\\S+)$`, 'm').exec(text)?.[1]);
      };
      equal((await read())('backup_last_success_timestamp_seconds'), 0);
      equal((await read())('backup_rpo_seconds'), 3_600);
      const good = at(60_000);
      equal((await report(good, true)).body.backup.isWithinRpo, true);
      await report(at(7_200_000), true);
      const bad = await report(at(1_000), false);
      equal(bad.body.backup.lastBackupOk, false);
      equal(bad.body.backup.isWithinRpo, true);
      const drill = at(5_000);
      await report(drill, true, 'restore-drill');
      const other = await startGateway(policy, later, {
        env: { DATABASE_URL: postgres.url, ADMIN_API_KEY: TOKEN, API_KEY_PEPPER: PEPPER },
      });
      for (const url of [gateway.adminUrl, other.adminUrl]) {
        const value = await read(url);
        equal(value('backup_last_success_timestamp_seconds'), Date.parse(good) / 1_000);
        equal(value('restore_drill_last_success_timestamp_seconds'), Date.parse(drill) / 1_000);
      }
    }),
  );

  it(
    "[JAM-039] changes one key's limit at run time, and it lasts :: before its first use, after a window, over a reload",
    within(60_000, async (later) => {
      const clock = createFakeClock();
      const { gateway, policy } = await startWithDatabase(later, {}, clock);
      const call = createCaller(gateway);
      const make = async () => (await call('POST', '/v1/admin/keys', { label: 'k' })).body;
      const [one, other] = [await make(), await make()];
      const admitted = async (text: string): Promise<number> => {
        for (let count = 0; count < 20; count += 1) {
          const { status } = await fetch(`${gateway.url}/v1/items`, { headers: { 'x-api-key': text } });
          if (status !== 200) return count;
        }
        return 20;
      };
      const budget = `/v1/admin/limits/per-key/${encodeURIComponent(`key:${one.key.id}`)}`;
      equal((await call('PUT', budget, { requests: 5, perMs: 3_600_000, burst: 5 })).status, 200);
      equal(await admitted(one.text), 5);
      equal(await admitted(other.text), 3);
      clock.advance(3_600_000);
      equal(await admitted(one.text), 5);
      equal(await admitted(other.text), 3);
      const changed = { ...policy, routes: policy.routes.map((route) => ({ ...route, timeoutMs: 2_000 })) };
      equal(gateway.runtime.reload({ policy: changed, digest: 'another' }).kind, 'reloaded');
      clock.advance(3_600_000);
      equal(await admitted(one.text), 5);
      const reset = await call('DELETE', budget);
      equal(reset.body.budget.remaining, 5);
      equal(await admitted(one.text), 5);
      equal((await call('DELETE', `${budget}/override`)).status, 204);
      clock.advance(3_600_000);
      equal(await admitted(one.text), 3);
    }),
  );

  it(
    'explains what would become of a request, and leaves no trace of it',
    within(60_000, async (later) => {
      const { gateway } = await startWithDatabase(later);
      const call = createCaller(gateway);
      const { text, key } = (await call('POST', '/v1/admin/keys', { label: 'k' })).body;
      const ask = async (body: unknown) => (await call('POST', '/v1/admin/explain', body)).body;
      const headers = { 'x-api-key': text };
      const scrape = async () =>
        (await (await fetch(`${gateway.adminUrl}/metrics`)).text())
          .split('\n')
          .filter((line) => /^(?:http_server|ratelimit_requests|auth_failures|front_door)/.test(line));
      const before = await scrape();
      const lines = gateway.lines.length;
      const good = await ask({ method: 'GET', path: '/v1/items?a=1', headers, client: '203.0.113.7' });
      equal(good.outcome, 'forwarded');
      equal(good.route.id, 'items');
      equal(good.principal.keyId, key.id);
      equal(good.upstream.name, 'main');
      deepEqual(good.client, { address: '203.0.113.7', key: '203.0.113.7' });
      deepEqual(good.limits, [
        { limit: 'per-key', identity: `key:${key.id}`, cost: 1, isDryRun: false, remaining: 3, resetMs: 0 },
      ]);
      const last = async (body: unknown) => {
        const { status, steps } = await ask(body);
        return [status, steps.at(-1).name, steps.at(-1).reason];
      };
      deepEqual(await last({ method: 'GET', path: '/v1/items' }), [401, 'credential', 'auth:missing']);
      deepEqual(await last({ method: 'GET', path: '/none' }), [404, 'route', 'There is nothing here.']);
      deepEqual(await last({ method: 'GET', path: '/a/../b' }), [400, 'front door', 'front-door:path']);
      deepEqual(await scrape(), before);
      equal(gateway.lines.length, lines);
      for (let count = 0; count < 3; count += 1) await fetch(`${gateway.url}/v1/items`, { headers });
      deepEqual(await last({ method: 'GET', path: '/v1/items', headers }), [429, 'limits', 'rate-limited:per-key']);
    }),
  );
});
