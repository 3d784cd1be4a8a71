import { deepEqual, equal } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { createAuditTrail } from '../../admin/audit/audit-trail.ts';
import { formatOpenApi } from '../../admin/open-api.ts';
import { perform } from '../../admin/perform.ts';
import type { Call, Result } from '../../http/operations/operation.ts';
import { createLog } from '../../telemetry/log.ts';
import { createMetricRegistry } from '../../telemetry/registry.ts';
import { createCaller, TOKEN } from '../../testing/administration.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { checkAgainst } from '../../testing/open-api.ts';
import { testCache, testCacheUse, testPolicy, testRoute, testUpstream } from '../../testing/policy.ts';
import { startGateway, startUpstream, within } from '../../testing/servers.ts';
import { createStats } from './named-cache.ts';
import { type CacheParts, cacheOperations } from './operations.ts';

const CALL: Call = {
  params: {},
  query: {},
  headers: {},
  requestId: 'r',
  by: { actor: 'administrator', requestId: 'r' },
};

function start(caches: CacheParts['caches']) {
  const log = createLog(testPolicy(), { write: () => undefined });
  const audit = createAuditTrail({ clock: createFakeClock(), log, registry: createMetricRegistry() });
  const operations = cacheOperations({ caches });
  const check = checkAgainst(formatOpenApi(operations));
  const run = async (id: string, body?: unknown): Promise<Result> => {
    const found = operations.find((operation) => operation.id === id);
    if (found === undefined) throw new Error(id);
    const result = await perform(found, { call: CALL, body, audit });
    if (result.kind === 'json') {
      deepEqual(check.faultsOf(id, result.status, 'application/json', JSON.stringify(result.value)), []);
    }
    return result;
  };
  return { audit, run };
}

describe('administration of caches', (it) => {
  it('lists, invalidates by tag and clears, each written down', async () => {
    const told: unknown[] = [];
    const { audit, run } = start({
      list: async () => [
        {
          name: 'answers',
          store: 'redis',
          entries: 3,
          bytes: undefined,
          stats: { ...createStats(), hits: 5, misses: 2 },
        },
      ],
      invalidate: async (tags) => void told.push(tags),
      clear: async (name) => name === 'answers',
    });
    deepEqual(await run('listCaches'), {
      kind: 'json',
      status: 200,
      value: { items: [{ name: 'answers', store: 'redis', entries: 3, hits: 5, misses: 2 }] },
    });
    equal((await run('invalidateCaches', { tags: ['tenant:acme'] })).kind, 'empty');
    deepEqual(told, [['tenant:acme']]);
    equal((await run('invalidateCaches', { tags: [] })).kind, 'problem');
    equal((await run('clearCache', { name: 'answers' })).kind, 'empty');
    equal((await run('clearCache', { name: 'none' })).kind, 'problem');
    const { entries } = await audit.list({ limit: 9, after: undefined });
    deepEqual(
      entries.map(({ action, result }) => [action, result]),
      [
        ['cache.clear', 'refused'],
        ['cache.clear', 'done'],
        ['cache.invalidate', 'done'],
      ],
    );
  });

  it(
    'reaches the caches of a running gateway :: what is dropped is fetched again, and the status tells its figures',
    within(20_000, async (later) => {
      let calls = 0;
      const upstream = await startUpstream((_req, res) => {
        calls += 1;
        res.setHeader('cache-control', 'max-age=60').end(`call ${calls}`);
      }, later);
      const policy = testPolicy({
        upstreams: { main: testUpstream(upstream) },
        caches: { answers: testCache({ ttlMs: 60_000 }) },
        routes: [testRoute({ cache: testCacheUse({ use: 'answers', tags: ['items'] }) })],
      });
      const gateway = await startGateway(policy, later, { env: { ADMIN_API_KEY: TOKEN } });
      const call = createCaller(gateway);
      const get = async () => (await fetch(`${gateway.url}/v1/items`)).text();
      equal(await get(), 'call 1');
      equal(await get(), 'call 1');
      const listed = await call('GET', '/v1/admin/caches');
      deepEqual([listed.status, listed.body.items.length], [200, 1]);
      deepEqual([listed.body.items[0].name, listed.body.items[0].hits, listed.body.items[0].misses], ['answers', 1, 1]);
      const status = await call('GET', '/v1/status');
      deepEqual([status.body.caches[0].name, status.body.caches[0].entries], ['answers', 1]);
      equal((await call('POST', '/v1/admin/caches/invalidate', { tags: ['other'] })).status, 204);
      equal(await get(), 'call 1');
      equal((await call('POST', '/v1/admin/caches/invalidate', { tags: ['items'] })).status, 204);
      equal(await get(), 'call 2');
      equal((await call('POST', '/v1/admin/caches/clear', { name: 'answers' })).status, 204);
      equal(await get(), 'call 3');
      equal((await call('POST', '/v1/admin/caches/clear', { name: 'none' })).status, 404);
    }),
  );

  it('tells of a shared cache that does not answer, without its size', async () => {
    const { run } = start({
      list: async () => [
        { name: 'answers', store: 'redis', entries: undefined, bytes: undefined, stats: createStats() },
      ],
      invalidate: async () => undefined,
      clear: async () => false,
    });
    deepEqual(await run('listCaches'), {
      kind: 'json',
      status: 200,
      value: { items: [{ name: 'answers', store: 'redis', hits: 0, misses: 0 }] },
    });
  });
});
