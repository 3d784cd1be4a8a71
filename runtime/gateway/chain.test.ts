import { deepEqual, equal } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { createCaller, TOKEN } from '../testing/administration.ts';
import { testCache, testCacheUse, testLimit, testPolicy, testRoute } from '../testing/policy.ts';
import { startGateway, within } from '../testing/servers.ts';
import { testSignature } from '../testing/signing.ts';

const TRIED = [
  ...['front door', 'route', 'cors', 'sunset', 'upgrade', 'client addresses', 'limits of the client', 'credential'],
  ...['role', 'concurrency', 'limits', 'body', 'use of the key', 'cache'],
];

describe('the chain of a route', (it) => {
  it(
    'is rehearsed step by step, in the order in which it is enforced',
    within(20_000, async (later) => {
      const policy = testPolicy({
        auth: { ...testPolicy().auth, signature: testSignature() },
        limits: { one: testLimit({}) },
        caches: { rules: testCache() },
        routes: [
          testRoute({ methods: ['GET'], limits: ['one'], maxConcurrent: 3, cache: testCacheUse(), cors: true }),
          testRoute({ id: 'signed', path: '/signed', auth: 'signature' }),
        ],
      });
      const gateway = await startGateway(policy, later, {
        env: { ADMIN_API_KEY: TOKEN, SIGNING_SECRET: 'a-secret-for-tests-of-at-least-32-characters' },
      });
      const ask = async (path: string) =>
        (await createCaller(gateway)('POST', '/v1/admin/explain', { method: 'GET', path })).body;
      const plain = await ask('/v1/items');
      deepEqual(
        plain.steps.map(({ name }: { name: string }) => name),
        TRIED,
      );
      const results = (steps: readonly { name: string; result: string }[]) =>
        Object.fromEntries(steps.map(({ name, result }) => [name, result]));
      const tried = results(plain.steps);
      deepEqual([tried['limits'], tried['concurrency'], tried['cache']], ['passes', 'not-tried', 'not-tried']);
      deepEqual([tried['credential'], tried['body']], ['not-asked', 'not-asked']);
      const signed = await ask('/signed');
      equal(results(signed.steps)['credential'], 'not-tried', 'a nonce is used once');
    }),
  );
});
