/**
 * OWASP API6:2023 :: a flow that is worth something has its own budget, dear steps cost more of it, and a signed step happens once.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe } from '../../../compiler/testing/suite.ts';
import { signRequest } from '../../features/signing/sign-request.ts';
import { attack } from '../attacker.ts';
import { createFakeClock } from '../fake-clock.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../policy.ts';
import { startRecordingUpstream } from '../recording-upstream.ts';
import { startGateway } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';
import { testSignature } from '../signing.ts';

const SECRET = randomBytes(24).toString('hex');
const base = testPolicy();

async function start(later: Parameters<typeof startGateway>[1]) {
  const upstream = await startRecordingUpstream(later);
  const clock = createFakeClock();
  const policy = testPolicy({
    upstreams: { main: testUpstream(upstream.url) },
    auth: { ...base.auth, signature: testSignature() },
    trust: { proxyCidrs: ['127.0.0.0/8'] },
    // One a minute, ten at once; the flow of buying has its own.
    limits: {
      general: testLimit({ requests: 60, periodMs: 60_000, capacity: 10 }),
      purchase: testLimit({ requests: 1, periodMs: 60_000, capacity: 5 }),
    },
    routes: [
      testRoute({ limits: ['general'] }),
      testRoute({ id: 'look', path: '/v1/tickets', methods: ['GET'], limits: ['purchase'] }),
      testRoute({ id: 'buy', path: '/v1/tickets', methods: ['POST'], limits: ['purchase'], cost: 3 }),
      testRoute({ id: 'never', path: '/v1/all-tickets', limits: ['purchase'], cost: 6 }),
      testRoute({ id: 'pay', path: '/v1/payments', methods: ['POST'], auth: 'signature' }),
    ],
  });
  const gateway = await startGateway(policy, later, { clock, env: { SIGNING_SECRET: SECRET } });
  return { ...gateway, upstream, clock };
}

describe('OWASP API6 :: unrestricted access to sensitive business flows', (it) => {
  const test = shareSetUp(it, start);

  test(
    'a flow has a budget of its own, over all its routes, and dear steps cost more :: other flows are not held up',
    30_000,
    async ({ port, upstream, clock }) => {
      const from = (address: string) => (line: string) => attack(port, line, [`X-Forwarded-For: ${address}`]);
      const bot = from('203.0.113.7');
      upstream.clear();
      equal((await bot('POST /v1/tickets')).status, 200);
      const refused = await bot('POST /v1/tickets');
      equal(refused.status, 429);
      deepEqual(JSON.parse(refused.body)['violated-policies'], ['purchase']);
      // Two of five are left: it takes a minute until three are.
      equal(refused.field('retry-after'), '60');
      deepEqual([(await bot('GET /v1/tickets')).status, (await bot('GET /v1/tickets')).status], [200, 200]);
      equal((await bot('GET /v1/tickets')).status, 429);
      equal(upstream.requests.length, 3, 'what was refused never came to the flow');
      equal((await bot('GET /v1/items')).status, 200);
      equal((await from('203.0.113.8')('POST /v1/tickets')).status, 200);
      clock.advance(2 * 60_000);
      equal((await bot('POST /v1/tickets')).status, 429);
      clock.advance(60_000);
      equal((await bot('POST /v1/tickets')).status, 200);
    },
  );

  test(
    'a step that costs more than the flow ever has is refused, without a promise :: and is free of charge',
    30_000,
    async ({ port }) => {
      const fields = ['X-Forwarded-For: 203.0.113.9'];
      const refused = await attack(port, 'GET /v1/all-tickets', fields);
      equal(refused.status, 429);
      equal(refused.field('retry-after'), undefined);
      match(JSON.parse(refused.body).detail, /ever admits/);
      equal((await attack(port, 'POST /v1/tickets', fields)).status, 200);
    },
  );

  test(
    'a signed step happens once :: a captured request is refused again, changed, redirected, at once or late',
    30_000,
    async ({ port, upstream, clock }) => {
      const request = { method: 'POST', target: '/v1/payments?to=1', body: '{"amount":10}' };
      const signed = Object.entries(
        signRequest({ profile: 'simple', secret: SECRET }, request, { wallMs: clock.wallMs() }),
      ).map((field) => field.join(': '));
      const send = async (line: string, body: string, fields: readonly string[] = signed): Promise<number> =>
        (await attack(port, line, fields, body)).status;
      upstream.clear();
      equal(await send('POST /v1/payments?to=1', '{"amount":99}'), 401);
      equal(await send('POST /v1/payments?to=2', request.body), 401);
      equal(await send('POST /v1/payments', request.body), 401);
      equal(await send('POST /v1/payments/x?to=1', request.body), 401);
      equal(upstream.requests.length, 0);
      const race = await Promise.all([1, 2, 3, 4, 5].map(() => send('POST /v1/payments?to=1', request.body)));
      deepEqual(race.sort(), [200, 401, 401, 401, 401]);
      clock.advance(299_000);
      equal(await send('POST /v1/payments?to=1', request.body), 401);
      clock.advance(2_000);
      equal(await send('POST /v1/payments?to=1', request.body), 408);
      equal(upstream.requests.length, 1);
      ok(upstream.requests.every(({ line }) => line === 'POST /v1/payments?to=1 HTTP/1.1'));
    },
  );
});
