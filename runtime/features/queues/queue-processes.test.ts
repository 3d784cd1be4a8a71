import { deepEqual, equal, ok } from 'node:assert/strict';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { until } from '../../testing/cached-gateway.ts';
import { testPolicy } from '../../testing/policy.ts';
import { startQueue } from '../../testing/queue.ts';
import { startGateway, within } from '../../testing/servers.ts';

describe('queue workers as processes', (it) => {
  const program = requireTool('redis-server');

  it(
    '[SIQ-060] [SIQ-032] finishes what a killed worker had in hand :: by another, within the limit',
    within(60_000, async (later) => {
      const { put, processes, count, isEmpty, consumers } = await startQueue(program, later);
      const [first] = await processes(1);
      await put({ n: 1, hangs: true });
      await until(async () => (await count('attempts:1')) === 1);
      first?.kill('SIGKILL');
      await processes(1);
      const startedMs = performance.now();
      await until(isEmpty);
      ok(performance.now() - startedMs < 8_000);
      deepEqual([await count('attempts:1'), await count('done:1')], [2, 1]);
      equal((await consumers()).length, 2);
    }),
  );

  it(
    '[SIQ-060] sets aside what takes down every worker :: after the deliveries that the policy grants, with its fields',
    within(60_000, async (later) => {
      const { redis, queue, put, processes, count, isEmpty } = await startQueue(program, later, { maxDeliveries: 2 });
      await put({ n: 1, poison: true });
      await put({ n: 2 });
      for (let worker = 0; worker < 3 && !(await isEmpty()); worker += 1) {
        const [child] = await processes(1);
        const gone = new Promise((resolve) => child?.once('exit', resolve));
        await Promise.race([gone, until(isEmpty)]);
      }
      await until(isEmpty);
      equal(await count('attempts:1'), 2);
      equal(await count('done:2'), 1);
      const [dead] = await redis.xrange(`${queue.stream}.dead`, '-', '+');
      const fields = dead?.[1] ?? [];
      equal(fields[fields.indexOf('job') + 1], '{"n":1,"poison":true}');
      equal(fields[fields.indexOf('reason') + 1], 'delivered too often');
    }),
  );

  it(
    '[SIQ-029] lets several workers share the queue :: distinct consumers, no job done twice',
    within(90_000, async (later) => {
      const { redis, put, processes, consumers, isEmpty } = await startQueue(program, later);
      await processes(3);
      const names = await consumers();
      equal(new Set(names).size, 3);
      const many = 600;
      for (let n = 0; n < many; n += 1) await put({ n, ms: 2 });
      // Longer than the limit, in the hands of a worker that lives: nobody takes it over.
      await put({ n: many, ms: 4_000 });
      await until(isEmpty);
      const done = await redis.mget(Array.from({ length: many + 1 }, (_, n) => `done:${n}`));
      const attempts = await redis.mget(Array.from({ length: many + 1 }, (_, n) => `attempts:${n}`));
      ok(done.every((value) => value === '1'));
      ok(attempts.every((value) => value === '1'));
      const shares = await Promise.all(names.map(async (name) => Number(await redis.get(`by:${name}`))));
      ok(
        shares.every((share) => share > 0),
        shares.join(),
      );
    }),
  );

  it(
    '[SIQ-080] scales by processes alone :: the API goes on in the same process, the group grows and shrinks',
    within(60_000, async (later) => {
      const { server, queue, processes, consumers } = await startQueue(program, later);
      const policy = testPolicy({ queues: { debates: queue } });
      const gateway = await startGateway(policy, later, { env: { REDIS_URL: server.url } });
      const scrape = async () => (await fetch(`${gateway.adminUrl}/metrics`)).text();
      const started = async () => /^process_start_time_seconds (\S+)$/m.exec(await scrape())?.[1];
      const before = await started();
      ok(before !== undefined);
      const [first] = await processes(1);
      await until(async () => (await scrape()).includes('queue_consumers{queue="debates"} 1\n'));
      await processes(2);
      await until(async () => (await scrape()).includes('queue_consumers{queue="debates"} 3\n'));
      equal(new Set(await consumers()).size, 3);
      first?.kill('SIGTERM');
      await until(async () => (await scrape()).includes('queue_consumers{queue="debates"} 2\n'));
      equal(await started(), before);
      equal((await fetch(`${gateway.url}/health`)).status, 200);
    }),
  );
});
