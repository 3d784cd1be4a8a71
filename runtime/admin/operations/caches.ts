/** Caches of responses: how they do, and dropping what is out of date. */

import type { AuditTrail } from '../../features/audit/audit-trail.ts';
import type { Caches } from '../../features/cache/caches.ts';
import { EMPTY, json, type Operation, operation, operationWithBody, problem } from '../operation.ts';
import { COUNT, list, NAME, object, present, TEXT } from '../schemas.ts';

const CACHE = object({
  name: TEXT,
  store: { enum: ['memory', 'redis'] },
  'entries?': COUNT,
  'bytes?': COUNT,
  hits: COUNT,
  misses: COUNT,
});

const TAGS = { type: 'array', items: { type: 'string', minLength: 1, maxLength: 200 }, minItems: 1, maxItems: 100 };

export interface CacheParts {
  readonly caches: Pick<Caches, 'list' | 'invalidate' | 'clear'>;
  readonly audit: AuditTrail;
}

export function cacheOperations({ caches, audit }: CacheParts): readonly Operation[] {
  return [
    operation({
      id: 'listCaches',
      method: 'GET',
      path: '/v1/admin/caches',
      summary: 'Caches of this replica.',
      access: 'admin',
      answers: { 200: { description: 'All caches.', schema: object({ items: list(CACHE) }) } },
      async run() {
        const items = (await caches.list()).map(({ name, store, entries, bytes, stats: { hits, misses } }) =>
          present({ name, store, entries, bytes, hits, misses }),
        );
        return json(200, { items });
      },
    }),
    operationWithBody<{ readonly tags: readonly string[] }>({
      id: 'invalidateCaches',
      method: 'POST',
      path: '/v1/admin/caches/invalidate',
      summary: 'Drops the entries with one of these tags from all caches, on all replicas.',
      access: 'admin',
      body: object({ tags: TAGS }),
      answers: { 204: { description: 'They are dropped here, and other replicas are told.' } },
      async run({ by }, { tags }) {
        await caches.invalidate(tags);
        audit.record({ ...by, action: 'cache.invalidate', subject: undefined, result: 'done', detail: { tags } });
        return EMPTY;
      },
    }),
    operationWithBody<{ readonly name: string }>({
      id: 'clearCache',
      method: 'POST',
      path: '/v1/admin/caches/clear',
      summary: 'Drops all entries of one cache, on all replicas.',
      access: 'admin',
      body: object({ name: NAME }),
      answers: { 204: { description: 'They are dropped here, and other replicas are told.' } },
      async run({ by }, { name }) {
        const isDone = await caches.clear(name);
        audit.record({ ...by, action: 'cache.clear', subject: name, result: isDone ? 'done' : 'refused' });
        return isDone ? EMPTY : problem(404, 'There is no such cache.');
      },
    }),
  ];
}
