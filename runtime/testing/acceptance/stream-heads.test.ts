/** The head of an event stream that has nothing to say yet, through SentientIQ's nginx and runtime as they are compiled. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { connect } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { compiledSystem, testSecrets } from '../compiled.ts';
import { type CompiledEdge, startCompiledEdge } from '../compiled-edge.ts';
import { startTestRedis } from '../open-test-redis.ts';
import { startGateway, startUpstream, within } from '../servers.ts';

const PATH = '/v1/boardroom';

/** A POST over HTTP/2, as a browser sends it. */
function openStream({ port, host }: CompiledEdge, key: string, later: (cleanUp: () => Promise<unknown>) => void) {
  const session = connect(`https://${host}:${port}`, {
    lookup: (_name, { all }, done) =>
      all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
    rejectUnauthorized: false,
    servername: host,
  });
  later(async () => session.destroy());
  session.on('error', () => undefined);
  const fields = { ':method': 'POST', ':path': PATH, 'content-type': 'application/json', 'x-api-key': key };
  const stream = session.request(fields);
  stream.on('error', () => undefined);
  stream.end(JSON.stringify({ question: 'why?', personas: ['one'] }));
  const head = new Promise<number>((resolve) => stream.on('response', (answer) => resolve(Number(answer[':status']))));
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text += chunk;
  });
  const ended = new Promise<string>((resolve) => stream.on('end', () => resolve(text)));
  return { head, ended };
}

describe('a silent event stream', (it) => {
  it(
    'begins at once over HTTP/2 :: its head is here before the first event, and before anything that keeps it alive',
    within(90_000, async (later) => {
      const order: string[] = [];
      let release: () => void = () => undefined;
      const service = await startUpstream((req, res) => {
        req.resume();
        if (req.url !== PATH) return void res.end('ok');
        order.push('asked');
        res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        release = () => {
          order.push('event');
          res.end('data: one\n\n');
        };
      }, later);
      const system = compiledSystem('sentientiq', 'production');
      const policy = system.policy(service);
      const redis = await startTestRedis(requireTool('redis-server'), later);
      const env = { ...testSecrets(), REDIS_URL: redis.url };
      const gateway = await startGateway(policy, later, { env });
      const edge = await startCompiledEdge(requireTool('nginx'), { system, runtime: gateway.port }, later);
      const key = (await gateway.runtime.issueApiKey({ label: 'acceptance' }))?.text ?? '';

      const keepAliveMs = policy.routes.find(({ path }) => path === PATH)?.keepAliveMs;
      ok(keepAliveMs !== undefined);
      const { head, ended } = openStream(edge, key, later);
      while (order.length === 0) await sleep(10);
      const first = await Promise.race([head, sleep(keepAliveMs * 0.9, 'nothing')]);
      equal(first, 200);
      order.push('head');
      release();
      const text = await ended;
      deepEqual(order, ['asked', 'head', 'event']);
      ok(text.endsWith('data: one\n\n'), text);
    }),
  );
});
