/** Caches of responses: how they do, and dropping what is out of date. */

import { EMPTY, json, type Operation, operation, operationWithBody, problem } from '../../http/operations/operation.ts';
import { COUNT, list, NAME, object, present, TEXT } from '../../http/operations/schemas.ts';
import type { Caches } from './caches.ts';

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
}

export function cacheOperations({ caches }: CacheParts): readonly Operation[] {
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
      change: (_call, { tags }) => ({ action: 'cache.invalidate', subject: undefined, detail: { tags } }),
      async run(_call, { tags }) {
        await caches.invalidate(tags);
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
      change: (_call, { name }) => ({ action: 'cache.clear', subject: name }),
      run: async (_call, { name }) => ((await caches.clear(name)) ? EMPTY : problem(404, 'There is no such cache.')),
    }),
  ];
}
