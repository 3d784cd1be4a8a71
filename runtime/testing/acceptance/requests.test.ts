/** What reaches a service, and whether its gateway is ready, on the compiled policies. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { compiledSystem, testSecrets } from '../compiled.ts';
import { startPostgres } from '../postgres.ts';
import { startRedis } from '../redis.ts';
import { startGateway, startUpstream, within } from '../servers.ts';
import { until } from '../until.ts';

const SENTIENTIQ = compiledSystem('sentientiq', 'production');
const INTENT = compiledSystem('intent-engine', 'production');

describe('the bodies that SentientIQ takes', (it) => {
  it(
    '[SIQ-008] [SIQ-067] [SIQ-075] are checked before the service sees them :: one to twelve personas pass, thirteen do not',
    within(60_000, async (later) => {
      let reached = 0;
      const service = await startUpstream((req, res) => {
        reached += 1;
        req.resume();
        res.end('ok');
      }, later);
      const redis = await startRedis(requireTool('redis-server'));
      later(() => redis.stop());
      const env = { ...testSecrets(), REDIS_URL: redis.url };
      const gateway = await startGateway(SENTIENTIQ.policy(service), later, { env });
      const key = (await gateway.runtime.issueApiKey({ label: 'test' }))?.text ?? '';
      const ask = async (path: string, body: string) => {
        // The budget is two a second; a refusal of it says nothing about bodies.
        for (;;) {
          const headers = { 'x-api-key': key, 'content-type': 'application/json' };
          const answer = await fetch(gateway.url + path, { method: 'POST', headers, body });
          const text = await answer.text();
          if (answer.status !== 429) return { status: answer.status, text };
          await new Promise((resolve) => setTimeout(resolve, 600));
        }
      };
      const boardroom = (count: number, question: unknown = 'why?') =>
        ask('/v1/boardroom', JSON.stringify({ question, personas: Array.from({ length: count }, (_, n) => `p${n}`) }));
      deepEqual([(await boardroom(1)).status, (await boardroom(12)).status, reached], [200, 200, 2]);
      const many = await boardroom(13);
      equal(many.status, 400);
      match(many.text, /personas/);
      for (const wrong of [await boardroom(0), await boardroom(1, 7), await ask('/v1/boardroom', '{"question":')])
        equal(wrong.status, 400, wrong.text);
      for (const body of ['{}', '{"question":""}', JSON.stringify({ question: 'q'.repeat(20_001) })])
        equal((await ask('/v1/debates', body)).status, 400, body.slice(0, 20));
      equal((await ask('/v1/debates', `"${'q'.repeat(1_048_576)}"`)).status, 413);
      equal((await ask('/v1/debates', '{"question":"why?"}')).status, 200);
      equal(reached, 3);
    }),
  );
});

describe('readiness', (it) => {
  const follows = (run: (later: (cleanUp: () => Promise<unknown>) => void, url: string) => Promise<string>) =>
    within(90_000, async (later) => {
      const redis = await startRedis(requireTool('redis-server'));
      later(() => redis.stop());
      const ready = await run(later, redis.url);
      const becomes = async (status: number): Promise<string> => {
        let text = '';
        let seen = 0;
        let isAsking = true;
        void (async () => {
          while (isAsking && seen !== status) {
            const answer = await fetch(ready);
            [seen, text] = [answer.status, await answer.text()];
          }
        })().catch(() => undefined);
        later(async () => {
          isAsking = false;
        });
        await until(() => seen === status, `${ready} is ${status}`, 20_000);
        return text;
      };
      await becomes(200);
      await redis.kill();
      match(await becomes(503), /"away":\[[^\]]*"redis"/);
      await redis.restart();
      await becomes(200);
    });

  it(
    '[SIQ-047] of SentientIQ follows Redis and names it',
    follows(async (later, url) => {
      const gateway = await startGateway(SENTIENTIQ.policy(), later, { env: { ...testSecrets(), REDIS_URL: url } });
      return `${gateway.url}/gateway/ready`;
    }),
  );

  it(
    '[INT-057] of the Intent Reasoning Engine follows Redis and names it',
    follows(async (later, url) => {
      const postgres = await startPostgres(requireTool('postgres'));
      later(() => postgres.stop());
      const env = { ...testSecrets(), DATABASE_URL: postgres.url, REDIS_URL: url };
      const gateway = await startGateway(INTENT.policy(), later, { env });
      return `${gateway.url}/ready`;
    }),
  );
});
