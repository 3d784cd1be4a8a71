import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../../../compiler/testing/suite.ts';
import { egressPolicy, metric, readSeries, scrape, statusOf } from '../../../testing/egress.ts';
import { startProvider, testPool, testProvider } from '../../../testing/provider-stub.ts';
import { type Gateway, startGateway, within } from '../../../testing/servers.ts';

async function callMany(gateway: Gateway, path: string, count: number): Promise<readonly number[]> {
  return Promise.all(Array.from({ length: count }, () => statusOf(gateway, path)));
}

/** The most that each gauge ever showed, read again and again while something runs. */
async function watchGauges<Value>(
  gateway: Gateway,
  series: readonly string[],
  run: Promise<Value>,
): Promise<readonly [readonly number[], Value]> {
  let most = series.map(() => 0);
  let isOver = false;
  const done = run.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const text = await scrape(gateway);
    most = series.map((one, index) => Math.max(most[index] ?? 0, readSeries(text, one)));
    await sleep(50);
  }
  return [most, await done];
}

describe('egress :: pools', (it) => {
  it(
    '[SIQ-001] [SIQ-005] [SIQ-055] caps calls in flight at the size of the pool, or of its variable; others wait, and none is refused :: with the gauges that the panel asks for',
    within(25_000, async (later) => {
      const run = async (env: Record<string, string>, size: number): Promise<void> => {
        // Held until all jobs have come, then for a while each.
        let open: () => void = () => undefined;
        const allCame = new Promise<void>((resolve) => {
          open = resolve;
        });
        const stub = await startProvider(later, {
          respond: (_req, res) => void allCame.then(() => setTimeout(() => res.end('ok'), 400)),
        });
        const pool = { ...testPool('anthropic', 20), env: 'ANTHROPIC_CONCURRENCY' };
        const gateway = await startGateway(egressPolicy({ anthropic: testProvider(stub.url, { pool }) }), later, {
          env,
        });
        const jobs = callMany(gateway, '/anthropic/v1/messages', 60);
        const watched = watchGauges(
          gateway,
          ['provider_pool_in_use{pool="anthropic"}', 'provider_pool_waiting{pool="anthropic"}'],
          jobs,
        );
        while ((await metric(gateway, 'provider_pool_waiting{pool="anthropic"}')) < 60 - size) await sleep(20);
        await sleep(100);
        open();
        const [most, statuses] = await watched;
        deepEqual(new Set(statuses), new Set([200]));
        equal(statuses.length, 60);
        equal(stub.most, size);
        deepEqual(most, [size, 60 - size]);
        equal(await metric(gateway, 'provider_pool_size{pool="anthropic"}'), size);
        equal(await metric(gateway, 'provider_pool_in_use{pool="anthropic"}'), 0);
      };
      await Promise.all([run({}, 20), run({ ANTHROPIC_CONCURRENCY: '7' }, 7)]);
    }),
  );

  it(
    '[SIQ-002] [SIQ-003] gives each pool its own ceiling, and one ceiling to providers that share a pool',
    within(20_000, async (later) => {
      const [openai, groq, xai] = await Promise.all([1, 2, 3].map(() => startProvider(later, { holdMs: 1_000 })));
      ok(openai && groq && xai);
      const shared = testPool('groq-xai', 50);
      const gateway = await startGateway(
        egressPolicy({
          openai: testProvider(openai.url, { pool: testPool('openai', 20) }),
          groq: testProvider(groq.url, { pool: shared }),
          xai: testProvider(xai.url, { pool: shared }),
        }),
        later,
      );
      let most = 0;
      const sample = setInterval(() => {
        most = Math.max(most, groq.inFlight + xai.inFlight);
      }, 1);
      await Promise.all([
        callMany(gateway, '/openai/v1/chat', 60),
        callMany(gateway, '/groq/v1/chat', 60),
        callMany(gateway, '/xai/v1/chat', 60),
      ]);
      clearInterval(sample);
      equal(openai.most, 20);
      equal(most, 50);
      equal(groq.calls + xai.calls, 120);
    }),
  );

  it(
    '[SIQ-004] starts a call to one provider at once while all places of another are taken',
    within(10_000, async (later) => {
      const stuck = await startProvider(later, { respond: () => undefined });
      const openai = await startProvider(later);
      const gateway = await startGateway(
        egressPolicy({
          anthropic: testProvider(stuck.url, { pool: testPool('anthropic', 20) }),
          openai: testProvider(openai.url, { pool: testPool('openai', 20) }),
        }),
        later,
      );
      const gone = new AbortController();
      const blocked = Array.from({ length: 30 }, () =>
        fetch(`${gateway.egressUrl}/anthropic/v1/messages`, { signal: gone.signal }).catch(() => undefined),
      );
      while (stuck.inFlight < 20) await sleep(10);
      equal(await statusOf(gateway, '/openai/v1/chat'), 200);
      const startedMs = performance.now();
      equal(await statusOf(gateway, '/openai/v1/chat'), 200);
      ok(performance.now() - startedMs < 50, `${performance.now() - startedMs} ms`);
      gone.abort();
      await Promise.all(blocked);
      while ((await metric(gateway, 'provider_pool_in_use{pool="anthropic"}')) > 0) await sleep(20);
      equal(await metric(gateway, 'provider_pool_waiting{pool="anthropic"}'), 0);
    }),
  );

  it(
    'refuses with 503, Retry-After and a reason when the queue is full or the wait was in vain',
    within(20_000, async (later) => {
      const stuck = await startProvider(later, { respond: () => undefined });
      const pool = { name: 'a', maxConcurrent: 1, queue: { max: 1, waitMs: 1_500 } };
      const gateway = await startGateway(
        egressPolicy({ a: testProvider(stuck.url, { pool, timeoutMs: 5_000 }) }),
        later,
      );
      const holder = statusOf(gateway, '/a/x');
      while (stuck.inFlight < 1) await sleep(5);
      const waiting = fetch(`${gateway.egressUrl}/a/x`);
      while ((await metric(gateway, 'provider_pool_waiting{pool="a"}')) < 1) await sleep(5);
      for (const response of [await fetch(`${gateway.egressUrl}/a/x`), await waiting]) {
        equal(response.status, 503);
        match(response.headers.get('retry-after') ?? '', /^[1-9][0-9]*$/);
        equal(response.headers.get('content-type'), 'application/problem+json');
        const problem: unknown = await response.json();
        ok(typeof problem === 'object' && problem !== null && 'reason' in problem);
        equal(problem.reason, 'pool-full');
      }
      equal(await metric(gateway, 'provider_pool_refusals_total{pool="a",reason="queue-full"}'), 1);
      equal(await metric(gateway, 'provider_pool_refusals_total{pool="a",reason="queue-timeout"}'), 1);
      equal(await holder, 504);
    }),
  );

  it(
    'refuses to start when the variable of a pool holds no size, without saying what it holds',
    within(8_000, async (later) => {
      const pool = { ...testPool('a', 20), env: 'A_CONCURRENCY' };
      for (const text of ['0', '-1', '1.5', 'many', '1000001']) {
        const started = startGateway(egressPolicy({ a: testProvider('http://127.0.0.1:9', { pool }) }), later, {
          env: { A_CONCURRENCY: text },
        });
        const reason = await started.then(
          () => 'started',
          (error: unknown) => String(error),
        );
        match(
          reason,
          /^Error: A_CONCURRENCY \(providers\.a\.pool\.maxConcurrent\) must be (?:a whole number|>= 1|<= 1000000)$/,
        );
      }
    }),
  );

  it(
    '[SIQ-067] lets one incoming request have 12 calls in flight; a thirteenth waits, and other requests do not',
    within(15_000, async (later) => {
      const stub = await startProvider(later, { respond: () => undefined });
      const gateway = await startGateway(egressPolicy({ llm: testProvider(stub.url, { maxFanOut: 12 }) }), later);
      const headers = { 'x-request-id': 'boardroom-1' };
      const answers: Promise<number>[] = [];
      for (let index = 0; index < 13; index += 1) answers.push(statusOf(gateway, '/llm/v1', { headers }));
      while (stub.inFlight < 12) await sleep(5);
      await sleep(300);
      equal(stub.inFlight, 12);
      answers.push(
        statusOf(gateway, '/llm/v1', { headers: { 'x-request-id': 'boardroom-2' } }),
        statusOf(gateway, '/llm/v1'),
      );
      while (stub.inFlight < 14) await sleep(5);
      // Calls that were held back are answered as they come.
      stub.respond = (_req, res) => void res.end('ok');
      equal(stub.inFlight, 14);
      await Promise.all(answers);
      equal(stub.calls, 15);
    }),
  );

  it(
    'serves tenants in turn :: a flood of one delays another by one call',
    within(15_000, async (later) => {
      const stub = await startProvider(later, { holdMs: 100 });
      const pool = testPool('llm', 1);
      const gateway = await startGateway(egressPolicy({ llm: testProvider(stub.url, { pool }) }), later);
      const flood = Array.from({ length: 20 }, () =>
        statusOf(gateway, '/llm/v1', { headers: { 'x-consumer-tenant': 'a' } }),
      );
      while ((await metric(gateway, 'provider_pool_waiting{pool="llm"}')) < 19) await sleep(10);
      const before = stub.calls;
      equal(await statusOf(gateway, '/llm/v1', { headers: { 'x-consumer-tenant': 'b' } }), 200);
      ok(stub.calls - before <= 3, `${stub.calls - before} calls came first`);
      await Promise.all(flood);
    }),
  );
});
