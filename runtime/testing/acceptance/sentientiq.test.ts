/** SentientIQ as it is compiled: its nginx in front of its runtime, in production and in development. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { compiledSystem, testSecrets } from '../compiled.ts';
import { type CompiledEdge, type EdgeAnswer, startCompiledEdge } from '../compiled-edge.ts';
import { startTestRedis } from '../open-test-redis.ts';
import { type Gateway, startGateway, startUpstream } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';

const PRODUCTION = compiledSystem('sentientiq', 'production');

type Later = (cleanUp: () => Promise<unknown>) => void;

const FRONT_ENDS = [
  'https://sentientiq.ai',
  'https://www.sentientiq.ai',
  'https://sentientiq.app',
  'https://www.sentientiq.app',
];
const LOCAL = ['http://localhost:5173', 'http://localhost:8888'];
const STRANGERS = [
  'https://evil.example',
  'https://api.sentientiq.ai.evil.example',
  'https://sentientiq.ai.evil.example',
  'https://evilsentientiq.ai',
  'http://sentientiq.ai',
  'http://www.sentientiq.app',
  'https://sentientiq.ai:8443',
  'null',
];
const ROUTES = [
  ['/health', 'GET'],
  ['/v1/boardroom', 'POST'],
  ['/v1/debates', 'POST'],
] as const;

const JSON_BODY = { 'content-type': 'application/json' };
const DEBATE = JSON.stringify({ question: 'why?', personas: ['one'] });

interface Deployment {
  readonly edge: CompiledEdge;
  readonly gateway: Gateway;
  readonly key: string;
  /** Fields that the service was sent. */
  readonly received: Readonly<Record<string, unknown>>[];
}

async function deploy(environment: string, later: Later): Promise<Deployment> {
  const nginx = requireTool('nginx');
  const redis = await startTestRedis(requireTool('redis-server'), later);
  const received: Readonly<Record<string, unknown>>[] = [];
  // A service that speaks of origins and headers itself, as it should not.
  const service = await startUpstream((req, res) => {
    received.push(req.headers);
    req.resume();
    res.setHeader('access-control-allow-origin', '*');
    res.setHeader('x-frame-options', 'SAMEORIGIN');
    res.setHeader('content-type', req.url === '/v1/boardroom' ? 'text/event-stream' : 'application/json');
    res.end(req.url === '/v1/boardroom' ? 'data: {}\n\n' : '{"status":"ok"}');
  }, later);
  const system = compiledSystem('sentientiq', environment);
  const gateway = await startGateway(system.policy(service), later, {
    env: { ...testSecrets(), REDIS_URL: redis.url },
  });
  const edge = await startCompiledEdge(nginx, { system, runtime: gateway.port }, later);
  const key = await gateway.runtime.issueApiKey({ label: 'acceptance' });
  return { edge, gateway, key: key?.text ?? '', received };
}

/** What `count` calls at once from one client came to. The time that they took is in which budgets refilled. */
async function burst(call: () => Promise<EdgeAnswer>, count: number) {
  const startedMs = performance.now();
  const answers = await Promise.all(Array.from({ length: count }, call));
  const seconds = (performance.now() - startedMs) / 1_000;
  const refused = answers.filter(({ status }) => status !== 200);
  return { passed: count - refused.length, refused, seconds };
}

/** The client as nginx is told by a balancer in front, which is this machine. */
const behalf = (client: string) => ({ 'x-forwarded-for': client });

describe('SentientIQ in production', (it) => {
  const test = shareSetUp(it, (later) => deploy('production', later));

  const post =
    ({ edge, key }: Deployment, path: string, client: string) =>
    () =>
      edge.ask(path, {
        method: 'POST',
        headers: { 'x-api-key': key, ...JSON_BODY, ...behalf(client) },
        body: DEBATE,
      });

  test(
    '[SIQ-006] [SIQ-037] [SIQ-038] [SEN-028] grants its front ends each route, exactly once :: and nobody else any, never by a wildcard',
    60_000,
    async ({ edge }) => {
      for (const [path, method] of ROUTES) {
        const preflight = (origin: string) =>
          edge.ask(path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': method } });
        for (const origin of FRONT_ENDS) {
          const answer = await preflight(origin);
          equal(answer.status, 204, `${path} ${origin}`);
          deepEqual(answer.all('access-control-allow-origin'), [origin]);
          ok(answer.all('vary').join().includes('Origin'), path);
          ok(answer.all('access-control-allow-methods').join().includes(method));
        }
        for (const origin of [...STRANGERS, ...LOCAL]) {
          const answer = await preflight(origin);
          deepEqual(answer.all('access-control-allow-origin'), [], `${path} ${origin}`);
          deepEqual(answer.all('access-control-allow-methods'), []);
        }
      }
    },
  );

  test(
    '[SIQ-006] [SEN-028] an answer of the service, of the runtime and of nginx says the origin once :: whatever the service says',
    60_000,
    async ({ edge, key }) => {
      const origin = 'https://sentientiq.ai';
      const asked = [
        [200, await edge.ask('/health', { headers: { origin, ...behalf('198.51.100.1') } })],
        [401, await edge.ask('/v1/debates', { method: 'POST', headers: { origin, ...behalf('198.51.100.2') } })],
        [405, await edge.ask('/v1/debates', { headers: { origin, ...behalf('198.51.100.3') } })],
      ] as const;
      for (const [status, answer] of asked) {
        equal(answer.status, status);
        deepEqual(answer.all('access-control-allow-origin'), [origin]);
        deepEqual(answer.all('x-frame-options'), ['DENY']);
        ok(answer.all('vary').join().includes('Origin'));
      }
      const headers = { origin: 'https://evil.example', 'x-api-key': key, ...behalf('198.51.100.4') };
      const stranger = await edge.ask('/v1/debates', {
        method: 'POST',
        headers: { ...headers, ...JSON_BODY },
        body: DEBATE,
      });
      equal(stranger.status, 200);
      deepEqual(stranger.all('access-control-allow-origin'), []);
    },
  );

  test(
    '[SIQ-039] [SIQ-040] refuses the development servers :: the compiler refuses to list them at all',
    60_000,
    async ({ edge, gateway }) => {
      deepEqual(
        LOCAL.filter((origin) => PRODUCTION.read('runtime/policy.json').includes(origin)),
        [],
      );
      for (const origin of LOCAL) {
        const answer = await edge.ask('/health', { headers: { origin, ...behalf('198.51.100.5') } });
        equal(answer.status, 200);
        deepEqual(answer.all('access-control-allow-origin'), []);
        // Past nginx there is nobody who grants anything.
        const direct = await fetch(`${gateway.url}/v1/debates`, {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-method': 'POST' },
        });
        equal(direct.headers.get('access-control-allow-methods'), null);
      }
    },
  );

  test(
    '[SIQ-007] the client and the scheme are what nginx saw :: in both logs, in the budget, and in what the service is told',
    60_000,
    async ({ edge, gateway, received }) => {
      const lines = () => gateway.lines.filter(({ route }) => route === 'orchestrator-api-debates');
      const forged = (index: number) => ({ 'x-forwarded-for': `203.0.113.${index}`, 'x-forwarded-proto': 'ftp' });
      const before = { edge: edge.log().length, gateway: lines().length };
      // nginx trusts 127.0.0.1 only: 127.0.2.2 is a client, and what it says of itself is its own affair.
      const one = (index: number) =>
        edge.ask('/v1/debates', { method: 'POST', from: '127.0.2.2', headers: forged(index) });
      const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => one(index)));
      const limited = answers.filter(({ status }) => status === 429).length;
      ok(limited > 0, 'sixty names are one client');
      const other = await edge.ask('/v1/debates', { method: 'POST', from: '127.0.3.3' });
      equal(other.status, 401, 'another client has a budget of its own');
      const seen = new Set(
        edge
          .log()
          .slice(before.edge)
          .map(({ client }) => client),
      );
      // Of users both logs keep the network only: SIQ-007 asks that the client is the one whom nginx saw, SIQ-084 that he is not surveilled.
      deepEqual(seen, new Set(['127.0.2.0/24', '127.0.3.0/24']));
      const told = new Set(
        lines()
          .slice(before.gateway)
          .map(({ client }) => client),
      );
      deepEqual(told, new Set(['127.0.2.0/24', '127.0.3.0/24']));

      received.length = 0;
      equal((await edge.ask('/health', { from: '127.0.0.4', headers: forged(1) })).status, 200);
      // The client, and who forwarded it.
      const [sent] = received;
      deepEqual([sent?.['x-forwarded-for'], sent?.['x-forwarded-proto']], ['127.0.0.4, 127.0.0.1', 'https']);

      // Past nginx, from an address that is no proxy: neither the budget nor the scheme is what it claims.
      const startedMs = performance.now();
      const direct = await Promise.all(
        Array.from({ length: 60 }, (_, index) => askDirectly(gateway.port, '/health', '127.0.0.5', forged(index))),
      );
      const seconds = (performance.now() - startedMs) / 1_000;
      const passed = direct.filter((status) => status === 200).length;
      ok(passed < 60 && passed <= 12 + 10 * seconds, `${passed} passed in ${seconds} s`);
      equal(received.at(-1)?.['x-forwarded-proto'], 'http');
    },
  );

  test(
    '[SIQ-084] neither log of nginx tells who called :: no whole address, no program, nothing that was added to a path',
    60_000,
    async ({ edge, gateway, key }) => {
      const planted = ['198.51.100.84', '2001:db8:0:42::84', 'Secret-Browser', 'ada@example.org', 'meaning-of-life'];
      const headers = { 'user-agent': 'Secret-Browser', referer: 'https://example.org/?ada@example.org' };
      const before = edge.log().length;
      for (const client of ['198.51.100.84', '2001:db8:0:42::84', '2001:db8::84']) {
        const asked = { headers: { ...headers, ...behalf(client) } };
        equal((await edge.ask('/health?q=meaning-of-life', asked)).status, 200);
        equal((await edge.ask('/ada@example.org', asked)).status, 404);
        // Refused by a limit, by its length, and for want of a way to the service.
        const call = () =>
          edge.ask('/v1/boardroom', {
            ...asked,
            method: 'POST',
            body: '',
            headers: { ...asked.headers, 'x-api-key': key },
          });
        await Promise.all(Array.from({ length: 12 }, call));
        equal((await edge.ask('/v1/debates', { ...asked, method: 'POST', body: 'x'.repeat(2 ** 21) })).status, 413);
      }
      await sleep(100);
      const lines = edge.log().slice(before);
      ok(lines.length > 20);
      const text = `${JSON.stringify(lines)}${edge.errors()}`;
      deepEqual(
        planted.filter((secret) => text.includes(secret)),
        [],
      );
      deepEqual(new Set(lines.map(({ client }) => client)), new Set(['198.51.100.0/24', '2001:db8:0::/48']));
      const told = gateway.lines.map(({ client }) => String(client));
      ok(told.includes('2001:db8:0::/48') && !told.some((client) => client.includes('::84')), 'as the runtime says it');
      deepEqual(new Set(lines.map(({ path }) => path)), new Set(['', '/v1/boardroom', '/v1/debates']));
    },
  );

  test(
    '[SIQ-015] [SIQ-018] admits 2 boardroom requests a second at the edge, the rest are 429 with Retry-After',
    60_000,
    async (deployment) => {
      const zones = PRODUCTION.read('nginx/http/rate-limits.conf');
      match(zones, /^limit_req_zone \S+ zone=boardroom_client:\S+ rate=2r\/s;$/m);
      match(zones, /^limit_req_status 429;$/m);
      const routes = PRODUCTION.read('nginx/snippets/routes.conf');
      match(
        routes,
        /location = \/v1\/boardroom \{[^}]*(?:\{[^}]*\}[^}]*)*limit_req zone=boardroom_client burst=1 nodelay;/,
      );
      await sleep(1_300);
      const { passed, refused, seconds } = await burst(post(deployment, '/v1/boardroom', '198.51.100.15'), 26);
      ok(passed >= 1 && passed <= 2 + Math.ceil(2 * seconds), `${passed} passed in ${seconds} s`);
      checkRefusals(refused);
    },
  );

  test(
    '[SIQ-016] [SIQ-018] admits 10 other requests a second at the edge, the rest are 429 with Retry-After',
    60_000,
    async (deployment) => {
      const zones = PRODUCTION.read('nginx/http/rate-limits.conf');
      match(zones, /^limit_req_zone \S+ zone=standard_client:\S+ rate=10r\/s;$/m);
      await sleep(1_300);
      const { passed, refused, seconds } = await burst(post(deployment, '/v1/debates', '198.51.100.16'), 60);
      ok(passed >= 1 && passed <= 10 + Math.ceil(10 * seconds), `${passed} passed in ${seconds} s`);
      ok(refused.length > 0);
      checkRefusals(refused);
    },
  );

  test('[SIQ-017] the two zones count apart', 60_000, async (deployment) => {
    const [one, two] = ['198.51.100.17', '198.51.100.18'];
    await sleep(1_300);
    ok((await burst(post(deployment, '/v1/boardroom', one), 12)).refused.length > 0);
    equal((await post(deployment, '/v1/debates', one)()).status, 200);
    await sleep(1_300);
    ok((await burst(post(deployment, '/v1/debates', two), 60)).refused.length > 0);
    equal((await post(deployment, '/v1/boardroom', two)()).status, 200);
  });

  test(
    '[SIQ-070] ten clients who each keep within 2 a second are admitted 5 a second together :: the rest are 429',
    60_000,
    async (deployment) => {
      await sleep(1_300);
      const startedMs = performance.now();
      const sent: Promise<EdgeAnswer>[] = [];
      for (let round = 0; round < 6; round += 1) {
        for (let client = 0; client < 10; client += 1) {
          sent.push(post(deployment, '/v1/boardroom', `198.51.100.${70 + client}`)());
        }
        await sleep(500);
      }
      const answers = await Promise.all(sent);
      const seconds = (performance.now() - startedMs) / 1_000;
      const passed = answers.filter(({ status }) => status === 200).length;
      // One at once, and then one every 200 ms.
      ok(passed >= 6 && passed <= 1 + Math.ceil(5 * seconds), `${passed} of 60 passed in ${seconds} s`);
      const refused = answers.filter(({ status }) => status !== 200);
      checkRefusals(refused);
      ok(
        refused.some(({ body }) => body.includes('boardroom-total-global')),
        'by the limit of all together',
      );
    },
  );
});

describe('SentientIQ in development', (it) => {
  const test = shareSetUp(it, (later) => deploy('development', later));

  test(
    '[SIQ-039] [SIQ-040] grants the two development servers :: and no front end of production',
    60_000,
    async ({ edge }) => {
      for (const origin of LOCAL) {
        const preflight = await edge.ask('/v1/debates', {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-method': 'POST' },
        });
        equal(preflight.status, 204);
        deepEqual(preflight.all('access-control-allow-origin'), [origin]);
        deepEqual((await edge.ask('/health', { headers: { origin } })).all('access-control-allow-origin'), [origin]);
      }
      for (const origin of [...FRONT_ENDS, ...STRANGERS, 'http://localhost:5174', 'https://localhost:5173']) {
        const answer = await edge.ask('/v1/debates', {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-method': 'POST' },
        });
        deepEqual(answer.all('access-control-allow-origin'), [], origin);
      }
    },
  );
});

function checkRefusals(refused: readonly EdgeAnswer[]): void {
  for (const { status, body, all } of refused) {
    equal(status, 429, body);
    ok(Number(all('retry-after')[0]) >= 1, `retry-after: ${all('retry-after')}`);
    equal(all('content-type')[0], 'application/problem+json');
  }
}

/** A call from an address of this machine; the status. */
function askDirectly(
  port: number,
  path: string,
  from: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, localAddress: from, headers, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    call.on('error', reject);
    call.end();
  });
}
