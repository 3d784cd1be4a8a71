import { deepEqual, equal } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import type { ApiKeyPrincipal } from '../../http/principal.ts';
import { testLimit, testPolicy, testRoute } from '../../testing/policy.ts';
import { AUTH_FAILURES, createLimiter } from './limiter.ts';
import { createOverrides } from './overrides.ts';

describe('limiter', (it) => {
  const principal: ApiKeyPrincipal = {
    kind: 'api-key',
    keyId: 'k1',
    keyType: undefined,
    tenant: 'acme',
    tier: 'gold',
    user: 'jo',
    organisation: undefined,
    roles: [],
  };
  it('gives every scope a budget of its own, and who lacks an identity its own too', () => {
    const scopes = ['client', 'api-key', 'tenant', 'user', 'organisation', 'route', 'global'] as const;
    const limits = Object.fromEntries(scopes.map((per) => [per, testLimit({ per })]));
    const route = testRoute({ auth: 'api-key', limits: [...scopes] });
    const limiter = createLimiter(testPolicy({ limits, routes: [route] }));
    const keys = limiter.charges(route, { client: { key: '203.0.113.9' }, principal }).map((charge) => charge.key);
    deepEqual(keys, [
      'client|client:203.0.113.9',
      'api-key|key:k1',
      'tenant|tenant:acme',
      'user|user:acme/jo',
      'organisation|key:k1',
      'route|route:items',
      'global|global',
    ]);
    deepEqual(
      limiter
        .clientCharges(route, { client: { key: 'x' }, principal: { kind: 'anonymous' } })
        .map((charge) => charge.key),
      ['client|client:x'],
    );
  });
  it('takes the figures of the tier', () => {
    const limits = {
      t: testLimit({ per: 'tenant', capacity: 3, variants: { gold: { requests: 1, periodMs: 1_000, capacity: 13 } } }),
    };
    const route = testRoute({ auth: 'api-key', limits: ['t'] });
    const limiter = createLimiter(testPolicy({ limits, routes: [route] }));
    const burstOf = (tier: string) =>
      limiter.charges(route, { client: { key: 'x' }, principal: { ...principal, tier } })[0]?.size.bucket.capacity;
    deepEqual([burstOf('gold'), burstOf('silver')], [13, 3]);
  });

  it('counts a request of a route as much as the route says', () => {
    const route = testRoute({ limits: ['a'], cost: 7 });
    const limiter = createLimiter(testPolicy({ limits: { a: testLimit() }, routes: [route] }));
    equal(limiter.charges(route, { client: { key: 'x' }, principal: { kind: 'anonymous' } })[0]?.cost, 7);
  });

  it('gives every replica its share where each counts alone, and the whole with a share beside where they count together', () => {
    const route = testRoute({ limits: ['a'] });
    const { storage } = testPolicy();
    const limits = { a: testLimit({ requests: 100, periodMs: 60_000, capacity: 9 }) };
    const policy = testPolicy({ limits, routes: [route], storage: { ...storage, replicas: 3 } });
    const sizeOf = (isShared: boolean) =>
      createLimiter(policy, { isShared }).charges(route, { client: { key: 'x' }, principal })[0]?.size;
    deepEqual([sizeOf(false)?.member, sizeOf(false)?.share], ['"a";q=3;w=6', undefined]);
    deepEqual([sizeOf(true)?.member, sizeOf(true)?.share?.member], ['"a";q=9;w=6', '"a";q=3;w=6']);
  });

  it('takes the figures of an override before all others, as long as it stands', () => {
    const limits = {
      k: testLimit({ per: 'api-key', variants: { gold: { requests: 1, periodMs: 1_000, capacity: 13 } } }),
    };
    const route = testRoute({ auth: 'api-key', limits: ['k'] });
    const overrides = createOverrides();
    const limiter = createLimiter(testPolicy({ limits, routes: [route] }), { overrides });
    const capacity = () =>
      limiter.charges(route, { client: { key: 'x' }, principal: { ...principal, keyType: 'gold' } })[0]?.size.bucket
        .capacity;
    equal(capacity(), 13);
    overrides.replace([{ limit: 'k', identity: 'key:k1', rate: { requests: 5, periodMs: 1_000, capacity: 17 } }]);
    equal(capacity(), 17);
    overrides.replace([{ limit: 'k', identity: 'key:k2', rate: { requests: 5, periodMs: 1_000, capacity: 17 } }]);
    equal(capacity(), 13);
  });

  it('has a budget of failed attempts for each client, where the policy sets one', () => {
    const anonymous = { client: { key: '203.0.113.9' }, principal: { kind: 'anonymous' } } as const;
    equal(createLimiter(testPolicy()).failureCharge(anonymous), undefined);
    const { auth } = testPolicy();
    const failures = { requests: 10, periodMs: 60_000, capacity: 20 };
    const charge = createLimiter(testPolicy({ auth: { ...auth, failures } })).failureCharge(anonymous);
    deepEqual([charge?.key, charge?.size.bucket.capacity], [`${AUTH_FAILURES}|client:203.0.113.9`, 20]);
  });
});
