/** The rate limits that the systems ask for, each as its control says it is proved. Time is a fake clock's. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import type { Limit, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { type Caller, type LibraryApp, startLibraryApp } from '../../testing/library-app.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../../testing/policy.ts';
import { startGateway, startUpstream, within } from '../../testing/servers.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

interface Shape {
  readonly limits: Readonly<Record<string, Partial<Limit>>>;
  /** Limits by path. */
  readonly routes: Readonly<Record<string, readonly string[]>>;
  readonly auth?: 'none' | 'api-key';
  readonly change?: Partial<RuntimePolicy>;
}

function shape({ limits, routes, auth = 'none', change = {} }: Shape): RuntimePolicy {
  return testPolicy({
    trust: { proxyCidrs: ['127.0.0.0/8'] },
    limits: Object.fromEntries(Object.entries(limits).map(([id, limit]) => [id, testLimit(limit)])),
    routes: Object.entries(routes).map(([path, ids]) =>
      testRoute({ id: path.slice(1), path, match: 'exact', auth, limits: [...ids] }),
    ),
    ...change,
  });
}

const from = (client: string) => ({ 'x-forwarded-for': client });
const passed = (statuses: readonly number[]): number => statuses.filter((status) => status === 200).length;

/** `count` calls spread evenly over `spanMs`; their statuses. */
async function spread(
  clock: { advance(ms: number): void },
  count: number,
  spanMs: number,
  call: (index: number) => Promise<Response>,
): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) {
    statuses.push((await call(index)).status);
    clock.advance(spanMs / count);
  }
  return statuses;
}

async function times(count: number, call: (index: number) => Promise<Response>): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) statuses.push((await call(index)).status);
  return statuses;
}

const ZONES: Shape = {
  limits: {
    boardroom: { requests: 2, periodMs: SECOND, capacity: 1 },
    standard: { requests: 10, periodMs: SECOND, capacity: 1 },
  },
  routes: { '/boardroom': ['boardroom'], '/standard': ['standard'] },
};

describe('limits of the controls', (it) => {
  const test = (
    title: string,
    wanted: Shape,
    run: (app: LibraryApp, clock: ReturnType<typeof createFakeClock>) => Promise<void>,
  ) =>
    it(
      title,
      within(20_000, async (later) => {
        const clock = createFakeClock();
        await run(await startLibraryApp(shape(wanted), later, { clock }), clock);
      }),
    );

  test('[SIQ-015] admits 2 a second to the boardroom :: of 26 in a second at most 3', ZONES, async (app, clock) => {
    equal(passed(await spread(clock, 26, SECOND, () => app.call('/boardroom'))), 2);
    clock.advance(10 * SECOND);
    equal(passed(await times(26, () => app.call('/boardroom'))), 1);
  });

  test('[SIQ-016] admits 10 a second elsewhere :: of 60 in a second at most 11', ZONES, async (app, clock) => {
    equal(passed(await spread(clock, 60, SECOND, () => app.call('/standard'))), 10);
  });

  test('[SIQ-017] counts the two zones apart', ZONES, async (app, clock) => {
    await times(5, () => app.call('/boardroom'));
    equal((await app.call('/boardroom')).status, 429);
    equal((await app.call('/standard')).status, 200);
    equal((await app.call('/standard')).status, 429);
    clock.advance(10 * SECOND);
    await times(5, () => app.call('/standard'));
    equal((await app.call('/standard')).status, 429);
    equal((await app.call('/boardroom')).status, 200);
  });

  test('[SIQ-018] refuses with 429 and Retry-After', ZONES, async (app) => {
    await app.call('/boardroom');
    const refused = await app.call('/boardroom');
    deepEqual([refused.status, refused.headers.get('retry-after')], [429, '1']);
  });

  test(
    '[SIQ-070] bounds what many clients may do together :: 10 clients at 2 a second, at most 5 a second of all',
    {
      limits: {
        each: { requests: 2, periodMs: SECOND, capacity: 1 },
        all: { per: 'global', requests: 5, periodMs: SECOND, capacity: 1 },
      },
      routes: { '/boardroom': ['each', 'all'] },
    },
    async (app, clock) => {
      const statuses = await spread(clock, 200, 10 * SECOND, (index) =>
        app.call('/boardroom', undefined, from(`203.0.113.${index % 10}`)),
      );
      equal(passed(statuses), 50);
      ok(statuses.every((status) => status === 200 || status === 429));
    },
  );

  test(
    '[JAM-032] holds all keys together to 50 a second',
    {
      limits: { ceiling: { per: 'global', requests: 50, periodMs: SECOND, capacity: 1 } },
      routes: { '/v1': ['ceiling'] },
      auth: 'api-key',
    },
    async (app, clock) => {
      const statuses = await spread(clock, 100, SECOND, (index) => app.call('/v1', { keyId: `k${index}` }));
      equal(passed(statuses), 50);
      equal(statuses.filter((status) => status === 429).length, 50);
    },
  );

  const BY_KEY: Shape = {
    limits: {
      key: {
        per: 'api-key',
        requests: 5,
        periodMs: MINUTE,
        capacity: 5,
        variants: { partner: { requests: 9, periodMs: MINUTE, capacity: 9 } },
      },
    },
    routes: { '/v1': ['key'] },
    auth: 'api-key',
  };

  test('[JAM-033] limits each key by itself, with a default', BY_KEY, async (app) => {
    equal(passed(await times(8, () => app.call('/v1', { keyId: 'a' }))), 5);
    equal((await app.call('/v1', { keyId: 'a' })).status, 429);
    equal((await app.call('/v1', { keyId: 'b' })).status, 200);
  });

  test('[JAM-034] limits types of keys by their own figures :: an unknown type by the default', BY_KEY, async (app) => {
    equal(passed(await times(15, () => app.call('/v1', { keyId: 'p', keyType: 'partner' }))), 9);
    equal(passed(await times(15, () => app.call('/v1', { keyId: 's', keyType: 'standard' }))), 5);
  });

  test('[JAM-036] refuses with 429, when to come back and what is left', BY_KEY, async (app) => {
    await times(5, () => app.call('/v1', { keyId: 'a' }));
    const { status, headers } = await app.call('/v1', { keyId: 'a' });
    deepEqual([status, headers.get('retry-after'), headers.get('ratelimit')], [429, '12', '"key";r=0;t=12']);
  });

  test(
    '[JAM-037] counts by the minute :: N pass, N+1 waits, and no edge admits twice as many',
    BY_KEY,
    async (app, clock) => {
      const call = () => app.call('/v1', { keyId: 'a' });
      clock.advance(59_999);
      equal(passed(await times(6, call)), 5);
      // Where a fixed window would start anew.
      clock.advance(1);
      equal(passed(await times(6, call)), 0);
      clock.advance(MINUTE);
      equal(passed(await times(6, call)), 5);
    },
  );

  const TENANTS: Shape = {
    limits: {
      tenant: {
        per: 'tenant',
        requests: 30,
        periodMs: MINUTE,
        capacity: 5,
        variants: { professional: { requests: 60, periodMs: MINUTE, capacity: 11 } },
      },
    },
    routes: { '/v1': ['tenant'] },
    auth: 'api-key',
  };

  test('[INT-067] counts refusals by tenant :: those of many tenants in a bounded number of series', {
    ...TENANTS,
    limits: { tenant: { per: 'tenant', requests: 1, periodMs: MINUTE, capacity: 1 } },
  }, async (app) => {
    for (let index = 0; index < 130; index += 1) {
      await times(2, () => app.call('/v1', { keyId: `k${index}`, tenant: `tenant-${index}` }));
    }
    const text = await app.scrape();
    match(text, /ratelimit_refused_tenant_requests_total\{policy="tenant",tenant="tenant-0"\} 1\n/);
    match(text, /ratelimit_refused_tenant_requests_total\{policy="tenant",tenant="_other"\} 30\n/);
    equal([...text.matchAll(/^ratelimit_refused_tenant_requests_total\{/gm)].length, 101);
  });

  test('[INT-070] admits the burst at once, and no more', TENANTS, async (app) => {
    const statuses = await Promise.all(Array.from({ length: 6 }, () => app.call('/v1', { tenant: 'a' })));
    equal(passed(statuses.map(({ status }) => status)), 5);
    equal((await app.call('/v1', { tenant: 'a' })).status, 429);
  });

  test('[INT-071] gives a tier its own figures', TENANTS, async (app) => {
    equal(passed(await times(15, () => app.call('/v1', { tenant: 'a', tier: 'professional' }))), 11);
    equal(passed(await times(15, () => app.call('/v1', { tenant: 'b', tier: 'free' }))), 5);
  });

  it(
    '[INT-069] takes requests a minute and burst from the environment :: RPM=30, the 31st of a minute is refused',
    within(20_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const clock = createFakeClock();
      const policy = shape({
        ...TENANTS,
        limits: { tenant: { per: 'client', requests: 60, periodMs: MINUTE, capacity: 10 } },
        auth: 'none',
      });
      const gateway = await startGateway(
        {
          ...policy,
          upstreams: { main: testUpstream(upstream) },
          overrides: [
            { env: 'DEFAULT_RATE_LIMIT_RPM', pointer: '/limits/tenant/requests', as: 'integer' },
            { env: 'DEFAULT_RATE_LIMIT_BURST', pointer: '/limits/tenant/capacity', as: 'integer' },
          ],
        },
        later,
        { clock, env: { DEFAULT_RATE_LIMIT_RPM: '30', DEFAULT_RATE_LIMIT_BURST: '1' } },
      );
      const call = () => fetch(`${gateway.url}/v1`);
      equal(passed(await spread(clock, 30, MINUTE, call)), 30);
      clock.advance(10 * MINUTE);
      equal(passed(await spread(clock, 120, MINUTE, call)), 30);
    }),
  );

  test('[SIM-103] limits each endpoint by itself', {
    limits: {
      reads: { per: 'route', requests: 1, periodMs: MINUTE, capacity: 7 },
      writes: { per: 'route', requests: 1, periodMs: MINUTE, capacity: 3 },
    },
    routes: { '/read': ['reads'], '/write': ['writes'] },
  }, async (app) => {
    equal(passed(await times(10, () => app.call('/write'))), 3);
    equal(passed(await times(10, () => app.call('/read'))), 7);
  });

  test('[SIM-104] limits users and organisations, and the tighter wins', {
    limits: {
      user: { per: 'user', requests: 1, periodMs: MINUTE, capacity: 4 },
      organisation: { per: 'organisation', requests: 1, periodMs: MINUTE, capacity: 6 },
    },
    routes: { '/v1': ['user', 'organisation'] },
    auth: 'api-key',
  }, async (app) => {
    const call = (user: string) => (): Promise<Response> =>
      app.call('/v1', { tenant: 't', user, organisation: 'o' } satisfies Caller);
    equal(passed(await times(9, call('jo'))), 4);
    equal(passed(await times(9, call('al'))), 2);
    const refused = await call('al')();
    match(await refused.text(), /"violated-policies":\["organisation"\]/);
  });

  test(
    '[SIM-105] is a token bucket :: the whole bucket at once, then the steady rate',
    { limits: { bucket: { requests: 4, periodMs: SECOND, capacity: 9 } }, routes: { '/v1': ['bucket'] } },
    async (app, clock) => {
      equal(passed(await times(20, () => app.call('/v1'))), 9);
      equal(passed(await spread(clock, 100, 5 * SECOND, () => app.call('/v1'))), 19);
      clock.advance(MINUTE);
      equal(passed(await times(20, () => app.call('/v1'))), 9);
    },
  );

  test('[SIM-107] refuses with 429 and Retry-After, never 503', BY_KEY, async (app) => {
    const responses = await Promise.all(Array.from({ length: 30 }, () => app.call('/v1', { keyId: 'a' })));
    const refused = responses.filter(({ status }) => status !== 200);
    equal(refused.length, 25);
    ok(refused.every(({ status, headers }) => status === 429 && Number(headers.get('retry-after')) >= 1));
  });

  it(
    '[SIM-108] is one middleware for the gateway and for every service :: both answer alike',
    within(20_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const clock = createFakeClock();
      const policy = { ...shape(ZONES), upstreams: { main: testUpstream(upstream) } };
      const gateway = await startGateway(policy, later, { clock });
      const service = await startLibraryApp(policy, later, { clock });
      const seen = ({ status, headers }: Response) =>
        [status, ...['ratelimit', 'ratelimit-policy', 'retry-after'].map((name) => headers.get(name))] as const;
      for (let count = 0; count < 4; count += 1) {
        deepEqual(seen(await service.call('/boardroom')), seen(await fetch(`${gateway.url}/boardroom`)));
        clock.advance(200);
      }
    }),
  );

  test('[SIM-109] counts refusals by endpoint and scope, as many as there were answers 429', {
    limits: {
      reads: { per: 'route', requests: 1, periodMs: MINUTE, capacity: 3 },
      each: { per: 'client', requests: 1, periodMs: MINUTE, capacity: 9 },
    },
    routes: { '/read': ['reads', 'each'], '/other': ['each'] },
  }, async (app) => {
    const reads = await times(10, () => app.call('/read'));
    const others = await times(10, () => app.call('/other'));
    const refused = [...reads, ...others].filter((status) => status === 429).length;
    equal(refused, 7 + 4);
    const text = await app.scrape();
    const counted = [...text.matchAll(/^ratelimit_refused_requests_total\{.*\} (\d+)$/gm)];
    equal(
      counted.reduce((sum, [, count]) => sum + Number(count), 0),
      refused,
    );
    match(text, /ratelimit_refused_requests_total\{http_route="\/read",policy="reads",scope="route"\} 7\n/);
    match(text, /ratelimit_refused_requests_total\{http_route="\/other",policy="each",scope="client"\} 4\n/);
  });
});
