import { deepEqual, equal } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { createLog } from '../../telemetry/log.ts';
import { createMetricRegistry } from '../../telemetry/registry.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { checkAgainst } from '../../testing/open-api.ts';
import { testPolicy } from '../../testing/policy.ts';
import type { CacheAdministration } from '../admin-parts.ts';
import { createAuditTrail } from '../audit/audit-trail.ts';
import { formatOpenApi } from '../open-api.ts';
import type { Call, Result } from '../operation.ts';
import { cacheOperations } from './caches.ts';

const CALL: Call = {
  params: {},
  query: {},
  headers: {},
  requestId: 'r',
  by: { actor: 'administrator', requestId: 'r' },
};

function start(caches: CacheAdministration | undefined) {
  const log = createLog(testPolicy(), { write: () => undefined });
  const audit = createAuditTrail({ clock: createFakeClock(), log, registry: createMetricRegistry() });
  const operations = cacheOperations({ caches, audit });
  const check = checkAgainst(formatOpenApi(operations));
  const run = async (id: string, body?: unknown): Promise<Result> => {
    const found = operations.find((operation) => operation.id === id);
    if (found === undefined) throw new Error(id);
    const result = await found.run(CALL, body);
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
        { name: 'answers', store: 'redis', entries: 3, bytes: undefined, stats: { hits: 5, misses: 2 } },
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

  it('is not there where nothing is cached', async () => {
    const { run } = start(undefined);
    for (const [id, body] of [
      ['listCaches', undefined],
      ['invalidateCaches', { tags: ['a'] }],
      ['clearCache', { name: 'a' }],
    ] as const) {
      const result = await run(id, body);
      equal(result.kind === 'problem' ? result.status : result.kind, 404);
    }
  });
});
