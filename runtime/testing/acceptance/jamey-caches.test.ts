/** The two caches of Jamey with the figures that are compiled: by its routes, through its gateway, and filled to the bound. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { signRequest } from '../../features/signing/sign-request.ts';
import { policies } from '../../library.ts';
import { compiledSystem, testSecrets } from '../compiled.ts';
import { metric } from '../egress.ts';
import { createFakeClock } from '../fake-clock.ts';
import { startGateway, startUpstream } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

const SYSTEM = compiledSystem('jamey', 'production');
/** Slow enough for 600 a minute of one key and 50 a second of all, and little beside 60 s. */
const STEP_MS = 100;

/** The service numbers its answers, so that one from a cache is known by its number. */
async function deploy(later: Later) {
  let calls = 0;
  const service = await startUpstream((req, res) => {
    req.resume();
    req.on('end', () => res.end(String(++calls)));
  }, later);
  const clock = createFakeClock();
  const env = testSecrets();
  const gateway = await startGateway(SYSTEM.policy(service), later, { env, clock });
  const key = (await gateway.runtime.issueApiKey({ label: 'acceptance' }))?.text ?? '';
  const send = async (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) => {
    clock.advance(STEP_MS);
    const response = await fetch(gateway.url + path, { ...init, headers: { 'x-api-key': key, ...init.headers } });
    equal(response.status, 200, await response.clone().text());
    return Number(await response.text());
  };
  return {
    clock,
    calls: () => calls,
    rule: (number: number) => send(`/rules?rule=${number}`),
    evaluate: (action: string) => send('/evaluate', { method: 'POST', body: JSON.stringify({ action }) }),
    async changeRules() {
      const body = '{"rule":"be kind"}';
      const signed = signRequest(
        { profile: 'simple', secret: env['SIGNING_KEY'] ?? '' },
        { method: 'POST', target: '/rules', body },
        { wallMs: clock.wallMs() + STEP_MS },
      );
      await send('/rules', { method: 'POST', body, headers: { ...signed } });
    },
    count: (name: string, cache: string) => metric(gateway, `cache_${name}{cache="${cache}"}`),
  };
}

describe('the caches of Jamey in production', (it) => {
  const test = shareSetUp(it, deploy);

  test(
    '[JAM-001] [JAM-003] [JAM-005] a rule is looked up once in 300 s, and of 1001 the one goes that nobody read :: hits and misses are counted',
    90_000,
    async ({ clock, calls, rule, count }) => {
      const first = await rule(0);
      clock.advance(300_000 - 2 * STEP_MS);
      equal(await rule(0), first, 'within 300 s');
      equal(await rule(0), first + 1, 'and no longer');
      deepEqual([await count('hits_total', 'rules'), await count('misses_total', 'rules')], [1, 2]);
      for (let number = 1; number < 1_000; number += 3)
        await Promise.all(Array.from({ length: 3 }, (_, index) => rule(number + index)));
      deepEqual([await count('entries', 'rules'), await count('evictions_total', 'rules')], [1_000, 0]);
      const before = calls();
      equal(await rule(0), first + 1);
      await rule(1_000);
      deepEqual([await count('entries', 'rules'), await count('evictions_total', 'rules')], [1_000, 1]);
      equal(await rule(0), first + 1, 'what was just read stays');
      equal(calls(), before + 1);
      await rule(1);
      equal(calls(), before + 2, 'the oldest that nobody read is gone');
      deepEqual([await count('hits_total', 'rules'), await count('misses_total', 'rules')], [3, 1_003]);
    },
  );

  test(
    '[JAM-002] an action is evaluated once in 60 s :: another action by itself',
    30_000,
    async ({ clock, evaluate }) => {
      const first = await evaluate('wave');
      clock.advance(60_000 - 3 * STEP_MS);
      equal(await evaluate('wave'), first);
      equal(await evaluate('bow'), first + 1);
      equal(await evaluate('wave'), first + 2);
    },
  );

  test(
    '[JAM-004] a change of the rules drops both caches :: in the one process that the system has',
    30_000,
    async ({ rule, evaluate, changeRules, count }) => {
      const [oldRule, oldEvaluation] = [await rule(2_000), await evaluate('jump')];
      deepEqual([await rule(2_000), await evaluate('jump')], [oldRule, oldEvaluation]);
      const before = [
        await count('invalidations_total', 'rules'),
        await count('invalidations_total', 'evaluations'),
      ] as const;
      await changeRules();
      ok((await rule(2_000)) > oldEvaluation);
      ok((await evaluate('jump')) > oldEvaluation);
      deepEqual(
        [await count('invalidations_total', 'rules'), await count('invalidations_total', 'evaluations')],
        before.map((value) => value + 1),
      );
    },
  );

  it('[JAM-002] 10000 evaluations are kept, and the next one lets one go :: in the library form, without 10000 requests', async () => {
    const enforce = policies(SYSTEM.policy(), { clock: createFakeClock() });
    const cache = enforce.caches.get('evaluations');
    ok(cache !== undefined);
    const shown = async (name: string) =>
      Number(
        new RegExp(`^cache_${name}\\{cache="evaluations"\\} (\\d+)$`, 'm').exec(await enforce.metrics.scrape())?.[1],
      );
    for (let id = 0; id < 10_000; id += 1) await cache.wrap(String(id), [], () => id);
    deepEqual([await shown('entries'), await shown('evictions_total')], [10_000, 0]);
    await cache.wrap('one more', [], () => 0);
    deepEqual([await shown('entries'), await shown('evictions_total')], [10_000, 1]);
  });
});
