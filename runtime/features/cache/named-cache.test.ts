import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import type { Cache } from '../../../schemas/runtime-policy.gen.ts';
import { policies } from '../../library.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { testCache, testPolicy } from '../../testing/policy.ts';
import { decodeEntry, encodeEntry } from './entry-codec.ts';
import { createInvalidations } from './invalidations.ts';

/** The library form with these caches, as a host has it. */
function host(caches: Record<string, Partial<Cache>>) {
  const clock = createFakeClock();
  const described = Object.entries(caches).map(([name, change]) => [name, testCache(change)] as const);
  const enforce = policies(testPolicy({ caches: Object.fromEntries(described) }), { clock });
  const get = (name: string) => {
    const cache = enforce.caches.get(name);
    ok(cache !== undefined);
    return cache;
  };
  const metric = async (name: string, cache: string): Promise<number> => {
    const found = new RegExp(`^${name}\\{cache="${cache}"\\} (\\d+)$`, 'm').exec(await enforce.metrics.scrape());
    return Number(found?.[1]);
  };
  return { caches: enforce.caches, clock, get, metric };
}

/** The proof of a named cache: calls within the TTL and after it, and what happens at its bound. */
async function proveBound(name: string, maxEntries: number, ttlMs: number): Promise<void> {
  const { clock, get, metric } = host({ [name]: { maxEntries, ttlMs, maxBytes: 64 * 1_048_576 } });
  let calls = 0;
  const ask = (id: number) =>
    get(name).wrap(['acme', String(id)], [name], () => {
      calls += 1;
      return { id, call: calls };
    });
  deepEqual(await ask(0), { id: 0, call: 1 });
  clock.advance(ttlMs - 1);
  deepEqual(await ask(0), { id: 0, call: 1 });
  clock.advance(1);
  deepEqual(await ask(0), { id: 0, call: 2 });
  for (let id = 1; id < maxEntries; id += 1) await ask(id);
  equal(await metric('cache_entries', name), maxEntries);
  equal(await metric('cache_evictions_total', name), 0);
  await ask(maxEntries);
  equal(await metric('cache_entries', name), maxEntries);
  equal(await metric('cache_evictions_total', name), 1);
  equal(await metric('cache_hits_total', name), 1);
  equal(await metric('cache_misses_total', name), maxEntries + 2);
}

describe('named cache', (it) => {
  it('[JAM-001] keeps 1000 rules for 300 s', () => proveBound('rules', 1_000, 300_000));
  it('[JAM-002] keeps 10000 evaluations for 60 s', () => proveBound('evaluations', 10_000, 60_000));

  it('[JAM-005] counts hits and misses by name of the cache', async () => {
    const { get, metric } = host({ rules: {}, evaluations: {} });
    await get('rules').wrap('a', [], () => 1);
    await get('rules').wrap('a', [], () => 1);
    await get('evaluations').wrap('a', [], () => 1);
    deepEqual([await metric('cache_hits_total', 'rules'), await metric('cache_misses_total', 'rules')], [1, 1]);
    deepEqual(
      [await metric('cache_hits_total', 'evaluations'), await metric('cache_misses_total', 'evaluations')],
      [0, 1],
    );
  });

  it('[SIM-115] answers the second read of a session without the database', async () => {
    const { get } = host({ sessions: {} });
    let reads = 0;
    const readSession = (tenant: string, id: string) =>
      get('sessions').wrap([tenant, id], [`session:${id}`], async () => {
        reads += 1;
        return { tenant, id };
      });
    deepEqual(await readSession('acme', '7'), { tenant: 'acme', id: '7' });
    deepEqual(await readSession('acme', '7'), { tenant: 'acme', id: '7' });
    equal(reads, 1);
    deepEqual(await readSession('rival', '7'), { tenant: 'rival', id: '7' });
    equal(reads, 2);
  });

  it('[JAM-004] drops what depends on a tag, in all caches :: and nothing else', async () => {
    const { caches, get, metric } = host({ rules: {}, evaluations: {} });
    let version = 1;
    const rule = () => get('rules').wrap('1', ['rules'], () => version);
    const evaluation = () => get('evaluations').wrap('1', ['rules'], () => `by ${version}`);
    const other = () => get('evaluations').wrap('2', ['other'], () => version);
    deepEqual([await rule(), await evaluation(), await other()], [1, 'by 1', 1]);
    version = 2;
    await caches.invalidate(['rules']);
    deepEqual([await rule(), await evaluation(), await other()], [2, 'by 2', 1]);
    equal(await metric('cache_invalidations_total', 'evaluations'), 1);
    equal(await caches.clear('evaluations'), true);
    equal(await caches.clear('nothing'), false);
    equal(await other(), 2);
    const [first] = await caches.list();
    deepEqual([first?.name, first?.store, first?.entries], ['rules', 'memory', 1]);
  });

  it('loads once for all who ask at once :: a failure is theirs, too, and is not kept', async () => {
    const { get } = host({ rules: {} });
    let loads = 0;
    const load = async () => {
      loads += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (loads === 1) throw new Error('no database');
      return { loads };
    };
    const first = await Promise.allSettled(Array.from({ length: 50 }, () => get('rules').wrap('a', [], load)));
    ok(first.every((result) => result.status === 'rejected'));
    equal(loads, 1);
    const second = await Promise.all(Array.from({ length: 50 }, () => get('rules').wrap('a', [], load)));
    ok(second.every((value) => value.loads === 2));
    equal(loads, 2);
  });

  it('gives each caller a copy of his own', async () => {
    const { get } = host({ rules: {} });
    const load = () => ({ words: ['a'] });
    await get('rules').wrap('a', [], load);
    (await get('rules').wrap('a', [], load)).words.push('mine');
    deepEqual(await get('rules').wrap('a', [], load), { words: ['a'] });
  });

  it('lets what has ended stand in for a load that fails :: for its time', async () => {
    const { clock, get, metric } = host({ rules: { ttlMs: 1_000, staleIfErrorMs: 5_000 } });
    const down = () => Promise.reject(new Error('no database'));
    await get('rules').wrap('a', [], () => 'good');
    clock.advance(1_001);
    equal(await get('rules').wrap('a', [], down), 'good');
    equal(await metric('cache_stale_served_total', 'rules'), 1);
    clock.advance(5_000);
    await rejects(get('rules').wrap('a', [], down), /no database/);
  });

  it('does not put back what was loaded before an invalidation', async () => {
    const { caches, get } = host({ rules: {} });
    let finish: ((value: string) => void) | undefined;
    const slow = get('rules').wrap('a', ['rules'], () => new Promise<string>((resolve) => (finish = resolve)));
    await caches.invalidate(['rules']);
    equal(await get('rules').wrap('a', ['rules'], () => 'new'), 'new');
    finish?.('old');
    equal(await slow, 'old');
    equal(await get('rules').wrap('a', ['rules'], () => 'newer'), 'new');
  });

  it('keeps entries over a reload :: unless the cache is described anew', async () => {
    const { caches, get } = host({ rules: {} });
    await get('rules').wrap('a', [], () => 1);
    caches.use(testPolicy({ caches: { rules: testCache() } }));
    equal(await get('rules').wrap('a', [], () => 2), 1);
    caches.use(testPolicy({ caches: { rules: testCache({ maxEntries: 7 }) } }));
    equal(await get('rules').wrap('a', [], () => 3), 3);
    caches.use(testPolicy());
    equal(caches.get('rules'), undefined);
  });

  it('tells nothing of keys or values in its metrics', async () => {
    const { caches, get, metric } = host({ rules: {} });
    await get('rules').wrap('secret-key', ['tag-secret'], () => 'secret');
    equal(JSON.stringify(await caches.list()).includes('secret'), false);
    match(String(await metric('cache_bytes', 'rules')), /^[1-9]\d*$/);
  });
});

describe('invalidations', (it) => {
  it('tells what was hit since a moment :: forgets at most in the safe direction', () => {
    const invalidations = createInvalidations();
    const before = invalidations.now;
    invalidations.add(['a']);
    const after = invalidations.now;
    deepEqual([invalidations.hitSince(before, ['a']), invalidations.hitSince(before, ['b'])], [true, false]);
    equal(invalidations.hitSince(after, ['a']), false);
    for (let index = 0; index < 2_000; index += 1) invalidations.add([`t${index}`]);
    equal(invalidations.hitSince(after, ['untouched']), true);
    const recent = invalidations.now;
    invalidations.addAll();
    equal(invalidations.hitSince(recent, []), true);
    equal(invalidations.hitSince(invalidations.now, ['a']), false);
  });
});

describe('entry codec', (it) => {
  it('gives back what it was given :: and takes nothing else for an entry', () => {
    const entry = {
      freshMs: 1,
      staleMs: 2,
      head: { status: 200, headers: { etag: '"ü"' }, ageMs: 3 },
      body: Buffer.from([0, 255, 13, 10]),
    };
    const bytes = encodeEntry(entry, ['m']);
    deepEqual(decodeEntry(bytes), { entry, marks: ['m'] });
    for (const wrong of [
      Buffer.alloc(0),
      Buffer.from('abc'),
      bytes.subarray(0, 20),
      Buffer.from('\xff\xff\xff\xff{}', 'latin1'),
      Buffer.from('\0\0\0\x02[]'),
      Buffer.from('\0\0\0\x0d{"version":2}'),
    ]) {
      equal(decodeEntry(wrong), undefined);
    }
  });
});
