/** SentientIQ's event streams and its queue, as they are compiled for production. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { request, type ServerResponse } from 'node:http';
import { request as secureRequest } from 'node:https';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { enqueue } from '../../features/queues/enqueue.ts';
import { startQueueWorker } from '../../features/queues/queue-worker.ts';
import { compiledSystem, testSecrets } from '../compiled.ts';
import { startCompiledEdge } from '../compiled-edge.ts';
import { metric } from '../egress.ts';
import { createSkippingClock } from '../fake-clock.ts';
import { openTestRedis, startTestRedis, until as untilAsync } from '../open-test-redis.ts';
import { startGateway, startUpstream, within } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';
import { until } from '../until.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

const SYSTEM = compiledSystem('sentientiq', 'production');
const WORKER = fileURLToPath(new URL('../queue-process.ts', import.meta.url));
const DEBATE = JSON.stringify({ question: 'why?', personas: ['one'] });

/** One gateway that counts for itself, and the streams that its service was asked for. */
async function deploy(later: Later) {
  const opened: ServerResponse[] = [];
  const service = await startUpstream((req, res) => {
    req.resume();
    if (req.url !== '/v1/boardroom') return void res.end('ok');
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.flushHeaders();
    opened.push(res);
  }, later);
  const clock = createSkippingClock();
  const policy = SYSTEM.policy(service, { '/storage/counters': { kind: 'memory' } });
  const env = { ...testSecrets(), REDIS_URL: 'redis://127.0.0.1:1' };
  const gateway = await startGateway(policy, later, { env, clock });
  const key = (await gateway.runtime.issueApiKey({ label: 'acceptance' }))?.text ?? '';
  let clients = 0;
  /** A stream of a new client; five may begin in a second. */
  const open = (to: 'gateway' | { readonly port: number; readonly host: string }, end: Later) => {
    clock.advance(210);
    clients += 1;
    const secure = to === 'gateway' ? undefined : { port: to.port, rejectUnauthorized: false, servername: to.host };
    const headers = {
      'content-type': 'application/json',
      'x-api-key': key,
      'x-forwarded-for': `198.51.${clients >> 8}.${clients & 255}`,
      ...(to === 'gateway' ? {} : { host: to.host }),
    };
    const target = { host: '127.0.0.1', path: '/v1/boardroom', method: 'POST', agent: false, headers };
    return new Promise<{ status: number; text: () => string; ended: Promise<string> }>((resolve, reject) => {
      const call =
        secure === undefined ? request({ ...target, port: gateway.port }) : secureRequest({ ...target, ...secure });
      end(async () => call.destroy());
      call.on('response', (res) => {
        let text = '';
        res.on('data', (chunk) => (text += String(chunk)));
        const ended = new Promise<string>((done) => {
          res.on('end', () => done('end'));
          res.on('error', () => done('cut'));
        });
        resolve({ status: res.statusCode ?? 0, text: () => text, ended });
      });
      call.on('error', reject);
      call.end(DEBATE);
    });
  };
  return { gateway, opened, open };
}

describe('event streams of SentientIQ in production', (it) => {
  const test = shareSetUp(it, deploy);

  test(
    '[SIQ-010] a debate that fails after its first event ends with an error event, cleanly, and is counted no more',
    40_000,
    async ({ gateway, opened, open }, later) => {
      const client = await open('gateway', later);
      equal(client.status, 200);
      const stream = opened.at(-1);
      stream?.write('data: first\n\n');
      await until(() => client.text().includes('first'), 'the first event');
      equal(await metric(gateway, 'event_streams'), 1);
      stream?.socket?.destroy();
      equal(await client.ended, 'end');
      match(client.text(), /^(?::\n\n)?data: first\n\nevent: error\ndata: \{.*"status":502.*\}\n\n$/);
      await untilAsync(async () => (await metric(gateway, 'event_streams')) === 0);
    },
  );

  test(
    '[SIQ-011] a debate that says nothing is kept alive through the compiled nginx :: with a comment after the 15 s that are compiled',
    60_000,
    async ({ gateway, opened, open }, later) => {
      const edge = await startCompiledEdge(requireTool('nginx'), { system: SYSTEM, runtime: gateway.port }, later);
      const client = await open(edge, later);
      equal(client.status, 200);
      await until(() => client.text().includes(': keep-alive\n\n'), 'a comment', 40_000);
      opened.at(-1)?.end('data: late\n\n');
      equal(await client.ended, 'end');
      match(client.text(), /data: late\n\n$/);
    },
  );

  test(
    '[SIQ-066] 200 debates are open at once, and the 201st is told to come back :: as fast as the limits let them begin',
    60_000,
    async ({ gateway, open }, later) => {
      for (let count = 0; count < 200; count += 1) equal((await open('gateway', later)).status, 200, String(count));
      equal(await metric(gateway, 'event_streams'), 200);
      const refused = await open('gateway', later);
      ok([429, 503].includes(refused.status), String(refused.status));
      equal((await fetch(`${gateway.url}/health`)).status, 200);
    },
  );
});

describe('Redis behind SentientIQ in production', (it) => {
  it(
    '[SIQ-047] the gateway is unready while Redis is gone, names it, and is ready again when it is back',
    within(60_000, async (later) => {
      const redis = await startTestRedis(requireTool('redis-server'), later);
      const env = { ...testSecrets(), REDIS_URL: redis.url };
      const gateway = await startGateway(SYSTEM.policy(), later, { env });
      const ready = async () => {
        const response = await fetch(`${gateway.url}/gateway/ready`);
        return { status: response.status, text: await response.text() };
      };
      await untilAsync(async () => (await ready()).status === 200);
      await redis.kill();
      await untilAsync(async () => (await ready()).status === 503);
      match((await ready()).text, /"away":\[[^\]]*"redis"/);
      await redis.restart();
      await untilAsync(async () => (await ready()).status === 200);
    }),
  );
});

describe('the queue of SentientIQ in production', (it) => {
  it(
    '[SIQ-060] what a killed worker had in hand goes to another after a minute, and after five deliveries aside :: the minutes are put on by hand',
    within(60_000, async (later) => {
      const queue = SYSTEM.policy().queues?.['debate-requests'];
      ok(queue !== undefined);
      const server = await startTestRedis(requireTool('redis-server'), later);
      await openTestRedis(server.url, later);
      const redis = new Redis(server.url);
      later(async () => redis.disconnect());
      const count = async (name: string) => Number((await redis.get(name)) ?? 0);
      const lost = spawn(process.execPath, ['--import', 'tsx', WORKER, JSON.stringify({ url: server.url, queue })], {
        stdio: 'ignore',
      });
      later(async () => lost.kill('SIGKILL'));
      await enqueue(redis, queue, { n: 1, hangs: true });
      await untilAsync(async () => (await count('attempts:1')) === 1);
      lost.kill('SIGKILL');
      const pending = async (): Promise<readonly string[]> => {
        const [first] = await redis.xpending(queue.stream, queue.group, '-', '+', 10);
        return Array.isArray(first) ? first.map(String) : [];
      };
      const [id = '', consumer = ''] = await pending();
      /** As if so much time had passed since it was last handed out. */
      const age = (entry: string, ms: number, deliveries: number) => {
        const options = ['IDLE', ms, 'RETRYCOUNT', deliveries, 'JUSTID'];
        return redis.call('XCLAIM', queue.stream, queue.group, consumer, 0, entry, ...options);
      };
      await age(id, 30_000, 1);
      const taken: number[] = [];
      const another = startQueueWorker<{ readonly n: number }>({
        name: 'debate-requests',
        queue,
        url: server.url,
        handle: async ({ job }) => void taken.push(job.n),
      });
      later(() => another.stop());
      await enqueue(redis, queue, { n: 2 });
      await until(() => taken.length > 0, 'what is new is done');
      deepEqual(taken, [2], 'and what may still be worked on is left');
      await age(id, 60_000, 1);
      await until(() => taken.length === 2, 'taken over', 20_000);
      deepEqual(taken, [2, 1]);
      await untilAsync(async () => (await redis.xlen(queue.stream)) === 0);
      await another.stop();

      await enqueue(redis, queue, { n: 3 });
      await redis.xreadgroup('GROUP', queue.group, consumer, 'COUNT', 1, 'STREAMS', queue.stream, '>');
      const [poison = ''] = await pending();
      await age(poison, 60_000, 5);
      const last = startQueueWorker<{ readonly n: number }>({
        name: 'debate-requests',
        queue,
        url: server.url,
        handle: async ({ job }) => void taken.push(job.n),
      });
      later(() => last.stop());
      await untilAsync(async () => (await redis.xlen(`${queue.stream}.dead`)) === 1);
      deepEqual(taken, [2, 1]);
    }),
  );
});
