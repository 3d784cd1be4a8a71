/** What Sim-Corp's gateway does with requests as it is compiled for production: its buckets, its refusals, and what it counts. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { fitPolicy } from '../../process/fit-policy.ts';
import { createLog } from '../../telemetry/log.ts';
import { compiledSystem } from '../compiled.ts';
import { createFakeClock } from '../fake-clock.ts';
import { type LibraryApp, startLibraryApp } from '../library-app.ts';
import { within } from '../servers.ts';

/** One process on one machine counts for itself. */
const ALONE = { '/storage/counters': { kind: 'memory' }, '/storage/replicas': 1 };
const JO = { keyId: 'k', tenant: 't', user: 'jo', organisation: 'o' };
const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

interface Panel {
  readonly targets?: readonly { readonly expr: string }[];
}

const policyOf = () => compiledSystem('sim-corp', 'production').policy(undefined, ALONE);

const statusesOf = (responses: readonly Response[]): readonly number[] => responses.map(({ status }) => status);
const passed = (statuses: readonly number[]): number => statuses.filter((status) => status === 200).length;
const many = (app: LibraryApp, count: number, path: string) =>
  Promise.all(Array.from({ length: count }, () => app.call(path, JO)));

describe('requests at the gateway of Sim-Corp', (it) => {
  const test = (title: string, run: (app: LibraryApp, clock: ReturnType<typeof createFakeClock>) => Promise<void>) =>
    it(
      title,
      within(30_000, async (later) => {
        const clock = createFakeClock();
        await run(await startLibraryApp(policyOf(), later, { clock }), clock);
      }),
    );

  test('[SIM-105] a user has a bucket of 21 that fills again at 10 a second :: all at once, then the steady rate, then all again', async (app, clock) => {
    equal(passed(statusesOf(await many(app, 40, '/v1/missions'))), 21);
    let steady = 0;
    for (let step = 0; step < 100; step += 1) {
      clock.advance(50);
      steady += passed([(await app.call('/v1/missions', JO)).status]);
    }
    equal(steady, 50);
    clock.advance(60_000);
    equal(passed(statusesOf(await many(app, 40, '/v1/missions'))), 21);
  });

  test('[SIM-107] what is too much is 429 with a time to come back, never 503', async (app) => {
    const answers = await many(app, 50, '/v1/evaluations');
    const refused = answers.filter(({ status }) => status !== 200);
    equal(refused.length, 29);
    for (const { status, headers } of refused) {
      equal(status, 429);
      ok(Number(headers.get('retry-after')) >= 1);
    }
  });

  test('[SIM-109] refusals are counted by endpoint and scope, as many as there were answers 429', async (app) => {
    const answers = [...(await many(app, 30, '/v1/missions')), ...(await many(app, 40, '/v1/analytics'))];
    const refused = statusesOf(answers).filter((status) => status === 429).length;
    equal(refused, 9 + 19);
    const text = await app.scrape();
    const counted = [...text.matchAll(/^ratelimit_refused_requests_total\{(.*)\} ([1-9]\d*)$/gm)].map(
      ([, labels = '', count]) =>
        `${/http_route="([^"]+)"/.exec(labels)?.[1]} ${/scope="([^"]+)"/.exec(labels)?.[1]} ${count}`,
    );
    deepEqual(counted.sort(), ['/v1/analytics user 19', '/v1/missions user 9']);
    // The panel asks for the same refusals, by policy.
    const panels: readonly Panel[] = compiledSystem('sim-corp', 'production').data('grafana/sim-corp.json').panels;
    const asked = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    ok(asked.some((expr) => /ratelimit_requests_total\{[^}]*result="refused"/.test(expr)));
    const byPolicy = [...text.matchAll(/^ratelimit_requests_total\{.*result="refused".*\} (\d+)$/gm)];
    equal(
      byPolicy.reduce((sum, [, count]) => sum + Number(count), 0),
      refused,
    );
  });

  test('[SIM-108] one middleware limits every route of every service behind the gateway :: each of the seven says what is left', async (app) => {
    const { routes } = policyOf();
    equal(routes.length, 7);
    for (const { path, methods, limits } of routes) {
      ok(limits.length > 0, path);
      const method = methods.includes('GET') ? 'GET' : 'POST';
      const { status, headers } = await app.call(path, JO, {}, method);
      equal(status, 200, path);
      match(headers.get('ratelimit') ?? '', /r=\d+/, path);
    }
  });

  it('[SIM-062] DEBUG, INFO, WARN and ERROR are settable, and print the lines of their level and above', () => {
    for (const [index, level] of LEVELS.entries()) {
      const fitted = fitPolicy(compiledSystem('sim-corp', 'production').policy(), {
        ...NEEDED,
        LOG_LEVEL: level.toUpperCase(),
      });
      ok(fitted.kind === 'fitted', fitted.kind === 'fitted' ? '' : fitted.reasons.join());
      const lines: string[] = [];
      const log = createLog(fitted.policy, { write: (line) => lines.push(line) });
      for (const one of LEVELS) log[one]({}, 'said');
      deepEqual(
        lines.map((line) => JSON.parse(line).level),
        LEVELS.slice(index),
      );
    }
  });
});

const NEEDED = {
  API_KEY_PEPPER: 'a pepper of a test, and of no other use',
  DATABASE_URL: 'postgresql://127.0.0.1:1/none',
  DATABASE_REPLICA_URL: 'postgresql://127.0.0.1:1/none',
  REDIS_URL: 'redis://127.0.0.1:1',
};
