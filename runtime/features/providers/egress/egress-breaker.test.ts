import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../../../compiler/testing/suite.ts';
import { ask, egressPolicy, metric, problemReason, statuses } from '../../../testing/egress.ts';
import { createSkippingClock } from '../../../testing/fake-clock.ts';
import {
  type ProviderStub,
  startProvider,
  TEST_BREAKER,
  testPool,
  testProvider,
} from '../../../testing/provider-stub.ts';
import { startGateway, startUpstream, within } from '../../../testing/servers.ts';

const fail: ProviderStub['respond'] = (_req, res) => void res.writeHead(500).end('broken');

describe('egress :: breaker and fallback', (it) => {
  it(
    "[JAM-103] [JAM-107] [JAM-108] [JAM-109] [SEN-041] [SEN-135] stops calling what fails at exactly the declared count, and tries it again with one of 50 :: its state is in the metric; the runtime's half, without the alert",
    within(20_000, async (later) => {
      const clock = createSkippingClock();
      const stub = await startProvider(later, { respond: fail });
      const policy = egressPolicy({ openrouter: testProvider(stub.url, { breaker: TEST_BREAKER }) });
      const gateway = await startGateway(policy, later, { clock });
      const state = (): Promise<number> => metric(gateway, 'breaker_state{kind="provider",name="openrouter"}');
      equal(await state(), 0);
      deepEqual(await statuses(gateway, '/openrouter/v1', 2), [500, 500]);
      equal(await state(), 0);
      deepEqual(await statuses(gateway, '/openrouter/v1', 3), [500, 503, 503]);
      equal(stub.calls, 3);
      equal(await state(), 2);
      const refused = await ask(gateway, '/openrouter/v1');
      match(refused.headers.get('retry-after') ?? '', /^(?:29|30)$/);
      equal(await problemReason(refused), 'provider-open');

      clock.advance(30_000);
      stub.respond = () => undefined;
      const pending = Array.from({ length: 50 }, () => ask(gateway, '/openrouter/v1').then(({ status }) => status));
      while ((await metric(gateway, 'provider_calls_total{provider="openrouter",result="not-sent"}')) < 52)
        await sleep(10);
      equal(stub.calls, 4);
      equal(stub.inFlight, 1);
      equal(await state(), 1);
      stub.respond = fail;
      clock.advance(10_000);
      equal(await state(), 2);
      deepEqual(new Set(await Promise.all(pending)), new Set([503, 504]));

      clock.advance(30_000);
      deepEqual(await statuses(gateway, '/openrouter/v1', 2), [500, 503]);
      equal(await state(), 2);
      clock.advance(30_000);
      stub.respond = (_req, res) => void res.end('well again');
      deepEqual(await statuses(gateway, '/openrouter/v1', 2), [200, 200]);
      equal(await state(), 0);
      const [breaker] = gateway.runtime.breakers?.list() ?? [];
      equal(breaker?.consecutiveFailures, 0);
      equal(await metric(gateway, 'breaker_transitions_total{kind="provider",name="openrouter",to="closed"}'), 1);
      equal(await metric(gateway, 'breaker_transitions_total{kind="provider",name="openrouter",to="open"}'), 3);
      const moves = gateway.lines.filter(({ msg }) => msg === 'breaker changed').map(({ to }) => to);
      deepEqual(moves, ['open', 'half-open', 'open', 'half-open', 'open', 'half-open', 'closed']);
    }),
  );

  it(
    '[JAM-107] refuses in less than 5 ms while open',
    within(10_000, async (later) => {
      const stub = await startProvider(later, { respond: fail });
      const gateway = await startGateway(egressPolicy({ a: testProvider(stub.url, { breaker: TEST_BREAKER }) }), later);
      await statuses(gateway, '/a/x', 4);
      const before = gateway.lines.length;
      await statuses(gateway, '/a/x', 20);
      const times = gateway.lines
        .slice(before)
        .map(({ ms }) => Number(ms))
        .sort((one, two) => one - two);
      ok((times[10] ?? 99) < 5, `${times[10]} ms`);
    }),
  );

  it(
    '[JAM-105] [SIM-005] [SIM-148] asks the fallback while open, says so, and answers 503 when that is down too',
    within(15_000, async (later) => {
      const main = await startProvider(later, { respond: fail });
      const spare = await startProvider(later, { respond: (_req, res) => void res.end('from ollama') });
      const gateway = await startGateway(
        egressPolicy({
          openrouter: testProvider(main.url, { breaker: TEST_BREAKER, fallback: 'ollama' }),
          ollama: testProvider(`${spare.url}/local`, { breaker: TEST_BREAKER, pool: testPool('ollama', 2) }),
        }),
        later,
      );
      await statuses(gateway, '/openrouter/v1/chat?x=1', 3);
      const response = await ask(gateway, '/openrouter/v1/chat?x=1', { method: 'POST', body: 'question' });
      equal(response.status, 200);
      equal(await response.text(), 'from ollama');
      equal(response.headers.get('x-degraded'), 'fallback=ollama');
      equal(spare.seen[0]?.url, '/local/v1/chat?x=1');
      equal(main.calls, 3);
      equal(await metric(gateway, 'fallback_total{provider="openrouter",fallback="ollama"}'), 1);
      equal((await ask(gateway, '/ollama/v1/chat')).headers.get('x-degraded'), null);
      spare.respond = fail;
      deepEqual(await statuses(gateway, '/openrouter/v1/chat', 3), [500, 500, 500]);
      const down = await ask(gateway, '/openrouter/v1/chat');
      equal(down.status, 503);
      equal(await problemReason(down), 'provider-open');
      equal(await metric(gateway, 'provider_pool_in_use{pool="ollama"}'), 0);
    }),
  );

  it(
    'asks the fallback when no connection comes about, with the same body; not when the answer was lost',
    within(10_000, async (later) => {
      const spare = await startUpstream((req, res) => void req.pipe(res), later);
      const cut = await startProvider(later, { respond: (_req, res) => void res.socket?.destroy() });
      const gateway = await startGateway(
        egressPolicy({
          away: testProvider('http://127.0.0.1:9', { fallback: 'spare' }),
          cut: testProvider(cut.url, { fallback: 'spare' }),
          spare: testProvider(spare),
        }),
        later,
      );
      const response = await ask(gateway, '/away/x', { method: 'POST', body: 'the question' });
      equal(await response.text(), 'the question');
      equal(response.headers.get('x-degraded'), 'fallback=spare');
      const lost = await ask(gateway, '/cut/x', { method: 'POST', body: 'the question' });
      equal(lost.status, 502);
      equal(await problemReason(lost), 'provider-failed');
    }),
  );

  it(
    'does not move the load of a full pool to the fallback',
    within(10_000, async (later) => {
      const main = await startProvider(later, { respond: () => undefined });
      const spare = await startProvider(later);
      const pool = { name: 'main', maxConcurrent: 1, queue: { max: 0, waitMs: 0 } };
      const gateway = await startGateway(
        egressPolicy({
          main: testProvider(main.url, { pool, fallback: 'spare', timeoutMs: 800 }),
          spare: testProvider(spare.url),
        }),
        later,
      );
      const holder = ask(gateway, '/main/x');
      while (main.inFlight < 1) await sleep(5);
      const refused = await ask(gateway, '/main/x');
      equal(refused.status, 503);
      equal(await problemReason(refused), 'pool-full');
      equal(spare.calls, 0);
      equal((await holder).status, 504);
    }),
  );

  it(
    'sends those who wait on their way when the breaker opens :: they do not wait for calls that hang',
    within(10_000, async (later) => {
      const main = await startProvider(later, { respond: () => undefined });
      const spare = await startProvider(later);
      const gateway = await startGateway(
        egressPolicy({
          main: testProvider(main.url, {
            pool: testPool('main', 3),
            fallback: 'spare',
            breaker: TEST_BREAKER,
            timeoutMs: 60_000,
          }),
          spare: testProvider(spare.url),
        }),
        later,
      );
      const gone = new AbortController();
      const stuck = [1, 2, 3].map(() => ask(gateway, '/main/x', { signal: gone.signal }).catch(() => undefined));
      while (main.inFlight < 3) await sleep(5);
      const waiting = ask(gateway, '/main/x');
      while ((await metric(gateway, 'provider_pool_waiting{pool="main"}')) < 1) await sleep(5);
      gateway.runtime.breakers?.find('provider', 'main')?.force('open');
      equal((await waiting).headers.get('x-degraded'), 'fallback=spare');
      gone.abort();
      await Promise.all(stuck);
    }),
  );

  it(
    'asks the target that a service insists on, and never another of that provider',
    within(10_000, async (later) => {
      const [groq, xai] = [await startProvider(later), await startProvider(later, { respond: fail })];
      const spare = await startProvider(later);
      const gateway = await startGateway(
        egressPolicy({
          a: testProvider([groq.url, xai.url], { breaker: TEST_BREAKER, fallback: 'spare' }),
          spare: testProvider(spare.url),
        }),
        later,
      );
      const insist = (target: string) => ask(gateway, '/a/x', { headers: { 'x-provider-target': target } });
      for (let index = 0; index < 3; index += 1) equal((await insist('t1')).status, 500);
      equal((await insist('t1')).headers.get('x-degraded'), 'fallback=spare');
      equal((await insist('t0')).status, 200);
      equal((await insist('t2')).status, 404);
      deepEqual([groq.calls, xai.calls, spare.calls], [1, 3, 1]);
      equal(groq.seen[0]?.headers['x-provider-target'], undefined);
    }),
  );

  it(
    'takes turns among targets, and leaves out the one that fails',
    within(10_000, async (later) => {
      const [good, bad] = [await startProvider(later), await startProvider(later, { respond: fail })];
      const gateway = await startGateway(
        egressPolicy({ a: testProvider([good.url, bad.url], { breaker: TEST_BREAKER }) }),
        later,
      );
      await statuses(gateway, '/a/x', 6);
      deepEqual([good.calls, bad.calls], [3, 3]);
      deepEqual(new Set(await statuses(gateway, '/a/x', 10)), new Set([200]));
      deepEqual([good.calls, bad.calls], [13, 3]);
      equal(await metric(gateway, 'breaker_state{kind="provider",name="a/t1"}'), 2);
    }),
  );
});

describe('egress :: throttle signals', (it) => {
  it(
    "[SIQ-056] counts a 429, halves the pool, and sends nothing before Retry-After :: the runtime's half, without the alert",
    within(20_000, async (later) => {
      const clock = createSkippingClock();
      const stub = await startProvider(later, {
        respond: (_req, res) => void res.writeHead(429, { 'retry-after': '1' }).end('slow down'),
      });
      const throttle = { minConcurrent: 2, recoverMs: 60_000 };
      const gateway = await startGateway(
        egressPolicy({
          anthropic: testProvider(stub.url, { pool: testPool('anthropic', 8), throttle, breaker: TEST_BREAKER }),
        }),
        later,
        { clock },
      );
      const first = await ask(gateway, '/anthropic/v1');
      equal(first.status, 429);
      equal(first.headers.get('retry-after'), '1');
      equal(await first.text(), 'slow down');
      equal(await metric(gateway, 'provider_throttled_total{provider="anthropic"}'), 1);
      equal(await metric(gateway, 'provider_calls_total{provider="anthropic",result="throttled"}'), 1);
      equal(await metric(gateway, 'provider_pool_size{pool="anthropic"}'), 4);
      equal(await metric(gateway, 'breaker_state{kind="provider",name="anthropic"}'), 0);
      const startedMs = performance.now();
      stub.respond = (_req, res) => void res.end('ok');
      equal((await ask(gateway, '/anthropic/v1')).status, 200);
      ok(performance.now() - startedMs > 700, 'it waited');
      clock.advance(121_000);
      equal(await metric(gateway, 'provider_pool_size{pool="anthropic"}'), 6);
    }),
  );

  it(
    'refuses at once who could not wait until Retry-After; a plain 503 is a failure and no throttle',
    within(10_000, async (later) => {
      const stub = await startProvider(later, { respond: (_req, res) => void res.writeHead(503).end() });
      const pool = { name: 'a', maxConcurrent: 4, queue: { max: 9, waitMs: 1_000 } };
      const gateway = await startGateway(
        egressPolicy({ a: testProvider(stub.url, { pool, throttle: { minConcurrent: 1, recoverMs: 1_000 } }) }),
        later,
      );
      deepEqual(await statuses(gateway, '/a/x', 1), [503]);
      equal(await metric(gateway, 'provider_throttled_total{provider="a"}'), 0);
      stub.respond = (_req, res) => void res.writeHead(503, { 'retry-after': '30' }).end();
      deepEqual(await statuses(gateway, '/a/x', 1), [503]);
      const held = await ask(gateway, '/a/x');
      equal(held.status, 503);
      match(held.headers.get('retry-after') ?? '', /^(?:29|30)$/);
      equal(await problemReason(held), 'provider-throttled');
      equal(stub.calls, 2);
    }),
  );
});
