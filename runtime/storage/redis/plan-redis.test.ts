import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { testPolicy } from '../../testing/policy.ts';
import { parseRedisUrl, planRedis } from './plan-redis.ts';

const { storage } = testPolicy();
const counting = testPolicy({ storage: { ...storage, counters: { kind: 'redis', env: 'REDIS_URL' } } });

describe('redis plan', (it) => {
  it('reads every form of the address', () => {
    const single = parseRedisUrl('rediss://app:p%40ss@cache.internal:6380/3', 'single');
    deepEqual(single, {
      mode: 'single',
      nodes: [{ host: 'cache.internal', port: 6380 }],
      master: undefined,
      database: 3,
      username: 'app',
      password: 'p@ss',
      tls: true,
    });
    deepEqual(parseRedisUrl('redis://:secret@[::1]', 'single')?.nodes, [{ host: '::1', port: 6379 }]);
    equal(parseRedisUrl('redis://:secret@[::1]', 'single')?.password, 'secret');
    const watched = parseRedisUrl('redis+sentinel://a:26380,b/main', 'sentinel');
    deepEqual(watched?.nodes, [
      { host: 'a', port: 26_380 },
      { host: 'b', port: 26_379 },
    ]);
    equal(watched?.master, 'main');
    equal(parseRedisUrl('redis://a:7000,b:7001,c:7002', 'cluster')?.nodes.length, 3);
  });

  const WRONG: readonly (readonly [string, 'single' | 'sentinel' | 'cluster'])[] = [
    ['http://a', 'single'],
    ['redis://', 'single'],
    ['redis://a,b', 'single'],
    ['redis://a:99999', 'single'],
    ['redis://a/x', 'single'],
    ['redis://a?tls=true', 'single'],
    ['redis://:%zz@a', 'single'],
    ['redis+sentinel://a/main', 'single'],
    ['redis://a/main', 'sentinel'],
    ['redis+sentinel://a', 'sentinel'],
    ['redis://a,b/1', 'cluster'],
  ];
  for (const [url, mode] of WRONG) it(`refuses ${url} as ${mode}`, () => equal(parseRedisUrl(url, mode), undefined));

  it('refuses to start without an address, and never repeats a wrong one', () => {
    equal(planRedis(testPolicy(), { REDIS_URL: 'redis://a' }).kind, 'none');
    equal(planRedis(counting, { REDIS_URL: 'redis://a' }).kind, 'redis');
    deepEqual(planRedis(counting, {}), {
      kind: 'refused',
      reason: 'REDIS_URL must be set: the policy counts in Redis',
    });
    const wrong = planRedis(counting, { REDIS_URL: 'redis://user:hunter2@a/x' });
    ok(wrong.kind === 'refused' && !wrong.reason.includes('hunter2'));
  });
});
