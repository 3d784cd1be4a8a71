import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe } from '../../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { steadyCall as call, keyedPolicy, makeKey, openReplica, TEST_PEPPER, until } from '../../testing/keys.ts';
import { testLimit, testRoute } from '../../testing/policy.ts';
import { startGateway, startUpstream } from '../../testing/servers.ts';
import { sharePostgres } from '../../testing/shared-postgres.ts';
import { warnOfTenants } from './fixed-callers.ts';

const BY = { actor: 'test' };
const SINGLE = { store: 'memory', single: { id: 'default', keyEnv: 'API_KEY' } } as const;
const IN_DATABASE = { store: 'database', tiers: ['free', 'pro'] } as const;

describe('tenants', (it) => {
  const test = sharePostgres(it);

  async function setUp(
    later: (cleanUp: () => Promise<unknown>) => void,
    url: string,
    tenants: NonNullable<RuntimePolicy['auth']['tenants']>,
    more: { readonly env?: Record<string, string>; readonly policy?: Partial<RuntimePolicy> } = {},
  ) {
    const seen: NodeJS.Dict<string | string[]>[] = [];
    const upstream = await startUpstream((req, res) => {
      seen.push(req.headers);
      res.end('ok');
    }, later);
    const policy = keyedPolicy(upstream, { tenants, policy: more.policy ?? {} });
    const env = { DATABASE_URL: url, API_KEY_PEPPER: TEST_PEPPER, ...more.env };
    const clock = createFakeClock();
    const gateway = await startGateway(policy, later, { env, clock });
    return { gateway, seen, policy, env, clock };
  }

  test(
    '[INT-006] [INT-007] one tenant in memory has the key of the variable, of any form :: and it is never forwarded',
    30_000,
    async (later, postgres) => {
      const key = randomBytes(32).toString('hex');
      const { gateway, seen } = await setUp(later, await postgres.createDatabase(), SINGLE, { env: { API_KEY: key } });
      equal((await call(gateway.url, key)).status, 200);
      equal(seen[0]?.['x-consumer-tenant'], 'default');
      equal((await call(gateway.url, key, '/open')).status, 200);
      for (const headers of seen) equal(headers['x-api-key'], undefined);
      for (const wrong of [undefined, '', `${key}0`, key.slice(1), key.toUpperCase(), 'dev-api-key']) {
        equal((await call(gateway.url, wrong)).status, 401, wrong);
      }
      equal(JSON.stringify(gateway.lines).includes(key), false);
      const shown = await (await fetch(`${gateway.adminUrl}/policy`)).text();
      match(shown, /"tenants":\{"store":"memory","single":\{"id":"default"/);
    },
  );

  test('an empty variable is nobody, not a tenant with an empty key', 30_000, async (later, postgres) => {
    const { gateway } = await setUp(later, await postgres.createDatabase(), SINGLE, { env: { API_KEY: '' } });
    equal((await call(gateway.url, '')).status, 401);
    equal((await call(gateway.url, 'anything')).status, 401);
    ok(gateway.lines.some(({ msg }) => msg === 'API_KEY is not set: nobody is the tenant default'));
  });

  test(
    '[INT-001] [INT-002] in development any key is the one tenant :: with the mode off the same request gets 401',
    30_000,
    async (later, postgres) => {
      const url = await postgres.createDatabase();
      const random = randomBytes(12).toString('hex');
      const development = { id: 'dev', enabled: true };
      const { gateway, seen, policy, env, clock } = await setUp(later, url, { store: 'memory', development });
      equal((await call(gateway.url, random)).status, 200);
      equal(seen[0]?.['x-consumer-tenant'], 'dev');
      equal((await call(gateway.url)).status, 401);
      ok(gateway.lines.some(({ level, msg }) => level === 'warn' && String(msg).startsWith('development mode')));
      const replica = await openReplica(policy, env, clock, later);
      const issued = await makeKey(replica, { label: 'one', tenant: 'acme' });
      equal((await call(gateway.url, issued.text)).status, 200);
      equal(seen.at(-1)?.['x-consumer-tenant'], 'acme', 'a key that was issued keeps its own tenant');
      const off = await setUp(
        later,
        url,
        { store: 'memory', development: { id: 'dev', enabled: false } },
        {
          policy: { stage: 'production' },
        },
      );
      equal((await call(off.gateway.url, random)).status, 401);
    },
  );

  it('[INT-003] [INT-004] warns of a key that is short, a word or a pattern :: not of a random one, and never shows it', () => {
    const said = (API_KEY: string) => warnOfTenants(SINGLE, { API_KEY }).join();
    for (const weak of ['dev-api-key', 'hunter2', 'a'.repeat(64), 'abcabcabc'.repeat(8)]) {
      equal(said(weak), 'API_KEY is weak: make it at least 32 random bytes');
    }
    for (const form of ['hex', 'base64'] as const) equal(said(randomBytes(32).toString(form)), '');
    equal(said(''), 'API_KEY is not set: nobody is the tenant default');
    equal(warnOfTenants(undefined, { API_KEY: 'hunter2' }).length, 0);
  });

  test(
    '[INT-008] a tenant in the table works without restart, a removed one stops :: tiers come from the table',
    30_000,
    async (later, postgres) => {
      const url = await postgres.createDatabase();
      const limit = testLimit({
        per: 'tenant',
        requests: 1,
        periodMs: 86_400_000,
        capacity: 20,
        variants: { pro: { requests: 1, periodMs: 86_400_000, capacity: 40 } },
      });
      const { gateway, policy, env, clock } = await setUp(later, url, IN_DATABASE, {
        policy: { routes: [testRoute({ auth: 'api-key', limits: ['tenant'] })], limits: { tenant: limit } },
      });
      const replica = await openReplica(policy, env, clock, later);
      const { tenants, apiKeys } = replica.identity;
      ok(tenants !== undefined);
      const early = await apiKeys.create({ label: 'early', tenant: 'acme' }, BY);
      ok(early.kind === 'refused' && early.reason === 'invalid', 'a key needs a tenant that is there');
      await postgres.run(url, "insert into seaworthy_tenants (id, name, tier) values ('acme', 'Acme', 'free')");
      const key = await makeKey(replica, { label: 'one', tenant: 'acme' });
      const free = await call(gateway.url, key.text);
      equal(free.status, 200);
      match(free.headers.get('ratelimit') ?? '', /r=19/);
      // The clock stands still: no cache time ends, so all that follows was told.
      equal((await tenants.update('acme', { tier: 'pro' }, BY)).kind, 'updated');
      // Asking costs a request each time; only the larger bucket has more than nineteen left.
      const left = async (): Promise<number> => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        return Number(/r=(\d+)/.exec((await call(gateway.url, key.text)).headers.get('ratelimit') ?? '')?.[1]);
      };
      await until(async () => (await left()) > 19);
      equal((await tenants.update('acme', { active: false }, BY)).kind, 'updated');
      await until(async () => (await call(gateway.url, key.text)).status === 403);
      equal((await tenants.update('acme', { active: true }, BY)).kind, 'updated');
      await until(async () => (await call(gateway.url, key.text)).status !== 403);
      await postgres.run(url, "delete from seaworthy_tenants where id = 'acme'");
      await until(async () => (await call(gateway.url, key.text)).status === 403);
      // It is known not to be there, and that is unlearned at once when it comes.
      equal((await tenants.create({ id: 'acme', name: 'Acme again', tier: 'pro' }, BY)).kind, 'created');
      await until(async () => (await call(gateway.url, key.text)).status !== 403);
    },
  );

  test('tenants are listed, and wrong ones are refused', 30_000, async (later, postgres) => {
    const { policy, env, clock } = await setUp(later, await postgres.createDatabase(), IN_DATABASE);
    const replica = await openReplica(policy, env, clock, later);
    const { tenants } = replica.identity;
    ok(tenants !== undefined);
    for (const id of ['a', 'b', 'c']) equal((await tenants.create({ id, name: id, tier: 'free' }, BY)).kind, 'created');
    const wrong = [
      [{ id: 'a', name: 'again' }, 'exists'],
      [{ id: 'Not Good', name: 'x' }, 'invalid'],
      [{ id: 'd', name: '' }, 'invalid'],
      [{ id: 'd', name: 'x', tier: 'gold' }, 'invalid'],
    ] as const;
    for (const [tenant, reason] of wrong) {
      const result = await tenants.create(tenant, BY);
      ok(result.kind === 'refused' && result.reason === reason, JSON.stringify(tenant));
    }
    const none = await tenants.update('nobody', { name: 'x' }, BY);
    ok(none.kind === 'refused' && none.reason === 'not-found');
    const first = await tenants.list({ limit: 2 });
    ok(first.kind === 'listed' && first.next !== undefined);
    const rest = await tenants.list({ after: first.next });
    ok(rest.kind === 'listed' && rest.next === undefined);
    deepEqual(
      [...first.tenants, ...rest.tenants].map(({ id }) => id),
      ['a', 'b', 'c'],
    );
    equal(replica.audit.filter(({ result }) => result === 'refused').length, wrong.length + 1);
  });

  test(
    '[INT-056] [INT-058] readiness names the database, and the tenant store only where it is the database',
    30_000,
    async (later, postgres) => {
      const url = await postgres.createDatabase();
      const { gateway, clock } = await setUp(later, url, IN_DATABASE);
      const ready = async () => {
        // Verdicts are shared for a second.
        clock.advance(1_001);
        const response = await fetch(`${gateway.url}/ready`);
        return { status: response.status, body: await response.text() };
      };
      equal((await ready()).status, 200);
      await postgres.run(url, 'alter table seaworthy_tenants rename to broken');
      const broken = await ready();
      equal(broken.status, 503);
      match(broken.body, /"away":\["tenant-store"\]/);
      await postgres.run(url, 'alter table broken rename to seaworthy_tenants');
      equal((await ready()).status, 200);
      await postgres.kill();
      const away = await ready();
      equal(away.status, 503);
      match(away.body, /"away":\["database","tenant-store"\]/);
      await postgres.restart();
      await until(async () => (await ready()).status === 200);
      const memory = await setUp(later, url, SINGLE, { env: { API_KEY: randomBytes(32).toString('hex') } });
      const body = await (await fetch(`${memory.gateway.url}/ready`)).text();
      equal(body.includes('tenant'), false);
      equal(body.includes('database'), true);
    },
  );
});
