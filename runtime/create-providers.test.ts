import { deepEqual, equal, match, ok, rejects, throws } from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../compiler/testing/suite.ts';
import type { Provider } from '../schemas/runtime-policy.gen.ts';
import { type CreateProvidersOptions, createProviders } from './create-providers.ts';
import { isProviderUnavailable } from './features/providers/provider-unavailable.ts';
import { createFakeTime, settled } from './testing/fake-time.ts';
import { testPolicy } from './testing/policy.ts';
import { startProvider, TEST_BREAKER, testPool } from './testing/provider-stub.ts';
import { bind, within } from './testing/servers.ts';

function start(providers: Record<string, Provider>, options: CreateProvidersOptions = {}) {
  return createProviders(testPolicy({ providers }), options);
}

const reasonOf = (error: unknown): unknown => (isProviderUnavailable(error) ? error.reason : error);

describe('providers as a library', (it) => {
  it(
    '[JAM-104] publishes fail fast once the broker was down for the threshold, and work again when it is back',
    within(15_000, async (later) => {
      const time = createFakeTime();
      const sockets = new Set<Socket>();
      const broker = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined);
        // CONNACK and PUBACK are all that a publisher waits for.
        socket.on('data', () => socket.write(Buffer.from([0x20, 0x02, 0x00, 0x00])));
      });
      const port = await bind(broker);
      let attempts = 0;
      const publish = async (signal: AbortSignal): Promise<number> => {
        attempts += 1;
        const socket = connect({ port, host: '127.0.0.1', signal });
        try {
          await once(socket, 'connect', { signal });
          socket.write(Buffer.from([0x10, 0x00]));
          const [answer]: Buffer[] = await once(socket, 'data', { signal });
          return answer?.[0] ?? 0;
        } finally {
          socket.destroy();
        }
      };
      const client = start(
        { mqtt: { timeoutMs: 2_000, breaker: TEST_BREAKER, pool: testPool('mqtt', 5) } },
        { clock: time, schedule: time.schedule },
      );
      equal(await client.call('mqtt', publish), 0x20);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => broker.close(resolve));
      for (let index = 0; index < 3; index += 1) await rejects(client.call('mqtt', publish), /ECONNREFUSED/);
      equal(attempts, 4);
      const startedMs = performance.now();
      for (let index = 0; index < 20; index += 1) {
        const error: unknown = await client.call('mqtt', publish).catch((reason: unknown) => reason);
        ok(isProviderUnavailable(error));
        deepEqual([error.reason, error.provider, error.retryAfterMs], ['open', 'mqtt', 30_000]);
      }
      ok((performance.now() - startedMs) / 20 < 5, 'each in less than 5 ms');
      equal(attempts, 4);
      const again = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('data', () => socket.write(Buffer.from([0x20])));
      });
      await new Promise<void>((resolve) => again.listen(port, '127.0.0.1', resolve));
      later(async () => {
        for (const socket of sockets) socket.destroy();
        again.close();
      });
      await time.advance(30_000);
      equal(await client.call('mqtt', publish), 0x20);
      equal(client.breakers.list()[0]?.state, 'closed');
      equal(client.pools()[0]?.inUse, 0);
    }),
  );

  it(
    '[JAM-007] holds as many sessions with a broker as its variable says',
    within(10_000, async (later) => {
      const mostWith = async (size: string): Promise<number> => {
        let open = 0;
        let most = 0;
        const broker = createServer((socket) => {
          open += 1;
          most = Math.max(most, open);
          socket.on('error', () => undefined);
          const end = (): void => {
            open -= 1;
            socket.end('ack');
          };
          socket.on('data', () => setTimeout(end, 20));
        });
        const port = await bind(broker);
        later(async () => broker.close());
        const pool = { ...testPool('mqtt', 2), env: 'MQTT_POOL_SIZE' };
        const client = start({ mqtt: { timeoutMs: 5_000, pool } }, { env: { MQTT_POOL_SIZE: size } });
        const publish = async (): Promise<void> => {
          const socket = connect({ port, host: '127.0.0.1' });
          socket.write('publish');
          socket.resume();
          await once(socket, 'close');
        };
        await Promise.all(Array.from({ length: 30 }, () => client.call('mqtt', publish)));
        return most;
      };
      deepEqual([await mostWith(''), await mostWith('5')], [2, 5]);
    }),
  );

  it('counts what rejects or answers 5xx as failure, 429 as back-pressure, a client that goes away as neither', async () => {
    const client = start({ a: { timeoutMs: 1_000, breaker: { ...TEST_BREAKER, consecutiveFailures: 2 } } });
    const failures = () => client.breakers.list()[0]?.consecutiveFailures;
    await client.call('a', () => ({ status: 500 }));
    equal(failures(), 1);
    await client.call('a', () => ({ status: 429, headers: { 'retry-after': '1' } }));
    const tooMany = Object.assign(new Error('slow down'), { status: 429, headers: new Headers() });
    await rejects(
      client.call('a', () => Promise.reject(tooMany)),
      /slow down/,
    );
    const gone = new AbortController();
    const pending = client.call('a', (signal) => once(signal, 'abort'), { signal: gone.signal });
    gone.abort(new Error('nobody waits'));
    await rejects(pending, /nobody waits/);
    equal(failures(), 1);
    await rejects(
      client.call('a', () => Promise.reject(Object.assign(new Error('bad'), { status: 400 }))),
      /bad/,
    );
    equal(failures(), 0);
    await rejects(
      client.call('a', () => Promise.reject(new Error('x'))),
      /x/,
    );
    await client.call('a', () => 7, { judge: (value) => ({ result: value === 7 ? 'failure' : 'success' }) });
    equal(client.breakers.list()[0]?.state, 'open');
    match(await client.metrics.scrape(), /^provider_throttled_total\{provider="a"\} 2$/m);
  });

  it('ends a call that takes too long, and gives its place back even when the callback ignores it', async () => {
    const time = createFakeTime();
    const client = start({ a: { timeoutMs: 1_000, pool: testPool('a', 1) } }, { clock: time, schedule: time.schedule });
    const stuck = client.call('a', () => new Promise(() => undefined));
    const told = rejects(stuck, { name: 'TimeoutError' });
    await settled();
    await time.advance(1_000);
    await told;
    equal(client.pools()[0]?.inUse, 0);
    equal(await client.call('a', () => 'next'), 'next');
    equal(time.pending, 0);
  });

  it(
    'holds the place of a fetch until its body is read, cancelled or broken',
    within(10_000, async (later) => {
      const stub = await startProvider(later, { respond: (_req, res) => void res.write('first') });
      const client = start({ a: { timeoutMs: 60_000, pool: testPool('a', 9), breaker: TEST_BREAKER } });
      const inUse = () => client.pools()[0]?.inUse;
      const fetchIt = (path: string) => client.call('a', (signal) => fetch(`${stub.url}${path}`, { signal }));
      const cancelled = await fetchIt('/b');
      equal(cancelled.url, `${stub.url}/b`);
      equal(inUse(), 1);
      await cancelled.body?.cancel();
      equal(inUse(), 0);
      stub.respond = (_req, res) => void res.write('half', () => res.socket?.destroy());
      const broken = await fetchIt('/c');
      equal(inUse(), 1);
      await rejects(broken.text());
      equal(inUse(), 0);
      equal(client.breakers.list()[0]?.consecutiveFailures, 1);
      stub.respond = (_req, res) => void res.end('whole');
      const whole = await fetchIt('/d');
      equal(inUse(), 1);
      equal(await whole.text(), 'whole');
      equal(inUse(), 0);
      equal(client.breakers.list()[0]?.consecutiveFailures, 0);
    }),
  );

  it('calls the fallback that it was given while open or when nothing could be sent, and no other', async () => {
    const away = Object.assign(new TypeError('fetch failed'), {
      cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    });
    const client = start({
      a: { timeoutMs: 1_000, breaker: TEST_BREAKER, fallback: 'b' },
      b: { timeoutMs: 1_000, breaker: TEST_BREAKER },
    });
    const fallbacks = { b: () => 'from b' };
    equal(await client.call('a', () => Promise.reject<string>(away), { fallbacks }), 'from b');
    await rejects(
      client.call('a', () => Promise.reject<string>(new Error('lost')), { fallbacks }),
      /lost/,
    );
    client.breakers.find('provider', 'a')?.force('open');
    equal(await client.call('a', () => 'from a', { fallbacks }), 'from b');
    equal(await client.call('a', () => 'from a').catch(reasonOf), 'open');
    equal(await client.call('a', () => 'from a', { fallbacks: { c: () => 'from c' } }).catch(reasonOf), 'open');
    client.breakers.find('provider', 'b')?.force('open');
    equal(await client.call('a', () => 'from a', { fallbacks }).catch(reasonOf), 'open');
    match(await client.metrics.scrape(), /^fallback_total\{provider="a",fallback="b"\} 3$/m);
  });

  it('gives back the share of a request when the pool or the breaker then refuses it', async () => {
    const pool = { name: 'a', maxConcurrent: 1, queue: { max: 0, waitMs: 1_000 } };
    const client = start({ a: { timeoutMs: 9_000, pool, maxFanOut: 1, breaker: TEST_BREAKER } });
    let finish: (value: string) => void = () => undefined;
    const holder = client.call('a', () => new Promise<string>((resolve) => (finish = resolve)), { requestId: 'one' });
    await settled();
    const options = { requestId: 'two' };
    equal(await client.call('a', () => 'called', options).catch(reasonOf), 'queue-full');
    finish('done');
    equal(await holder, 'done');
    equal(await client.call('a', () => 'called', options), 'called');
    const waiting = client.call('a', () => 'called', options);
    client.breakers.find('provider', 'a')?.force('open');
    equal(await waiting.catch(reasonOf), 'open');
    client.breakers.find('provider', 'a')?.reset();
    equal(await client.call('a', () => 'called', options), 'called');
    equal(client.pools()[0]?.inUse, 0);
  });

  it('follows another policy with its calls, and refuses one that does not fit the environment', async () => {
    const env: Record<string, string> = { SIZE: '3' };
    const declared: Provider = { timeoutMs: 1_000, pool: { ...testPool('a', 1), env: 'SIZE' } };
    const client = start({ a: declared }, { env });
    equal(client.pools()[0]?.configured, 3);
    env['SIZE'] = 'many';
    match(client.reload(testPolicy({ providers: { a: declared } })).join(), /^SIZE .* must be a whole number$/);
    equal(client.pools()[0]?.configured, 3);
    env['SIZE'] = '5';
    deepEqual(client.reload(testPolicy({ providers: { a: declared } })), []);
    equal(client.pools()[0]?.configured, 5);
    throws(() => start({ a: declared }, { env: { SIZE: '0' } }), /^Error: SIZE /);
    await rejects(
      client.call('nobody', () => 1),
      /declares no provider nobody/,
    );
  });

  it('leaves nothing behind :: no timer when nothing is in flight, and all places back after 10 000 calls of every kind', async () => {
    const time = createFakeTime();
    const client = start(
      {
        a: {
          timeoutMs: 1_000,
          pool: testPool('a', 7),
          maxFanOut: 3,
          breaker: { ...TEST_BREAKER, consecutiveFailures: 40 },
        },
      },
      { clock: time, schedule: time.schedule },
    );
    const gone = AbortSignal.abort(new Error('gone'));
    const kinds: readonly (() => Promise<unknown>)[] = [
      () => client.call('a', () => 1, { requestId: 'r', tenant: 't' }),
      () => client.call('a', () => Promise.reject(new Error('bad')), { requestId: 'r' }),
      () => client.call('a', () => 1, { signal: gone }),
      () => client.call('a', () => settled(), { requestId: 'r' }),
      () => client.call('a', () => new Response('body').text()),
    ];
    let ended = 0;
    for (let round = 0; round < 100; round += 1) {
      const calls = Array.from({ length: 100 }, (_, index) => kinds[index % kinds.length]?.());
      ended += (await Promise.allSettled(calls)).length;
      await time.advance(30_001);
    }
    equal(ended, 10_000);
    deepEqual(client.pools(), [{ name: 'a', configured: 7, size: 7, inUse: 0, waiting: 0 }]);
    equal(client.list()[0]?.inFlight, 0);
    equal(time.pending, 0);
  });

  it('lets the process end by itself', async () => {
    const client = start({ a: { timeoutMs: 60_000, pool: testPool('a', 2), breaker: TEST_BREAKER } });
    await client.call('a', () => 1);
    await sleep(1);
    const kept = process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
    deepEqual(kept, []);
  });
});
