/** What the Intent Reasoning Engine's gateway says of itself, as it is compiled for production. Database and Redis are away. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { generateApiKey } from '../../features/identity/api-key.ts';
import { createCaller } from '../administration.ts';
import { compiledSystem, testSecrets } from '../compiled.ts';
import { startCollector, type TestCollector } from '../otlp-collector.ts';
import { rawRequest, startGateway, startUpstream, within } from '../servers.ts';
import { until } from '../until.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;
type Environment = Readonly<Record<string, string>>;

const SYSTEM = compiledSystem('intent-engine', 'production');
const AWAY = { DATABASE_URL: 'postgresql://127.0.0.1:1/none', REDIS_URL: 'redis://127.0.0.1:1' };

/** The share of requests that is traced is drawn by lot: here every lot wins. */
function winEveryDraw(later: Later): void {
  const { random } = Math;
  Math.random = () => 0;
  later(async () => {
    Math.random = random;
  });
}

async function start(later: Later, env: Environment = {}) {
  const raw: string[] = [];
  const service = await startUpstream((_req, res) => res.end('ok'), later);
  const gateway = await startGateway(SYSTEM.policy(service), later, {
    env: { ...testSecrets(), ...AWAY, ...env },
    log: { write: (line) => raw.push(line) },
  });
  return { ...gateway, raw, said: () => raw.map((line) => JSON.parse(line)) };
}

const spanOf = ({ spans }: TestCollector) => until(() => spans.find(({ kind }) => kind === 2), 'the span', 20_000);

describe('what the Intent Reasoning Engine says of itself', (it) => {
  it(
    '[INT-024] the log leaves out what is below INFO, and below WARNING when LOG_LEVEL says so :: a request is info, a failure a warning',
    within(30_000, async (later) => {
      for (const [env, expected] of [
        [{}, ['info', 'warn']],
        [{ LOG_LEVEL: 'INFO' }, ['info', 'warn']],
        [{ LOG_LEVEL: 'WARNING' }, ['warn']],
      ] as const) {
        const { url, said } = await start(later, env);
        await fetch(`${url}/nothing`);
        // Nobody can tell whose key it is.
        const { text } = generateApiKey('intentengine_production');
        equal((await fetch(`${url}/v1/resolve`, { headers: { 'x-api-key': text } })).status, 503);
        const levels = said().flatMap(({ level, status }) => (status === undefined ? [] : [level]));
        deepEqual(levels, expected);
        ok(said().every(({ level }) => level !== 'debug'));
      }
    }),
  );

  it(
    '[INT-025] every line of the log is JSON with level, time and message :: that of a request with its trace id',
    within(20_000, async (later) => {
      const { url, raw, said } = await start(later);
      const answer = await fetch(`${url}/v1/resolve`);
      ok(raw.length >= 3);
      for (const line of said()) {
        ok(['info', 'warn', 'error'].includes(line.level));
        match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        equal(typeof line.msg, 'string');
        deepEqual([line.system, line.environment], ['intent-engine', 'production']);
      }
      const line = said().find(({ status }) => status === 401);
      match(line?.trace_id, /^[0-9a-f]{32}$/);
      equal(line?.trace_id, answer.headers.get('x-trace-id'));
    }),
  );

  it(
    '[INT-023] [INT-026] spans say that this is production :: at the collector that OTLP_ENDPOINT names',
    within(30_000, async (later) => {
      winEveryDraw(later);
      const collector = await startCollector('http/protobuf', later);
      const { url } = await start(later, { OTLP_ENDPOINT: collector.url });
      await fetch(`${url}/v1/resolve`);
      const { resource } = await spanOf(collector);
      equal(resource['deployment.environment.name'], 'production');
      equal(resource['service.name'], 'intent-engine');
    }),
  );

  for (const metrics of [true, false]) {
    for (const tracing of [true, false]) {
      it(
        `[INT-028] ENABLE_METRICS and ENABLE_TRACING are separate :: metrics ${metrics}, tracing ${tracing}`,
        within(30_000, async (later) => {
          winEveryDraw(later);
          const collector = await startCollector('http/protobuf', later);
          const { url, adminUrl, runtime } = await start(later, {
            OTLP_ENDPOINT: collector.url,
            ENABLE_METRICS: String(metrics),
            ENABLE_TRACING: String(tracing),
          });
          await fetch(`${url}/v1/resolve`);
          equal((await fetch(`${adminUrl}/metrics`)).status, metrics ? 200 : 404);
          await runtime.stop();
          equal(collector.spans.length, tracing ? 1 : 0);
        }),
      );
    }
  }

  const OFF: Readonly<Record<string, Environment>> = {
    'no endpoint': {},
    'an empty endpoint': { OTLP_ENDPOINT: '' },
    'both switches false': { ENABLE_TRACING: 'false', ENABLE_METRICS: 'false' },
  };
  for (const [sentence, env] of Object.entries(OFF)) {
    it(
      `[INT-027] nothing leaves and nothing is complained about :: ${sentence}`,
      within(30_000, async (later) => {
        winEveryDraw(later);
        const collector = await startCollector('http/protobuf', later);
        const isOff = env['ENABLE_TRACING'] === 'false';
        const { url, runtime, said } = await start(later, isOff ? { ...env, OTLP_ENDPOINT: collector.url } : env);
        await fetch(`${url}/v1/resolve`);
        await runtime.stop();
        equal(collector.requests(), 0);
        const complaints = said().filter(({ level, msg }) => level !== 'info' && /telemetry|collector|span/i.test(msg));
        deepEqual(complaints, []);
      }),
    );
  }

  it(
    '[INT-054] [INT-056] /health is 200 where its manifest asks while database and Redis are down, and /ready names both',
    within(30_000, async (later) => {
      const [container] = SYSTEM.data('kubernetes/gateway/deployment-gateway.yaml').spec.template.spec.containers;
      equal(container.livenessProbe.httpGet.path, '/health');
      const { url } = await start(later);
      const ready = await fetch(`${url}/ready`);
      equal(ready.status, 503);
      match(await ready.text(), /"away":\[[^\]]*"postgresql"[^\]]*"redis"/);
      equal((await fetch(`${url}/health`)).status, 200);
    }),
  );

  it(
    '[INT-011] without ADMIN_API_KEY there is no administration :: every method is 404 on the port of operators and at the public path, also with an empty bearer',
    within(40_000, async (later) => {
      const { ADMIN_API_KEY: _none, ...others } = testSecrets();
      for (const env of [others, { ...others, ADMIN_API_KEY: '' }]) {
        const gateway = await startGateway(SYSTEM.policy(), later, { env: { ...env, ...AWAY } });
        const operators = Number(new URL(gateway.adminUrl).port);
        const places = [
          ...['GET', 'POST', 'PUT', 'DELETE'].map((method) => [operators, method] as const),
          ...['GET', 'POST'].map((method) => [gateway.port, method] as const),
        ];
        const fields = ['', 'Authorization: Bearer \r\n', 'Authorization: Bearer undefined\r\n'];
        const asked = places.flatMap(([port, method]) => fields.map((field) => [port, method, field] as const));
        for (const [port, method, field] of asked) {
          const head = `${method} /v1/admin/tenants HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${field}\r\n`;
          match(await rawRequest(port, head, 5_000), /^HTTP\/1\.1 404 /, `${method} ${port} ${field}`);
        }
      }
    }),
  );

  it(
    '[INT-010] its administration asks for the bearer token :: nothing, another scheme, and the token elsewhere are 401',
    within(30_000, async (later) => {
      const secrets = testSecrets();
      const token = secrets['ADMIN_API_KEY'] ?? '';
      const gateway = await startGateway(SYSTEM.policy(), later, { env: { ...secrets, ...AWAY } });
      const wrong = [{}, { authorization: `Basic ${token}` }, { authorization: token }, { 'x-api-key': token }];
      for (const headers of wrong) {
        const asked = await createCaller(gateway, null)('GET', '/v1/admin/tenants', undefined, headers);
        equal(asked.status, 401);
        equal((await fetch(`${gateway.url}/v1/admin/tenants`, { headers: new Headers(headers) })).status, 401);
      }
      const right = await createCaller(gateway, token)('GET', '/v1/admin/breakers');
      equal(right.status, 200);
    }),
  );
});
