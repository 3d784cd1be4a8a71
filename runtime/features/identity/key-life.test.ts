import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe } from '../../../compiler/testing/suite.ts';
import { defined } from '../../../schemas/data/defined.ts';
import { compiledSystem } from '../../testing/compiled.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { steadyCall as call, keyedPolicy, makeKey, openReplica, TEST_PEPPER, until } from '../../testing/keys.ts';
import { testLimit, testRoute } from '../../testing/policy.ts';
import { startGateway, startUpstream } from '../../testing/servers.ts';
import { sharePostgres } from '../../testing/shared-postgres.ts';
import { FIND_KEY } from './key-records.ts';
import { LIST_ACTIVE } from './list-keys.ts';

const BY = { actor: 'test' };
const SECOND_MS = 1_000;
const JAMEY = compiledSystem('jamey', 'production');
/** How long a rotated key of Jamey works. */
const GRACE_MS = 86_400_000;

describe('the life of an API key', (it) => {
  const test = sharePostgres(it);

  async function setUp(
    later: (cleanUp: () => Promise<unknown>) => void,
    url: string,
    change?: Parameters<typeof keyedPolicy>[1],
  ) {
    const upstream = await startUpstream((_req, res) => res.end('ok'), later);
    // Jamey as it is compiled, unless a test changes something.
    const policy = change === undefined ? JAMEY.policy(upstream) : keyedPolicy(upstream, change);
    const env = { DATABASE_URL: url, API_KEY_PEPPER: TEST_PEPPER, SIGNING_KEY: TEST_PEPPER };
    const clock = createFakeClock();
    const gateway = await startGateway(policy, later, { env, clock });
    const replica = await openReplica(policy, env, clock, later);
    return { policy, env, clock, gateway, replica, apiKeys: replica.identity.apiKeys };
  }

  test(
    '[JAM-021] [JAM-028] [JAM-029] several keys work at once :: not an expired or revoked one, though it is cached',
    30_000,
    async (later, postgres) => {
      const url = await postgres.createDatabase();
      const { gateway, replica, clock } = await setUp(later, url);
      const one = await makeKey(replica, { label: 'one', user: 'jo' });
      const two = await makeKey(replica, { label: 'two', user: 'jo', expiresAtMs: clock.wallMs() + SECOND_MS });
      const past = await makeKey(replica, { label: 'past', expiresAtMs: clock.wallMs() });
      equal((await call(gateway.url, one.text)).status, 200);
      equal((await call(gateway.url, two.text)).status, 200);
      equal((await call(gateway.url, past.text)).status, 401);
      // By hand, as an operator might: the row alone tells every replica. The clock stands still, so no cache time ends.
      await postgres.run(url, 'update seaworthy_api_keys set revoked_at = now() where id = $1', [one.key.id]);
      await until(async () => (await call(gateway.url, one.text)).status === 401);
      clock.advance(SECOND_MS - 1);
      equal((await call(gateway.url, two.text)).status, 200);
      clock.advance(1);
      equal((await call(gateway.url, two.text)).status, 401);
    },
  );

  test(
    '[JAM-023] after a rotation the old key works until the end of grace, to the millisecond, and says so',
    30_000,
    async (later, postgres) => {
      const { gateway, replica, clock, apiKeys } = await setUp(later, await postgres.createDatabase());
      const first = await makeKey(replica, { label: 'one', tenant: 'acme', roles: ['writer'] });
      const before = await call(gateway.url, first.text);
      equal(before.headers.get('deprecation'), null);
      equal(before.headers.get('sunset'), null);
      const rotated = await apiKeys.rotate(first.key.id, {}, BY);
      ok(rotated.kind === 'rotated');
      const endMs = clock.wallMs() + GRACE_MS;
      equal(rotated.old.status, 'grace');
      equal(rotated.old.expiresAtMs, endMs);
      deepEqual([rotated.key.tenant, rotated.key.roles, rotated.key.replaces], ['acme', ['writer'], first.key.id]);
      await until(async () => (await call(gateway.url, first.text)).headers.has('deprecation'));
      clock.advance(GRACE_MS - 1);
      const last = await call(gateway.url, first.text);
      equal(last.status, 200);
      equal(last.headers.get('deprecation'), `@${Math.floor((endMs - GRACE_MS) / 1_000)}`);
      equal(last.headers.get('sunset'), new Date(endMs).toUTCString());
      const fresh = await call(gateway.url, rotated.text);
      equal(fresh.status, 200);
      equal(fresh.headers.get('deprecation'), null);
      match(
        await (await fetch(`${gateway.adminUrl}/metrics`)).text(),
        /api_key_grace_uses_total\{key_type="none"\} [1-9]/,
      );
      clock.advance(1);
      equal((await call(gateway.url, first.text)).status, 401);
      equal((await call(gateway.url, rotated.text)).status, 200);
      const actions = replica.audit.map(({ action, actor, subject, result }) => [action, actor, subject, result]);
      deepEqual(actions, [
        ['key.create', 'test', first.key.id, 'done'],
        ['key.rotate', 'test', first.key.id, 'done'],
      ]);
    },
  );

  test('a rotation after a leak ends the old key at once', 30_000, async (later, postgres) => {
    const { gateway, replica, apiKeys } = await setUp(later, await postgres.createDatabase());
    const leaked = await makeKey(replica, { label: 'leaked' });
    equal((await call(gateway.url, leaked.text)).status, 200);
    const rotated = await apiKeys.rotate(leaked.key.id, { graceMs: 0 }, BY);
    ok(rotated.kind === 'rotated');
    equal(rotated.old.status, 'expired');
    await until(async () => (await call(gateway.url, leaked.text)).status === 401);
    equal((await call(gateway.url, rotated.text)).status, 200);
  });

  test(
    '[JAM-031] a rotation is all or nothing :: a fault between retire and insert leaves the old key as it was',
    30_000,
    async (later, postgres) => {
      const url = await postgres.createDatabase();
      const { gateway, replica, apiKeys } = await setUp(later, url);
      const { key, text } = await makeKey(replica, { label: 'one' });
      const fault = async (statement: string): Promise<void> => {
        await postgres.run(
          url,
          `create or replace function fault() returns trigger language plpgsql as $$
            begin ${statement}; return new; end $$;
           create or replace trigger fault before insert on seaworthy_api_keys for each row execute function fault()`,
        );
      };
      await fault("raise exception 'fault'");
      await rejects(apiKeys.rotate(key.id, {}, BY), /fault/);
      await fault('perform pg_terminate_backend(pg_backend_pid())');
      equal((await apiKeys.rotate(key.id, {}, BY)).kind, 'unavailable');
      const [row] = await postgres.run(url, 'select retired_at, expires_at from seaworthy_api_keys');
      deepEqual(row, { retired_at: null, expires_at: null });
      equal((await call(gateway.url, text)).status, 200);
      equal((await call(gateway.url, text)).headers.get('deprecation'), null);
      await postgres.run(url, 'drop trigger fault on seaworthy_api_keys');
      equal((await apiKeys.rotate(key.id, {}, BY)).kind, 'rotated');
    },
  );

  test(
    'a key has one successor, however often and at once it is rotated :: and at most two of a chain work',
    30_000,
    async (later, postgres) => {
      const { gateway, replica, apiKeys } = await setUp(later, await postgres.createDatabase());
      const a = await makeKey(replica, { label: 'a' });
      const tries = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          apiKeys.rotate(a.key.id, { idempotencyKey: index < 4 ? 'same' : `other ${index}` }, BY),
        ),
      );
      const made = tries.filter((result) => result.kind === 'rotated');
      equal(made.length, 1);
      const [b] = made;
      ok(b?.kind === 'rotated');
      for (const result of tries) {
        if (result.kind === 'repeated') equal(result.key.id, b.key.id);
        if (result.kind === 'refused') equal(result.reason, 'already-rotated');
        equal('text' in result, result === b, 'the text is shown once');
      }
      const c = await apiKeys.rotate(b.key.id, {}, BY);
      ok(c.kind === 'rotated');
      deepEqual(c.ended, [a.key.id]);
      await until(async () => (await call(gateway.url, a.text)).status === 401);
      equal((await call(gateway.url, b.text)).status, 200);
      equal((await call(gateway.url, c.text)).status, 200);
      await apiKeys.revoke(c.key.id, BY);
      const again = await apiKeys.rotate(c.key.id, {}, BY);
      ok(again.kind === 'refused' && again.reason === 'not-active');
      const none = await apiKeys.rotate('0000000000', {}, BY);
      ok(none.kind === 'refused' && none.reason === 'not-found');
    },
  );

  test(
    '[JAM-024] [JAM-025] a key is stored with its times and its digest, never itself :: and survives a restart',
    30_000,
    async (later, postgres) => {
      const url = await postgres.createDatabase();
      const { gateway, replica, policy, env, clock } = await setUp(later, url);
      const { key, text } = await makeKey(replica, { label: 'one', expiresAtMs: clock.wallMs() + 60_000 });
      equal((await call(gateway.url, text)).status, 200);
      await gateway.runtime.stop();
      const [row] = await postgres.run(url, 'select * from seaworthy_api_keys');
      const columns = ['id', 'digest', 'label', 'created_at', 'expires_at', 'revoked_at', 'last_used_at', 'last4'];
      const more = ['key_type', 'roles', 'tenant', 'replaces'];
      for (const column of [...columns, ...more]) ok(row !== undefined && column in row, column);
      const secret = text.split('_')[3] ?? '';
      const digest: unknown = row?.['digest'];
      ok(digest instanceof Uint8Array);
      deepEqual(Buffer.from(digest), createHmac('sha256', TEST_PEPPER).update(secret).digest());
      const dump = JSON.stringify(await postgres.run(url, 'select k::text from seaworthy_api_keys k'));
      ok(dump.includes(Buffer.from(digest).toString('hex')));
      for (const place of [dump, JSON.stringify(gateway.lines), JSON.stringify(replica.audit)]) {
        equal(place.includes(secret), false);
      }
      const shown = JSON.stringify([await replica.identity.apiKeys.list(), await replica.identity.apiKeys.get(key.id)]);
      ok(shown.includes(text.slice(-4)) && shown.includes(`jamey_production_${key.id}`));
      equal(shown.includes(secret) || shown.includes('digest'), false);
      const second = await startGateway(policy, later, { env, clock });
      equal((await call(second.url, text)).status, 200);
    },
  );

  test(
    '[JAM-026] [JAM-027] digests are unique and indexed, and so is what is active :: as the plans of the server show',
    30_000,
    async (later, postgres) => {
      const url = await postgres.createDatabase();
      const { replica } = await setUp(later, url);
      const { key } = await makeKey(replica, { label: 'one' });
      await rejects(
        postgres.run(
          url,
          "insert into seaworthy_api_keys (id, digest, label) select '0000000000', digest, 'copy' from seaworthy_api_keys",
        ),
        /seaworthy_api_keys_digest/,
      );
      await postgres.run(
        url,
        `insert into seaworthy_api_keys (id, digest, label, expires_at, revoked_at)
           select lpad(n::text, 10, '0'), sha256(n::text::bytea), 'old', now() - interval '1 day', now()
             from generate_series(1, 5000) n;
         analyze seaworthy_api_keys`,
      );
      const plan = async (sql: string, parameters: readonly unknown[]) =>
        JSON.stringify(await postgres.run(url, `explain ${sql}`, parameters));
      match(await plan(FIND_KEY, [key.id]), /Index Scan using seaworthy_api_keys_pkey/);
      match(
        await plan('select id from seaworthy_api_keys where digest = $1', [Buffer.alloc(32)]),
        /using seaworthy_api_keys_digest/,
      );
      match(await plan(LIST_ACTIVE, [new Date().toISOString()]), /seaworthy_api_keys_active/);
      const active = await replica.identity.apiKeys.list({ state: 'active' });
      ok(active.kind === 'listed');
      deepEqual(
        active.keys.map(({ id }) => id),
        [key.id],
      );
      const seen = new Set<string>();
      let after: string | undefined;
      do {
        const page = await replica.identity.apiKeys.list({ limit: 200, ...defined({ after }) });
        ok(page.kind === 'listed');
        for (const { id } of page.keys) seen.add(id);
        after = page.next;
      } while (after !== undefined);
      equal(seen.size, 5_001);
    },
  );

  test(
    '[JAM-030] a use is noted, a refusal is not :: in a batch, also at the drain',
    30_000,
    async (later, postgres) => {
      const url = await postgres.createDatabase();
      const routes = [
        testRoute({ auth: 'api-key' }),
        testRoute({ id: 'roles', path: '/roles', auth: 'api-key', roles: ['writer'] }),
        testRoute({ id: 'limited', path: '/limited', auth: 'api-key', limits: ['never'] }),
      ];
      const limits = { never: testLimit({ requests: 1, periodMs: 86_400_000, capacity: 1 }) };
      const { gateway, replica, clock } = await setUp(later, url, {
        keys: { lastUsedFlushMs: 20 },
        policy: { routes, limits },
      });
      const { key, text } = await makeKey(replica, { label: 'one' });
      const lastUsed = async () => {
        const found = await replica.identity.apiKeys.get(key.id);
        return found.kind === 'found' ? found.key.lastUsedAtMs : undefined;
      };
      equal((await call(gateway.url, text)).status, 200);
      const firstMs = clock.wallMs();
      await until(async () => (await lastUsed()) === firstMs);
      equal((await call(gateway.url, text, '/limited')).status, 200);
      clock.advance(10);
      equal((await call(gateway.url, text, '/limited')).status, 429);
      const forbidden = await call(gateway.url, text, '/roles');
      equal(forbidden.status, 403);
      equal(forbidden.headers.get('content-type'), 'application/problem+json');
      const unknown = text.replace(/^(harbour_test_)/, '$1x');
      equal((await call(gateway.url, unknown)).status, 401);
      clock.advance(10);
      await new Promise((resolve) => setTimeout(resolve, 100));
      equal(await lastUsed(), firstMs);
      // What waits when the process ends is written then.
      const { gateway: slow, clock: slowClock } = await setUp(later, url, { keys: { lastUsedFlushMs: 600_000 } });
      slowClock.advance(60_000);
      equal((await call(slow.url, text)).status, 200);
      equal(await lastUsed(), firstMs);
      await slow.runtime.stop();
      equal(await lastUsed(), slowClock.wallMs());
    },
  );

  test(
    'a key needs one of the roles of the route, otherwise 403 :: and its type and tier must be of the policy',
    30_000,
    async (later, postgres) => {
      const { gateway, replica, apiKeys } = await setUp(later, await postgres.createDatabase(), {
        keys: { types: ['standard', 'premium'] },
        policy: { routes: [testRoute({ auth: 'api-key', roles: ['reader', 'writer'] })] },
      });
      const writer = await makeKey(replica, { label: 'w', roles: ['writer', 'other'], keyType: 'premium' });
      const other = await makeKey(replica, { label: 'o', roles: ['other'] });
      const nobody = await makeKey(replica, { label: 'n' });
      equal((await call(gateway.url, writer.text)).status, 200);
      equal((await call(gateway.url, other.text)).status, 403);
      equal((await call(gateway.url, nobody.text)).status, 403);
      equal((await call(gateway.url)).status, 401);
      const wrong = [
        { label: 'x', keyType: 'gold' },
        { label: '' },
        { label: 'x\ny' },
        { label: 'x', roles: ['Not A Name'] },
        { label: 'x', tenant: 'two words' },
        { label: 'x', expiresAtMs: Number.NaN },
      ];
      for (const key of wrong) {
        const result = await apiKeys.create(key, BY);
        ok(result.kind === 'refused' && result.reason === 'invalid', JSON.stringify(key));
      }
    },
  );
});
