/**
 * The rate limits that the five systems are compiled to, with the figures of their documents. At the runtime time is a fake clock's; at the edge
 * a real nginx counts.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';

import type { SystemName } from '../../../compiler/testing/compiled-system.ts';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { createLimiter } from '../../features/rate-limit/limiter.ts';
import { createMemoryLimitStore } from '../../features/rate-limit/memory-store.ts';
import { compiledSystem } from '../compiled.ts';
import { type CompiledEdge, startCompiledEdge } from '../compiled-edge.ts';
import { createFakeClock } from '../fake-clock.ts';
import { type LibraryApp, startLibraryApp } from '../library-app.ts';
import { startUpstream, within } from '../servers.ts';

type Clock = ReturnType<typeof createFakeClock>;

/** One process on one machine counts for itself. */
const ALONE = { '/storage/counters': { kind: 'memory' }, '/storage/replicas': 1 };
const JSON_BODY = { 'content-type': 'application/json' };
const DEBATE = JSON.stringify({ question: 'why?', personas: ['one'] });
const SECOND = 1_000;
const MINUTE = 60_000;
const passed = (statuses: readonly number[]): number => statuses.filter((status) => status === 200).length;

/** `count` calls spread evenly over `spanMs`; their statuses. */
async function spread(
  clock: Clock,
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

describe('limits of the systems at the runtime, as compiled', (it) => {
  /** The limits and routes of a system's own policy; one process that counts in memory. */
  const test = (title: string, system: SystemName, run: (app: LibraryApp, clock: Clock) => Promise<void>) =>
    it(
      title,
      within(60_000, async (later) => {
        const policy = compiledSystem(system, 'production').policy(undefined, ALONE);
        const clock = createFakeClock();
        await run(await startLibraryApp(policy, later, { clock }), clock);
      }),
    );

  test(
    '[JAM-032] [JAM-036] Jamey holds all keys together to 50 a second :: of 100 in the first second about 50, the rest are 429',
    'jamey',
    async (app, clock) => {
      for (const title of ['after silence', 'right after it']) {
        const statuses = await spread(clock, 100, SECOND, (index) => app.call('/rules', { keyId: `k${index}` }));
        const count = passed(statuses);
        ok(count >= 50 && count <= 55, `${count} of 100 passed ${title}`);
        equal(statuses.filter((status) => status === 429).length, 100 - count);
      }
    },
  );

  test(
    '[JAM-033] [JAM-037] Jamey gives each key 600 a minute, whenever in the minute they come :: no 12th is refused, and another key is not touched',
    'jamey',
    async (app, clock) => {
      const call = (keyId: string) => () => app.call('/rules', { keyId });
      equal(passed(await spread(clock, 600, 15 * SECOND, call('a'))), 600);
      // 150 came back meanwhile; then the key has its steady rate, and no more.
      const later = passed(await spread(clock, 800, 20 * SECOND, call('a')));
      ok(later >= 348 && later <= 150 + 200, `${later} of 800`);
      await call('a')();
      equal((await call('a')()).status, 429);
      equal((await app.call('/rules', { keyId: 'b' })).status, 200);
      clock.advance(MINUTE);
      equal(passed(await spread(clock, 600, 15 * SECOND, call('a'))), 600);
    },
  );

  it('[JAM-035] [JAM-038] Jamey counts in memory, and forgets keys that have their whole budget again :: 100 000 keys once each, and no more than the busy fifty a minute later', () => {
    const limiter = createLimiter(compiledSystem('jamey', 'production').policy());
    const store = createMemoryLimitStore();
    const use = (key: string, nowMs: number): void => {
      const charge = limiter.chargeOf({ limit: 'per-key-api-key', identity: `key:${key}` });
      ok(charge !== undefined);
      store.charge([{ ...charge, cost: 1 }], nowMs);
    };
    for (let index = 0; index < 100_000; index += 1) use(`k${index}`, 0);
    equal(store.size, 100_000);
    for (let index = 0; index < 220_000; index += 1) use(`busy${index % 50}`, MINUTE + index * 2);
    ok(store.size <= 50, String(store.size));
    equal(store.evictions, 0);
  });

  test(
    '[SIQ-070] SentientIQ admits 5 boardrooms a second of ten clients who keep within 2 each :: 5 in each second, the first too',
    'sentientiq',
    async (app, clock) => {
      for (let second = 0; second < 10; second += 1) {
        const statuses = await spread(clock, 20, SECOND, (index) =>
          app.call(
            '/v1/boardroom',
            { keyId: 'k' },
            { ...JSON_BODY, 'x-forwarded-for': `198.51.100.${index % 10}` },
            'POST',
            DEBATE,
          ),
        );
        equal(passed(statuses), 5);
        ok(statuses.every((status) => status === 200 || status === 429));
      }
    },
  );

  test(
    '[SIQ-015] [SIQ-016] [SIQ-017] SentientIQ admits a client 2 boardrooms and 10 others a second, apart',
    'sentientiq',
    async (app, clock) => {
      const from = (client: string) => (path: string) => () =>
        app.call(path, { keyId: 'k' }, { ...JSON_BODY, 'x-forwarded-for': client }, 'POST', DEBATE);
      const one = from('198.51.100.1');
      // Of 26 in a second: 2 a second, and the one that may come at once with another.
      ok(passed(await spread(clock, 26, SECOND, one('/v1/boardroom'))) <= 3);
      equal((await one('/v1/debates')()).status, 200);
      clock.advance(10 * SECOND);
      const others = passed(await spread(clock, 60, SECOND, one('/v1/debates')));
      ok(others >= 10 && others <= 20, `${others} of 60`);
      equal((await one('/v1/boardroom')()).status, 200);
    },
  );

  test(
    '[SIM-103] [SIM-104] Sim-Corp limits users and organisations at each endpoint :: one that is used up takes nothing from another',
    'sim-corp',
    async (app) => {
      const as = (user: string) => ({ tenant: 't', user, organisation: 'o' });
      const times = async (count: number, path: string, user: string) => {
        const responses = await Promise.all(Array.from({ length: count }, () => app.call(path, as(user))));
        return passed(responses.map(({ status }) => status));
      };
      equal(await times(30, '/v1/missions', 'jo'), 21);
      equal(await times(30, '/v1/evaluations', 'jo'), 21);
      // The organisation is tighter once nine others have had theirs.
      for (let index = 0; index < 8; index += 1) equal(await times(21, '/v1/missions', `u${index}`), 21);
      equal(await times(21, '/v1/missions', 'last'), 201 - 9 * 21);
      equal(await times(21, '/v1/analytics', 'last'), 21);
    },
  );

  test(
    '[SIM-103] [SIM-140] Sim-Corp takes the 10,000 points a second that are demanded, of one organisation with one key',
    'sim-corp',
    async (app, clock) => {
      const { limits, routes } = compiledSystem('sim-corp', 'production').policy();
      const telemetry = routes.find(({ path }) => path === '/v1/telemetry');
      ok(telemetry !== undefined);
      for (const id of telemetry.limits) {
        const { requests = 0, periodMs = 1 } = limits[id] ?? {};
        ok((requests / periodMs) * SECOND >= 10_000, id);
      }
      // A tenth of the second is enough to see a limit of one key at 20 a second.
      const statuses = await spread(clock, 1_000, SECOND / 10, () =>
        app.call('/v1/telemetry', { keyId: 'site', organisation: 'o' }, {}, 'POST'),
      );
      equal(passed(statuses), 1_000);
    },
  );
});

describe('limits of the systems at the edge, as compiled', (it) => {
  const test = (title: string, system: SystemName, run: (edge: CompiledEdge, reached: () => number) => Promise<void>) =>
    it(
      title,
      within(60_000, async (later) => {
        const nginx = requireTool('nginx');
        let reached = 0;
        const service = await startUpstream((req, res) => {
          reached += 1;
          req.resume();
          res.end('ok');
        }, later);
        const edge = await startCompiledEdge(
          nginx,
          { system: compiledSystem(system, 'production'), runtime: Number(new URL(service).port) },
          later,
        );
        await run(edge, () => reached);
      }),
    );

  /** `count` calls at once, and the time that they took. */
  async function flood(edge: CompiledEdge, count: number, path: string, from = '127.0.0.1') {
    const startedMs = performance.now();
    const answers = await Promise.all(Array.from({ length: count }, () => edge.ask(path, { from })));
    const refused = answers.filter(({ status }) => status !== 200);
    for (const answer of refused) {
      equal(answer.status, 429, answer.body);
      ok(Number(answer.all('retry-after')[0]) >= 1);
    }
    return { passed: count - refused.length, seconds: (performance.now() - startedMs) / 1_000 };
  }

  test(
    '[JAM-078] [JAM-089] Jamey: nginx loads what is compiled, and of 40 at once from one address 21 pass, 19 are 429',
    'jamey',
    async (edge, reached) => {
      match(
        compiledSystem('jamey', 'production').read('nginx/http/rate-limits.conf'),
        /^limit_req_zone \S+ zone=api-limit_client:10m rate=10r\/s;$/m,
      );
      const { passed: admitted, seconds } = await flood(edge, 40, '/rules');
      ok(admitted >= 21 && admitted <= 21 + Math.floor(10 * seconds), `${admitted} passed in ${seconds} s`);
      equal(reached(), admitted);
      ok(admitted < 40);
    },
  );

  test('[SEN-027] Sentinel: a flood ends in 429 before the gateway', 'sentinel', async (edge, reached) => {
    const { passed: admitted, seconds } = await flood(edge, 60, '/v1/agents');
    ok(admitted >= 10 && admitted <= 10 + Math.floor(10 * seconds), `${admitted} passed in ${seconds} s`);
    equal(reached(), admitted);
  });

  test(
    '[SIM-110] Sim-Corp: the ingress limits too, each client at each endpoint :: 429 before anything behind it is reached',
    'sim-corp',
    async (edge, reached) => {
      const startedMs = performance.now();
      const statuses = await edge.pipeline('/v1/missions', 400);
      const seconds = (performance.now() - startedMs) / 1_000;
      const admitted = passed(statuses);
      equal(statuses.length, 400);
      ok(statuses.every((status) => status === 200 || status === 429));
      ok(admitted >= 201 && admitted <= 201 + Math.ceil(100 * seconds), `${admitted} passed in ${seconds} s`);
      ok(admitted < 400, 'some are refused');
      equal(reached(), admitted);
      equal((await edge.ask('/v1/analytics')).status, 200);
    },
  );

  it('finds the client behind a load balancer :: Sentinel and Sim-Corp believe private networks, and no address from outside', () => {
    for (const system of ['sentinel', 'sim-corp'] as const) {
      const conf = compiledSystem(system, 'production').read('nginx/nginx.conf');
      deepEqual(
        [...conf.matchAll(/^ {4}set_real_ip_from (\S+);$/gm)].map(([, network]) => network),
        ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
      );
      match(conf, /real_ip_header X-Forwarded-For;\n {4}real_ip_recursive on;/);
    }
  });
});
