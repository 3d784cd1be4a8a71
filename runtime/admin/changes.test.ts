import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../compiler/testing/suite.ts';
import { becomesReady, createCaller, PEPPER, startWithDatabase, TOKEN } from '../testing/administration.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { until } from '../testing/keys.ts';
import { startGateway, within } from '../testing/servers.ts';

describe('changes by administrators', (it) => {
  it(
    "[SIM-045] writes one line for each change of an API key and all else, with who, what, whose request and what came of it :: and never a secret; signing in an HSM is the product's",
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
      let listed = await call('GET', '/v1/admin/audit');
      // Lines are written down after their answers; how soon is the machine's affair.
      await until(async () => {
        listed = await call('GET', '/v1/admin/audit');
        return listed.body.items.length >= lines.length;
      });
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
      const endMs = performance.now() + 20_000;
      let actions: readonly string[] = [];
      while (performance.now() < endMs && actions.length < 3) {
        const listed = await call('GET', '/v1/admin/audit');
        if (listed.status === 200) actions = listed.body.items.map(({ action }: { action: string }) => action);
        await sleep(100);
      }
      deepEqual(actions, ['backup.report', 'key.create', 'breaker.open']);
      // The first insertion was sent before the freeze ended and again after it.
      await sleep(1_500);
      equal((await call('GET', '/v1/admin/audit')).body.items.length, 3);
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
      await becomesReady(other);
      // A scrape does not wait long for the database; a later one has what it read.
      while ((await read(other.adminUrl))('restore_drill_last_success_timestamp_seconds') === 0) await sleep(200);
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
      equal((await call('PUT', budget, { requests: 5, periodMs: 3_600_000, capacity: 5 })).status, 200);
      equal(await admitted(one.text), 5);
      equal(await admitted(other.text), 3);
      clock.advance(3_600_000);
      equal(await admitted(one.text), 5);
      equal(await admitted(other.text), 3);
      const changed = { ...policy, routes: policy.routes.map((route) => ({ ...route, timeoutMs: 2_000 })) };
      equal((await gateway.runtime.reload({ policy: changed, digest: 'another' })).kind, 'reloaded');
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
