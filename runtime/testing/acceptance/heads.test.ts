/** Heads as large as the runtime takes pass the compiled edge in front of it, in both directions. */
import { deepEqual, equal } from 'node:assert/strict';
import { createServer, get } from 'node:http';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { REQUEST_LINE_BYTES, RESPONSE_HEAD_BYTES } from '../../../schemas/http-limits.ts';
import { compiledSystem, testSecrets } from '../compiled.ts';
import { startCompiledEdge } from '../compiled-edge.ts';
import { startTestRedis } from '../open-test-redis.ts';
import { bind, startGateway } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';

const SYSTEM = compiledSystem('sentientiq', 'production');

describe('large heads', (it) => {
  const test = shareSetUp(it, async (later) => {
    const sizes: number[] = [];
    // Below the head: status line, date and what else Node writes by itself.
    const service = createServer({ maxHeaderSize: 1 << 20 }, (req, res) => {
      sizes.push(req.rawHeaders.join('').length);
      res.setHeader('x-large', 'r'.repeat(Number(req.headers['x-answer'] ?? 1)));
      res.end('ok');
    });
    const port = await bind(service);
    later(async () => service.close());
    const policy = SYSTEM.policy(`http://127.0.0.1:${port}`);
    const redis = await startTestRedis(requireTool('redis-server'), later);
    const gateway = await startGateway(policy, later, { env: { ...testSecrets(), REDIS_URL: redis.url } });
    const edge = await startCompiledEdge(requireTool('nginx'), { system: SYSTEM, runtime: gateway.port }, later);
    return { edge, gateway, sizes };
  });

  test(
    'the largest answer of a service passes both :: one that is larger is a 502 of the runtime',
    60_000,
    async (set) => {
      const status = async (size: number) => {
        const headers = { 'x-answer': String(size) };
        const answer = await set.edge.ask('/health', { headers });
        const direct = await statusOf(`${set.gateway.url}/health`, headers);
        return [direct, answer.status, answer.all('x-large').join('').length];
      };
      const largest = RESPONSE_HEAD_BYTES - 200;
      deepEqual(await status(largest), [200, 200, largest]);
      deepEqual(await status(RESPONSE_HEAD_BYTES), [502, 502, 0]);
    },
  );

  test('a request of two lines as long as the edge takes reaches the service', 60_000, async ({ edge, sizes }) => {
    const line = 'q'.repeat(REQUEST_LINE_BYTES - 100);
    sizes.length = 0;
    equal((await edge.ask('/health', { headers: { 'x-one': line, 'x-two': line } })).status, 200);
    equal(sizes.length, 1);
    equal((sizes[0] ?? 0) > 2 * line.length, true);
  });
});

/** Asked with a client that itself takes any head. */
const statusOf = (url: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get(url, { headers, agent: false, maxHeaderSize: 1 << 20 }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
