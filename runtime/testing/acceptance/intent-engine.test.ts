/** The Intent Reasoning Engine as it is compiled for production: its runtime with real PostgreSQL and Redis, and its nginx. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer, request } from 'node:http';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { createCaller } from '../administration.ts';
import { compiledSystem, testSecrets } from '../compiled.ts';
import { startCompiledEdge } from '../compiled-edge.ts';
import { startTestRedis } from '../open-test-redis.ts';
import { startPostgres, type TestPostgres } from '../postgres.ts';
import { bind, type Gateway, startGateway, startUpstream } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';
import { until } from '../until.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

const SYSTEM = compiledSystem('intent-engine', 'production');
const FRONT_ENDS = ['https://app.example.com', 'https://admin.example.com'];
const STRANGERS = ['https://evil.example', 'http://app.example.com', 'https://app.example.com.evil.example', 'null'];

interface Deployment {
  readonly gateway: Gateway;
  readonly env: Readonly<Record<string, string>>;
  readonly service: string;
  readonly postgres: TestPostgres;
  /** Somebody with the administrator's credential. */
  readonly administer: ReturnType<typeof createCaller>;
}

async function deploy(later: Later): Promise<Deployment> {
  const redis = await startTestRedis(requireTool('redis-server'), later);
  const postgres = await startPostgres(requireTool('postgres'));
  later(() => postgres.stop());
  // A service that answers what its path asks for, and sets the headers too, differently.
  const service = await startUpstream((req, res) => {
    req.resume();
    res.setHeader('x-frame-options', 'SAMEORIGIN');
    res.setHeader('x-content-type-options', 'sniff');
    res.statusCode = Number(/\/status\/(\d+)/.exec(req.url ?? '')?.[1] ?? 200);
    res.end('{}');
  }, later);
  const secrets = testSecrets();
  const env = { ...secrets, DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  const gateway = await startGateway(SYSTEM.policy(service), later, { env });
  await becomesReady(gateway, 200);
  return { gateway, env, service, postgres, administer: createCaller(gateway, secrets['ADMIN_API_KEY']) };
}

const containerOf = () => SYSTEM.data('kubernetes/gateway/deployment-gateway.yaml').spec.template.spec.containers[0];
/** Where the manifest asks, as a test below says. */
const READY = '/ready';

async function becomesReady({ url }: Gateway, status: number): Promise<void> {
  let seen = 0;
  void (async () => {
    while (seen !== status) seen = (await fetch(url + READY)).status;
  })().catch(() => undefined);
  await until(() => seen === status, `${READY} is ${status}`, 20_000);
}

/** A key of a new tenant. */
async function createTenantKey({ administer }: Deployment, tenant: string, tier?: string): Promise<string> {
  const made = await administer('POST', '/v1/admin/tenants', { id: tenant, name: tenant, ...(tier && { tier }) });
  equal(made.status, 201, made.text);
  const key = await administer('POST', '/v1/admin/keys', { label: 'acceptance', tenant });
  equal(key.status, 201, key.text);
  return key.body.text ?? key.body.key.text;
}

describe('the Intent Reasoning Engine in production', (it) => {
  const test = shareSetUp(it, deploy);

  const preflight = (url: string, origin: string) =>
    fetch(`${url}/v1/resolve`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });

  const expectGrant = async (url: string, origin: string): Promise<void> => {
    const answer = await preflight(url, origin);
    equal(answer.status, 204);
    equal(answer.headers.get('access-control-allow-origin'), origin);
    const actual = await fetch(`${url}/v1/resolve`, { headers: { origin } });
    equal(actual.headers.get('access-control-allow-origin'), origin);
  };

  const expectSilence = async (url: string, origin: string): Promise<void> => {
    for (const answer of [await preflight(url, origin), await fetch(`${url}/v1/resolve`, { headers: { origin } })]) {
      const given = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'));
      deepEqual(given, [], origin);
    }
  };

  test(
    '[INT-013] grants its front ends, and gives others no header :: as compiled, and as CORS_ORIGINS says',
    60_000,
    async ({ gateway, env, service }, later) => {
      const other = await startGateway(SYSTEM.policy(service), later, {
        env: { ...env, CORS_ORIGINS: 'https://shop.example.com' },
      });
      const cases = [
        [gateway, FRONT_ENDS, [...STRANGERS, 'https://shop.example.com']],
        [other, ['https://shop.example.com'], [...STRANGERS, ...FRONT_ENDS]],
      ] as const;
      for (const [{ url }, granted, refused] of cases) {
        for (const origin of granted) await expectGrant(url, origin);
        for (const origin of refused) await expectSilence(url, origin);
      }
      // nginx leaves it to the runtime, so it has to let preflights through.
      const edge = await startCompiledEdge(requireTool('nginx'), { system: SYSTEM, runtime: gateway.port }, later);
      for (const origin of [...FRONT_ENDS, ...STRANGERS]) {
        const headers = { origin, 'access-control-request-method': 'POST' };
        const granted = (await edge.ask('/v1/resolve', { method: 'OPTIONS', headers })).all(
          'access-control-allow-origin',
        );
        deepEqual(granted, FRONT_ENDS.includes(origin) ? [origin] : []);
      }
    },
  );

  test(
    '[INT-052] [INT-053] 200, 401, 404, 429 and 500 carry nosniff and DENY once :: directly and through the compiled nginx',
    90_000,
    async (deployed, later) => {
      const { gateway } = deployed;
      const edge = await startCompiledEdge(requireTool('nginx'), { system: SYSTEM, runtime: gateway.port }, later);
      const direct = (path: string, headers: Record<string, string>) => askRaw(gateway.port, path, headers);
      const proxied = (path: string, headers: Record<string, string>) => edge.ask(path, { headers });
      for (const [tenant, ask] of [
        ['direct', direct],
        ['proxied', proxied],
      ] as const) {
        const headers = { 'x-api-key': await createTenantKey(deployed, tenant) };
        const check = async (status: number, path: string, sent: Record<string, string> = headers) => {
          const { all, ...answer } = await ask(path, sent);
          if (answer.status !== status) return answer.status;
          deepEqual(all('x-content-type-options'), ['nosniff'], `${tenant} ${status}`);
          deepEqual(all('x-frame-options'), ['DENY'], `${tenant} ${status}`);
          return status;
        };
        for (const status of [200, 404, 500]) equal(await check(status, `/v1/status/${status}`), status);
        equal(await check(401, '/v1/resolve', {}), 401);
        // Eleven at once and one more each second.
        let last = 0;
        for (let count = 0; count < 60 && last !== 429; count += 1) last = await check(429, '/v1/resolve');
        equal(last, 429);
      }
      // What the runtime knows no route for, and what nginx answers itself.
      const others = [
        [404, await direct('/nowhere', {})],
        [404, await proxied('/nowhere', {})],
        [405, await edge.ask('/v1/resolve', { method: 'DELETE' })],
      ] as const;
      for (const [status, { all, ...answer }] of others) {
        equal(answer.status, status);
        deepEqual([all('x-content-type-options'), all('x-frame-options')], [['nosniff'], ['DENY']]);
      }
    },
  );

  test(
    '[INT-071] takes the tier of the policy and no other :: its figures are in the tests of the limits',
    30_000,
    async (deployed) => {
      const key = await createTenantKey(deployed, 'acme', 'professional');
      const { status } = await fetch(`${deployed.gateway.url}/v1/resolve`, { headers: { 'x-api-key': key } });
      equal(status, 200);
      const refused = await deployed.administer('POST', '/v1/admin/tenants', { id: 'b', name: 'B', tier: 'golden' });
      equal(refused.status, 422);
    },
  );

  test(
    '[INT-060] is scraped where its ServiceMonitor says :: and nowhere with ENABLE_METRICS=false',
    60_000,
    async ({ gateway, env, service }, later) => {
      const monitor = SYSTEM.data('kubernetes/gateway/servicemonitor-gateway.yaml');
      const [endpoint] = monitor.spec.endpoints;
      const container = containerOf();
      const port = container.ports.find(({ name }: { readonly name: string }) => name === endpoint.port);
      equal(port.containerPort, SYSTEM.data('runtime/policy.json').admin.port);
      const scraped = await fetch(gateway.adminUrl + endpoint.path);
      equal(scraped.status, 200);
      const input = await scraped.text();
      const judged = spawnSync(requireTool('promtool'), ['check', 'metrics'], { input, encoding: 'utf8' });
      equal(judged.status, 0, judged.stderr);
      match(input, /^http_server_active_requests 0$/m);
      const off = await startGateway(SYSTEM.policy(service), later, {
        env: { ...env, ENABLE_METRICS: 'false' },
      });
      equal((await fetch(off.adminUrl + endpoint.path)).status, 404);
    },
  );

  test(
    '[INT-055] [INT-056] is unready where its manifest asks, and then gets no request :: from a balancer that asks as Kubernetes does',
    90_000,
    async ({ gateway, env, service, postgres }, later) => {
      equal(containerOf().readinessProbe.httpGet.path, READY);
      const { listen } = SYSTEM.data('runtime/policy.json');
      const container = containerOf();
      const port = container.ports.find(({ name }: { readonly name: string }) => name === 'http');
      deepEqual([port.containerPort, container.readinessProbe.httpGet.port], [listen.port, 'http']);
      const database = await closedPort();
      const unready = await startGateway(SYSTEM.policy(service), later, {
        env: { ...env, DATABASE_URL: `postgresql://seaworthy@127.0.0.1:${database}/postgres` },
      });
      await becomesReady(gateway, 200);
      const asked = await fetch(unready.url + READY);
      equal(asked.status, 503);
      match(await asked.text(), /"away":\[[^\]]*"postgresql"/);
      equal((await fetch(`${unready.url}/health`)).status, 200);

      const served = ({ lines }: Gateway) => lines.filter(({ route }) => route === 'api-api').length;
      const before = served(gateway);
      for (let count = 0; count < 10; count += 1) await balance([unready.url, gateway.url], '/v1/resolve');
      deepEqual([served(unready), served(gateway) - before], [0, 10]);

      postgres.freeze();
      later(async () => postgres.thaw());
      await becomesReady(gateway, 503);
      postgres.thaw();
      await becomesReady(gateway, 200);
    },
  );
});

/** Sends to the first that says it is ready. */
async function balance(urls: readonly string[], path: string): Promise<void> {
  for (const url of urls) {
    if ((await fetch(url + READY)).status !== 200) continue;
    const response = await fetch(url + path);
    await response.arrayBuffer();
    return;
  }
  ok(false, 'nobody is ready');
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await bind(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A call that keeps repeated fields apart. */
function askRaw(port: number, path: string, headers: Readonly<Record<string, string>>) {
  return new Promise<{ status: number; all(name: string): readonly string[] }>((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      response.resume();
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          all: (name) =>
            response.rawHeaders.filter((_value, index) => index % 2 === 1 && response.rawHeaders[index - 1] === name),
        }),
      );
    });
    call.on('error', reject);
    call.end();
  });
}
