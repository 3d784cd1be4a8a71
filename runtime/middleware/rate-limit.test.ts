import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { startGateway, startUpstream, within } from '../testing/servers.ts';

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
          limits: { 'items-client': testLimit({ requests: 6, perMs: 60_000, burst: 3 }) },
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
            wide: testLimit({ scope: 'global', requests: 1, perMs: 3_600_000, burst: 11 }),
            tight: testLimit({ scope: 'route', requests: 1, perMs: 1_000, burst: 1, status: 503 }),
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
          limits: { day: testLimit({ requests: 1, perMs: 86_400_000, burst: 40 }) },
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
          limits: { day: testLimit({ requests: 1, perMs: 86_400_000, burst: 1 }) },
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
          limits: { all: testLimit({ scope: 'global', requests: 100, perMs: 60_000, burst: 9 }) },
          routes: [testRoute({ limits: ['all'] })],
          upstreams: { main: testUpstream(upstream) },
          storage: { ...base.storage, counters: { kind: 'redis', env: 'REDIS_URL' }, replicas: 3 },
        }),
        later,
        { clock: createFakeClock(), env: { REDIS_URL: 'redis://127.0.0.1:1' } },
      );
      const response = await fetch(`${gateway.url}/v1/items`);
      equal(response.headers.get('ratelimit-policy'), '"all";q=3;w=6');
      ok(gateway.lines.some((line) => line['feature'] === 'shared-counters'));
      match(
        await (await fetch(`${gateway.adminUrl}/metrics`)).text(),
        /policy_unenforced\{feature="shared-counters"\} 1/,
      );
    }),
  );
});
