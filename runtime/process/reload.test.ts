import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { describe } from '../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { startGateway, startUpstream, within } from '../testing/servers.ts';
import { loadPolicy } from './load-policy.ts';

function load(policy: RuntimePolicy) {
  const loaded = loadPolicy(JSON.stringify(policy));
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.join('\n'));
  return loaded;
}

describe('reload', (it) => {
  it(
    'loses no request :: 50 reloads under load, with upstreams, limits and routes changing',
    within(60_000, async (later) => {
      const upstream = await startUpstream((_req, res) => setTimeout(() => res.end('ok'), 2), later);
      const version = (index: number) =>
        testPolicy({
          // Another bound each time makes another connection pool; the one before must end its requests first.
          upstreams: { main: { ...testUpstream(upstream), maxConnections: 20 + index } },
          limits: { [`limit-${index}`]: testLimit({ requests: 1_000_000, capacity: 1_000_000 }) },
          routes: [
            testRoute({ limits: [`limit-${index}`] }),
            testRoute({ id: `extra-${index}`, path: `/extra/${index}` }),
          ],
        });
      const gateway = await startGateway(version(0), later);
      const client = new Pool(gateway.url, { connections: 16 });
      later(() => client.destroy());
      const statuses = new Map<number | string, number>();
      let isOver = false;
      const worker = async (): Promise<void> => {
        while (!isOver) {
          const status = await client
            .request({ method: 'GET', path: '/v1/items' })
            .then(async ({ statusCode, body }) => ((await body.text()) === 'ok' ? statusCode : 'other body'))
            .catch((error: Error) => error.message);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      };
      const workers = Array.from({ length: 16 }, worker);
      const answered = () => [...statuses.values()].reduce((sum, count) => sum + count, 0);
      for (let index = 1; index <= 50; index += 1) {
        const before = answered();
        while (answered() < before + 16) await sleep(1);
        equal((await gateway.runtime.reload(load(version(index)))).kind, 'reloaded');
      }
      isOver = true;
      await Promise.all(workers);
      deepEqual([...statuses.keys()], [200]);
      ok(answered() >= 800);
      equal((await fetch(`${gateway.url}/extra/50`)).status, 200);
      equal((await fetch(`${gateway.url}/extra/49`)).status, 404);
      const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      match(metrics, /^policy_reloads_total\{result="applied"\} 50$/m);
    }),
  );

  it(
    'keeps what was counted :: a used-up limit stays used up',
    within(10_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const policy = (timeoutMs: number) =>
        testPolicy({
          upstreams: { main: testUpstream(upstream) },
          limits: { hourly: testLimit({ requests: 2, periodMs: 3_600_000, capacity: 2 }) },
          routes: [testRoute({ limits: ['hourly'], timeoutMs })],
        });
      const gateway = await startGateway(policy(3_000), later);
      const call = async () => (await fetch(`${gateway.url}/v1/items`)).status;
      deepEqual([await call(), await call(), await call()], [200, 200, 429]);
      equal((await gateway.runtime.reload(load(policy(4_000)))).kind, 'reloaded');
      equal(await call(), 429);
    }),
  );

  it(
    'enforces what the policy at start did not ask for :: and no more once it is gone',
    within(10_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const bare = testPolicy({ upstreams: { main: testUpstream(upstream) } });
      const limited: RuntimePolicy = {
        ...bare,
        limits: { hourly: testLimit({ requests: 1, periodMs: 3_600_000, capacity: 1 }) },
        routes: [testRoute({ limits: ['hourly'] })],
      };
      const gateway = await startGateway(bare, later);
      const call = async () => (await fetch(`${gateway.url}/v1/items`)).status;
      deepEqual([await call(), await call()], [200, 200]);
      equal((await gateway.runtime.reload(load(limited))).kind, 'reloaded');
      deepEqual([await call(), await call()], [200, 429]);
      equal((await gateway.runtime.reload(load(bare))).kind, 'reloaded');
      equal(await call(), 200);
    }),
  );

  it(
    'keeps the policy that works when the file is bad, says why once and shows it :: and recovers with a good file',
    within(10_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const good = testPolicy({ upstreams: { main: testUpstream(upstream) } });
      let file = '';
      const gateway = await startGateway(good, later, {
        readPolicy: async () => {
          if (file === '') throw Object.assign(new Error('gone'), { code: 'ENOENT' });
          return file;
        },
      });
      const before = (await fetch(`${gateway.url}/v1/items`)).headers.get('x-policy-digest');
      const cases: readonly (readonly [string, RegExp])[] = [
        ['', /^the policy file cannot be read \(ENOENT\)$/],
        ['{', /^not JSON: /],
        [
          JSON.stringify({ ...good, kind: 'X', extra: 1 }),
          /^policy: unknown field extra\nkind: must be RuntimePolicy$/,
        ],
        [
          JSON.stringify({ ...good, listen: { host: '127.0.0.1', port: 1 } }),
          /^listen: changed, and that needs a restart$/,
        ],
        [
          JSON.stringify({
            ...good,
            variables: [{ name: 'UNSET', required: true, format: 'text', onProblem: 'refuse' }],
          }),
          /^UNSET must be set$/,
        ],
      ];
      for (const [text, reason] of cases) {
        file = text;
        const result = await gateway.runtime.reloadFromFile();
        match(result.kind === 'refused' ? result.reasons.join('\n') : result.kind, reason);
        const answer = await fetch(`${gateway.url}/v1/items`);
        equal(answer.status, 200);
        equal(answer.headers.get('x-policy-digest'), before);
      }
      equal(gateway.lines.filter(({ msg }) => msg === 'policy refused').length, cases.length);
      const scrape = async () => (await fetch(`${gateway.adminUrl}/metrics`)).text();
      match(await scrape(), /^policy_reload_failed 1$/m);
      match(await scrape(), new RegExp(`^policy_reloads_total\\{result="refused"\\} ${cases.length}$`, 'm'));
      file = JSON.stringify(good);
      equal((await gateway.runtime.reloadFromFile()).kind, 'unchanged');
      match(await scrape(), /^policy_reload_failed 0$/m);
      file = JSON.stringify({ ...good, telemetry: { ...good.telemetry, logLevel: 'error' } });
      equal((await gateway.runtime.reloadFromFile()).kind, 'reloaded');
      const lines = gateway.lines.length;
      await fetch(`${gateway.url}/v1/items`);
      equal(gateway.lines.length, lines, 'the new log level holds');
    }),
  );
});
