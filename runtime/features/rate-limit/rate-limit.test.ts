import { deepEqual, equal, match } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { startLibraryApp } from '../../testing/library-app.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../../testing/policy.ts';
import { startGateway, startUpstream, within } from '../../testing/servers.ts';
import type { KeyDirectory } from '../identity/key-directory.ts';

const FIELDS = ['ratelimit-policy', 'ratelimit', 'retry-after'];
const fieldsOf = (response: Response) => FIELDS.map((name) => response.headers.get(name));

describe('rate limit', (it) => {
  it(
    'answers exactly as the draft says :: three pass, the fourth is told when to come back, and then passes',
    within(8_000, async (later) => {
      let forwarded = 0;
      const upstream = await startUpstream((_req, res) => {
        forwarded += 1;
        res.end('ok');
      }, later);
      const clock = createFakeClock();
      const gateway = await startGateway(
        testPolicy({
          limits: { 'items-client': testLimit({ requests: 6, periodMs: 60_000, capacity: 3 }) },
          routes: [testRoute({ limits: ['items-client'] })],
          upstreams: { main: testUpstream(upstream) },
        }),
        later,
        { clock },
      );
      const call = () => fetch(`${gateway.url}/v1/items`);
      const policy = '"items-client";q=3;w=30';
      deepEqual(fieldsOf(await call()), [policy, '"items-client";r=2;t=10', null]);
      deepEqual(fieldsOf(await call()), [policy, '"items-client";r=1;t=10', null]);
      clock.advance(4_500);
      deepEqual(fieldsOf(await call()), [policy, '"items-client";r=0;t=6', null]);
      const refused = await call();
      equal(refused.status, 429);
      deepEqual(fieldsOf(refused), [policy, '"items-client";r=0;t=6', '6']);
      equal(refused.headers.get('content-type'), 'application/problem+json');
      equal(refused.headers.get('cache-control'), 'no-store');
      deepEqual(await refused.json(), {
        type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
        title: 'Request quota exceeded',
        status: 429,
        detail: 'The limit items-client is used up; try again in 6 s.',
        instance: `urn:request:${refused.headers.get('x-request-id')}`,
        'violated-policies': ['items-client'],
      });
      equal(forwarded, 3);
      clock.advance(5_499);
      equal((await call()).status, 429);
      clock.advance(1);
      equal((await call()).status, 200);
      const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      match(metrics, /ratelimit_requests_total\{policy="items-client",result="admitted"\} 4\n/);
      match(metrics, /ratelimit_requests_total\{policy="items-client",result="refused"\} 2\n/);
    }),
  );

  it(
    'names the limit that refused, and charges no other',
    within(8_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const clock = createFakeClock();
      const gateway = await startGateway(
        testPolicy({
          limits: {
            wide: testLimit({ per: 'global', requests: 1, periodMs: 3_600_000, capacity: 11 }),
            tight: testLimit({ per: 'route', requests: 1, periodMs: 1_000, capacity: 1, status: 503 }),
          },
          routes: [
            testRoute({ limits: ['wide', 'tight'] }),
            testRoute({ id: 'other', path: '/v1/other', limits: ['wide'] }),
          ],
          upstreams: { main: testUpstream(upstream) },
        }),
        later,
        { clock },
      );
      equal((await fetch(`${gateway.url}/v1/items`)).status, 200);
      for (let count = 0; count < 30; count += 1) equal((await fetch(`${gateway.url}/v1/items`)).status, 503);
      const other = await fetch(`${gateway.url}/v1/other`);
      match(other.headers.get('ratelimit') ?? '', /"wide";r=9;/);
    }),
  );

  it(
    'admits exactly the budget of concurrent requests',
    within(15_000, async (later) => {
      const upstream = await startUpstream((_req, res) => setTimeout(() => res.end('ok'), 5), later);
      const gateway = await startGateway(
        testPolicy({
          limits: { day: testLimit({ requests: 1, periodMs: 86_400_000, capacity: 40 }) },
          routes: [testRoute({ limits: ['day'] })],
          upstreams: { main: testUpstream(upstream) },
        }),
        later,
      );
      const statuses = await Promise.all(
        Array.from({ length: 200 }, async () => {
          const response = await fetch(`${gateway.url}/v1/items`);
          await response.arrayBuffer();
          return response.status;
        }),
      );
      equal(statuses.filter((status) => status === 200).length, 40);
      equal(statuses.filter((status) => status === 429).length, 160);
    }),
  );

  it(
    'limits each client behind a trusted proxy on its own :: a forged left end of the chain changes nothing',
    within(8_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const gateway = await startGateway(
        testPolicy({
          trust: { proxyCidrs: ['127.0.0.1/32'] },
          limits: { day: testLimit({ requests: 1, periodMs: 86_400_000, capacity: 1 }) },
          routes: [testRoute({ limits: ['day'] })],
          upstreams: { main: testUpstream(upstream) },
        }),
        later,
      );
      const from = async (chain: string) =>
        (await fetch(`${gateway.url}/v1/items`, { headers: { 'x-forwarded-for': chain } })).status;
      equal(await from('203.0.113.1'), 200);
      equal(await from('1.2.3.4, 203.0.113.1'), 429);
      equal(await from('203.0.113.2'), 200);
      equal(await from('2001:db8:1:2::aaaa'), 200);
      // Another address of the same /64, then of the next.
      equal(await from('2001:db8:1:2:ffff::1'), 429);
      equal(await from('2001:db8:1:3::aaaa'), 200);
    }),
  );

  it(
    'enforces a replica its exact share of the limit',
    within(8_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const base = testPolicy();
      const gateway = await startGateway(
        testPolicy({
          limits: { all: testLimit({ per: 'global', requests: 100, periodMs: 60_000, capacity: 9 }) },
          routes: [testRoute({ limits: ['all'] })],
          upstreams: { main: testUpstream(upstream) },
          storage: { ...base.storage, replicas: 3 },
        }),
        later,
        { clock: createFakeClock() },
      );
      const response = await fetch(`${gateway.url}/v1/items`);
      equal(response.headers.get('ratelimit-policy'), '"all";q=3;w=6');
    }),
  );

  it(
    'counts a request of a route as much as the route says, and never admits more than the whole',
    within(8_000, async (later) => {
      const limits = { all: testLimit({ per: 'global', requests: 1, periodMs: 1_000, capacity: 10 }) };
      const routes = [
        testRoute({ id: 'heavy', path: '/heavy', limits: ['all'], cost: 4 }),
        testRoute({ id: 'light', path: '/light', limits: ['all'] }),
        testRoute({ id: 'huge', path: '/huge', limits: ['all'], cost: 11 }),
      ];
      const app = await startLibraryApp(testPolicy({ limits, routes }), later, { clock: createFakeClock() });
      const call = async (path: string) => {
        const response = await app.call(path);
        return [response.status, response.headers.get('ratelimit'), response.headers.get('retry-after')];
      };
      deepEqual(await call('/heavy'), [200, '"all";r=6;t=1', null]);
      deepEqual(await call('/heavy'), [200, '"all";r=2;t=1', null]);
      deepEqual(await call('/heavy'), [429, '"all";r=2;t=2', '2']);
      deepEqual(await call('/light'), [200, '"all";r=1;t=1', null]);
      // Waiting does not help here, so nobody is told to.
      deepEqual(await call('/huge'), [429, '"all";r=1', null]);
    }),
  );

  it(
    'tries a limit out in a dry run :: counts and logs what it would refuse, and tells callers nothing',
    within(8_000, async (later) => {
      const limits = {
        trial: testLimit({ requests: 1, periodMs: 86_400_000, capacity: 2, dryRun: true }),
        real: testLimit({ requests: 1, periodMs: 86_400_000, capacity: 4 }),
      };
      const lines: string[] = [];
      const policy = testPolicy({ limits, routes: [testRoute({ limits: ['trial', 'real'] })] });
      const app = await startLibraryApp(policy, later, { log: { write: (line) => lines.push(line) } });
      const statuses: number[] = [];
      for (let count = 0; count < 5; count += 1) {
        const response = await app.call('/v1/items');
        statuses.push(response.status);
        equal(response.headers.get('ratelimit')?.includes('trial'), false);
      }
      deepEqual(statuses, [200, 200, 200, 200, 429]);
      const text = await app.scrape();
      match(text, /ratelimit_requests_total\{policy="trial",result="admitted"\} 2\n/);
      match(text, /ratelimit_requests_total\{policy="trial",result="would-refuse"\} 3\n/);
      match(text, /ratelimit_requests_total\{policy="trial",result="refused"\} 0\n/);
      equal(lines.filter((line) => line.includes('dry run: would refuse')).length, 3);
    }),
  );

  it(
    'tells of the tightest limit in the older fields, where the policy asks for them',
    within(8_000, async (later) => {
      const limits = {
        wide: testLimit({ requests: 1, periodMs: 1_000, capacity: 50 }),
        tight: testLimit({ requests: 1, periodMs: 60_000, capacity: 2 }),
      };
      const routes = [testRoute({ limits: ['wide', 'tight'] })];
      const clock = createFakeClock();
      const old = await startLibraryApp(testPolicy({ limits, routes, limitFields: 'draft-and-legacy' }), later, {
        clock,
      });
      const call = async () => {
        const { headers } = await old.call('/v1/items');
        return ['limit', 'remaining', 'reset'].map((name) => headers.get(`x-ratelimit-${name}`));
      };
      const reset = String(Math.ceil((clock.wallMs() + 60_000) / 1_000));
      deepEqual(await call(), ['2', '1', reset]);
      deepEqual(await call(), ['2', '0', reset]);
      deepEqual(await call(), ['2', '0', reset]);
      const plain = await startLibraryApp(testPolicy({ limits, routes }), later, { clock });
      equal((await plain.call('/v1/items')).headers.has('x-ratelimit-limit'), false);
    }),
  );

  it(
    'loosens nothing that an upstream says of its own limits :: lists are joined, of the older fields the tighter stand',
    within(8_000, async (later) => {
      let theirs = '1';
      const upstream = await startUpstream((_req, res) => {
        res.setHeader('ratelimit', '"behind";r=0;t=9');
        res.setHeader('ratelimit-policy', '"behind";q=5;w=10');
        res.setHeader('x-ratelimit-remaining', theirs);
        res.setHeader('x-ratelimit-limit', '77');
        res.end('ok');
      }, later);
      const gateway = await startGateway(
        testPolicy({
          limits: { own: testLimit({ requests: 1, periodMs: 60_000, capacity: 9 }) },
          routes: [testRoute({ limits: ['own'] })],
          upstreams: { main: testUpstream(upstream) },
          limitFields: 'draft-and-legacy',
        }),
        later,
        { clock: createFakeClock() },
      );
      const tighter = await fetch(`${gateway.url}/v1/items`);
      equal(tighter.headers.get('ratelimit'), '"own";r=8;t=60, "behind";r=0;t=9');
      equal(tighter.headers.get('ratelimit-policy'), '"own";q=9;w=540, "behind";q=5;w=10');
      deepEqual([tighter.headers.get('x-ratelimit-remaining'), tighter.headers.get('x-ratelimit-limit')], ['1', '77']);
      theirs = '50';
      const looser = await fetch(`${gateway.url}/v1/items`);
      deepEqual([looser.headers.get('x-ratelimit-remaining'), looser.headers.get('x-ratelimit-limit')], ['7', '9']);
    }),
  );

  it(
    'limits failed attempts of a client before its credential is looked at',
    within(8_000, async (later) => {
      const { auth } = testPolicy();
      let looks = 0;
      const keys: KeyDirectory = {
        verify() {
          looks += 1;
          return { kind: 'denied', reason: 'unknown' };
        },
        used: () => undefined,
      };
      const policy = testPolicy({
        trust: { proxyCidrs: ['127.0.0.0/8'] },
        auth: { ...auth, failures: { requests: 1, periodMs: 60_000, capacity: 3 } },
        routes: [testRoute({ auth: 'api-key' })],
      });
      const clock = createFakeClock();
      const app = await startLibraryApp(policy, later, { clock, keys });
      const call = async (client = '203.0.113.1') => {
        const headers = { 'x-api-key': 'guess', 'x-forwarded-for': client };
        return (await app.call('/v1/items', undefined, headers)).status;
      };
      deepEqual([await call(), await call(), await call()], [401, 401, 401]);
      deepEqual([await call(), await call(), looks], [429, 429, 3]);
      equal(await call('203.0.113.2'), 401);
      clock.advance(60_000);
      deepEqual([await call(), await call()], [401, 429]);
      match(await app.scrape(), /ratelimit_requests_total\{policy="_auth-failures",result="refused"\} 3\n/);
      // Who has a key is not asked about it.
      const good = await startLibraryApp(policy, later, { clock });
      for (let count = 0; count < 9; count += 1) equal((await good.call('/v1/items', {})).status, 200);
    }),
  );
});
