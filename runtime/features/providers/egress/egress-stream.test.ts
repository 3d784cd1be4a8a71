import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../../../schemas/runtime-policy.gen.ts';
import { ask, egressPolicy, metric, statuses, statusOf } from '../../../testing/egress.ts';
import {
  type ProviderStub,
  startProvider,
  TEST_BREAKER,
  testPool,
  testProvider,
} from '../../../testing/provider-stub.ts';
import { startGateway, startUpstream, within } from '../../../testing/servers.ts';

const fail: ProviderStub['respond'] = (_req, res) => void res.writeHead(500).end('broken');

const breakOff: ProviderStub['respond'] = (_req, res) => {
  res.writeHead(200, { 'content-length': 9 });
  res.write('half', () => res.socket?.destroy());
};

describe('egress :: retries', (it) => {
  const retries = { max: 2, on: [503 as const], budget: 0.2 };

  it(
    'sends again what may be repeated, and shows only the last answer',
    within(10_000, async (later) => {
      const stub = await startProvider(later, {
        respond: (_req, res) =>
          void (stub.calls < 3 ? res.writeHead(503, { 'x-try': 'bad' }).end('busy') : res.end('ok')),
      });
      const gateway = await startGateway(egressPolicy({ a: testProvider(stub.url, { retries }) }), later);
      const response = await ask(gateway, '/a/x');
      equal(await response.text(), 'ok');
      equal(response.headers.get('x-try'), null);
      equal(stub.calls, 3);
      equal(await metric(gateway, 'provider_retries_total{provider="a"}'), 2);
      stub.respond = (_req, res) => void res.writeHead(503).end('busy');
      stub.calls = 0;
      equal(await (await ask(gateway, '/a/x')).text(), 'busy');
      equal(stub.calls, 3);
    }),
  );

  it(
    'does not send again :: a POST without a key, a status that is not named, an answer with Retry-After, half a body',
    within(10_000, async (later) => {
      const stub = await startProvider(later);
      const gateway = await startGateway(egressPolicy({ a: testProvider(stub.url, { retries }) }), later);
      const answers: readonly (readonly [ProviderStub['respond'], RequestInit, number])[] = [
        [(_req, res) => void res.writeHead(503).end(), { method: 'POST', body: 'x' }, 1],
        [
          (_req, res) => void res.writeHead(503).end(),
          { method: 'POST', body: 'x', headers: { 'idempotency-key': '1' } },
          3,
        ],
        [(_req, res) => void res.writeHead(502).end(), {}, 1],
        [(_req, res) => void res.writeHead(503, { 'retry-after': '1' }).end(), {}, 1],
        [(_req, res) => void res.socket?.destroy(), { method: 'POST', body: 'x' }, 1],
        [(_req, res) => void res.socket?.destroy(), {}, 3],
        [breakOff, {}, 1],
      ];
      for (const [respond, init, calls] of answers) {
        stub.respond = respond;
        stub.calls = 0;
        await ask(gateway, '/a/x', init)
          .then(
            (response) => response.text(),
            () => undefined,
          )
          .catch(() => undefined);
        equal(stub.calls, calls);
      }
    }),
  );

  it(
    'has at most the declared share of calls in a retry when everything fails',
    within(15_000, async (later) => {
      const calls = 100;
      const first: ServerResponse[] = [];
      const again: ServerResponse[] = [];
      const refuse = (res: ServerResponse): void => void res.writeHead(503).end();
      const stub = await startProvider(later, {
        respond(_req, res) {
          if (first.length === calls) again.push(res);
          else if (first.push(res) === calls) for (const one of first) refuse(one);
        },
      });
      const policy = egressPolicy({ a: testProvider(stub.url, { retries, timeoutMs: 12_000 }) });
      const gateway = await startGateway(policy, later);
      let ended = 0;
      const all = Array.from({ length: calls }, async () => {
        equal(await statusOf(gateway, '/a/x'), 503);
        ended += 1;
      });
      while (ended + again.length < calls) await sleep(10);
      // A share of 0.2: one retry to five first attempts.
      ok(again.length > 3 && again.length <= calls / 5, `${again.length} retries`);
      stub.respond = (_req, res) => refuse(res);
      for (const one of again) refuse(one);
      await Promise.all(all);
    }),
  );
});

describe('egress :: streaming', (it) => {
  it(
    'moves large bodies both ways, byte for byte, known in length or not',
    within(15_000, async (later) => {
      const stub = await startUpstream((req, res) => req.pipe(res), later);
      const gateway = await startGateway(egressPolicy({ a: testProvider(stub) }), later);
      for (const size of [0, 1, 262_144, 262_145, 5_000_000]) {
        const sent = Buffer.alloc(size, 'abcdefg');
        const response = await ask(gateway, '/a/x', { method: 'POST', body: sent });
        ok(Buffer.from(await response.arrayBuffer()).equals(sent), `${size}`);
      }
      const chunked = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('piece by piece'));
          controller.close();
        },
      });
      const init: RequestInit & { duplex: 'half' } = { method: 'POST', body: chunked, duplex: 'half' };
      equal(await (await ask(gateway, '/a/x', init)).text(), 'piece by piece');
    }),
  );

  it(
    'reads a provider no faster than the service reads, and holds the place until the body is over',
    within(10_000, async (later) => {
      let written = 0;
      const stub = await startUpstream((_req, res) => {
        const chunk = Buffer.alloc(65_536);
        const write = (): void => {
          while (written < 200_000_000) {
            written += chunk.length;
            if (!res.write(chunk)) return void res.once('drain', write);
          }
          res.end();
        };
        write();
      }, later);
      const gateway = await startGateway(egressPolicy({ a: testProvider(stub, { pool: testPool('a', 2) }) }), later);
      const socket = connect(Number(new URL(gateway.egressUrl ?? '').port), '127.0.0.1');
      later(async () => socket.destroy());
      socket.pause();
      socket.write('GET /a/x HTTP/1.1\r\nHost: localhost\r\n\r\n');
      // Until no more is read: all of it, were nobody held back.
      for (let before = -1; before !== written; ) {
        before = written;
        await sleep(500);
      }
      ok(written < 40_000_000, `${written} bytes were read for a service that reads none`);
      equal(await metric(gateway, 'provider_pool_in_use{pool="a"}'), 1);
      socket.destroy();
      while ((await metric(gateway, 'provider_pool_in_use{pool="a"}')) > 0) await sleep(20);
      equal(await metric(gateway, 'provider_calls_total{provider="a",result="abandoned"}'), 1);
    }),
  );

  it(
    'waits for calls in flight when it stops, and takes no more',
    within(10_000, async (later) => {
      const stub = await startProvider(later, { holdMs: 600 });
      const gateway = await startGateway(egressPolicy({ a: testProvider(stub.url) }), later);
      const call = ask(gateway, '/a/x');
      while (stub.inFlight < 1) await sleep(5);
      const stopped = gateway.runtime.stop();
      const response = await call;
      equal(response.status, 200);
      equal(await response.text(), 'ok');
      deepEqual(await stopped, { cut: 0 });
      equal(
        await ask(gateway, '/a/x').then(
          ({ status }) => status,
          () => 'refused',
        ),
        'refused',
      );
    }),
  );

  it(
    'cuts at the end of the time to drain what hangs, and says how many',
    within(10_000, async (later) => {
      const stub = await startProvider(later, { respond: () => undefined });
      const policy = {
        ...egressPolicy({ a: testProvider(stub.url, { timeoutMs: 60_000 }) }),
        shutdown: { drainDelayMs: 0, drainTimeoutMs: 400 },
      };
      const gateway = await startGateway(policy, later);
      const call = ask(gateway, '/a/x').catch(() => undefined);
      while (stub.inFlight < 1) await sleep(5);
      deepEqual(await gateway.runtime.stop(), { cut: 1 });
      await call;
    }),
  );
});

describe('egress :: a new policy', (it) => {
  it(
    'resizes a pool while calls wait, and keeps the state of a breaker',
    within(10_000, async (later) => {
      const stub = await startProvider(later, { respond: () => undefined });
      const broken = await startProvider(later, { respond: fail });
      const withSize = (size: number): RuntimePolicy =>
        egressPolicy({
          a: testProvider(stub.url, { pool: testPool('a', size) }),
          b: testProvider(broken.url, { breaker: TEST_BREAKER }),
        });
      const gateway = await startGateway(withSize(2), later);
      await statuses(gateway, '/b/x', 4);
      const gone = new AbortController();
      const calls = Array.from({ length: 5 }, () =>
        ask(gateway, '/a/x', { signal: gone.signal }).catch(() => undefined),
      );
      while ((await metric(gateway, 'provider_pool_waiting{pool="a"}')) < 3) await sleep(5);
      equal((await gateway.runtime.reload({ policy: withSize(4), digest: 'a'.repeat(64) })).kind, 'reloaded');
      while (stub.inFlight < 4) await sleep(5);
      equal(await metric(gateway, 'provider_pool_waiting{pool="a"}'), 1);
      equal(await metric(gateway, 'breaker_state{kind="provider",name="b"}'), 2);
      deepEqual(await statuses(gateway, '/b/x', 1), [503]);
      gone.abort();
      await Promise.all(calls);
      while ((await metric(gateway, 'provider_pool_in_use{pool="a"}')) > 0) await sleep(20);
    }),
  );
});
