/** What operators of Jamey can do and see, as it is compiled for production: keys and their limits, its traces and its log. */
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { createCaller } from '../administration.ts';
import { compiledSystem, testSecrets } from '../compiled.ts';
import { metric } from '../egress.ts';
import { createSkippingClock } from '../fake-clock.ts';
import { startBlackHole, startCollector } from '../otlp-collector.ts';
import { startPostgres } from '../postgres.ts';
import { startGateway, startUpstream } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';
import { until } from '../until.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

const SYSTEM = compiledSystem('jamey', 'production');
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
/** From a neighbour that records; nginx on the same machine is one. */
const RECORDED = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };

async function deploy(later: Later) {
  const postgres = await startPostgres(requireTool('postgres'));
  later(() => postgres.stop());
  const seen: Record<string, unknown>[] = [];
  const service = await startUpstream((req, res) => {
    seen.push(req.headers);
    req.resume();
    if (req.url === '/broken') res.statusCode = 500;
    res.end('ok');
  }, later);
  const collector = await startCollector('grpc', later);
  const secrets = testSecrets();
  const env = { ...secrets, DATABASE_URL: postgres.url, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const clock = createSkippingClock();
  const gateway = await startGateway(SYSTEM.policy(service), later, { env, clock });
  let isReady = false;
  void (async () => {
    while (!isReady) isReady = (await fetch(`${gateway.url}/gateway/ready`)).status === 200;
  })().catch(() => undefined);
  await until(() => isReady, 'ready', 20_000);
  const token = secrets['ADMIN_API_KEY'] ?? '';
  const administer = createCaller(gateway, token);
  const make = async (label: string) => {
    const made = await administer('POST', '/v1/admin/keys', { label });
    equal(made.status, 201, made.text);
    return { id: String(made.body.key.id), text: String(made.body.text) };
  };
  const call = async (key: string, path = '/', headers: Record<string, string> = {}): Promise<Response> => {
    for (let tries = 1; ; tries += 1) {
      const response = await fetch(gateway.url + path, { headers: { 'x-api-key': key, ...headers } });
      // A busy machine may answer too late for a key that nobody has used yet.
      if (response.status !== 503 || tries === 20) return response;
      await sleep(100);
    }
  };
  return { gateway, service, collector, env, clock, token, seen, administer, make, call };
}

describe('operators of Jamey in production', (it) => {
  const test = shareSetUp(it, deploy);

  test(
    '[JAM-022] [INT-010] keys are rotated by the administrator alone :: on the port of operators with the new key shown once, and where the program does it itself',
    60_000,
    async ({ gateway, token, seen, administer, make, call }) => {
      const one = await make('one');
      const path = `/v1/admin/keys/${one.id}/rotate`;
      const nobody = createCaller(gateway, null);
      equal((await nobody('POST', path)).status, 401);
      equal((await nobody('POST', path, undefined, { authorization: `Basic ${token}` })).status, 401);
      equal((await nobody('POST', path, undefined, { 'x-api-key': one.text })).status, 403);
      const rotated = await administer('POST', path);
      equal(rotated.status, 200, rotated.text);
      const text = String(rotated.body.text);
      notEqual(text, one.text);
      equal((await call(text)).status, 200);
      equal((await administer('GET', '/v1/admin/keys')).text.includes(text), false, 'shown once');
      match((await administer('GET', '/v1/admin/audit')).text, new RegExp(`rotate[^}]*${one.id}|${one.id}[^}]*rotate`));
      // The same of the path that is the program's own.
      const rotate = (headers: Record<string, string>) =>
        fetch(`${gateway.url}/admin/keys/rotate`, { method: 'POST', headers });
      equal((await rotate({})).status, 401);
      equal((await rotate({ 'x-api-key': text })).status, 403);
      equal((await rotate({ authorization: `Bearer ${token}` })).status, 200);
      equal(seen.at(-1)?.['authorization'], `Bearer ${token}`);
    },
  );

  test(
    "[JAM-039] one key's limit of 600 is changed at run time and stays changed :: before its first use and after a window; another key keeps its own",
    60_000,
    async ({ clock, administer, make, call }) => {
      const [one, other] = [await make('narrow'), await make('ordinary')];
      const budget = `/v1/admin/limits/per-key-api-key/${encodeURIComponent(`key:${one.id}`)}`;
      equal((await administer('PUT', budget, { requests: 5, periodMs: 3_600_000, capacity: 5 })).status, 200);
      for (let window = 0; window < 2; window += 1) {
        const statuses: number[] = [];
        for (let count = 0; count < 7; count += 1) {
          statuses.push((await call(one.text)).status);
          equal((await call(other.text)).status, 200);
          clock.advance(100);
        }
        deepEqual(statuses, [200, 200, 200, 200, 200, 429, 429]);
        clock.advance(3_600_000);
      }
    },
  );

  test(
    '[JAM-030] a use is written down within 15 s, and a refusal is not',
    60_000,
    async ({ clock, administer, make, call }) => {
      const key = await make('used');
      const lastUsed = async () => (await administer('GET', `/v1/admin/keys/${key.id}`)).body.key.lastUsedAt;
      const before = await lastUsed();
      ok(before === undefined || before === null, String(before));
      equal((await call(key.text)).status, 200);
      const usedMs = clock.wallMs();
      let written: unknown;
      const look = setInterval(() => void lastUsed().then((at) => (written = at ?? undefined)), 300);
      await until(() => written !== undefined, 'the use is written', 30_000).finally(() => clearInterval(look));
      ok(Math.abs(Date.parse(String(written)) - usedMs) < 60_000, String(written));
      clock.advance(3_600_000);
      equal((await call(`${key.text}x`)).status, 401);
      equal((await call(key.text, '/admin/keys/rotate')).status !== 200, true);
      equal(await lastUsed(), written);
    },
  );

  test(
    '[JAM-062] [JAM-063] spans of jamey-3.0 leave by OTLP over gRPC, to port 4317 of this machine unless the environment says another :: continued from a neighbour that records',
    30_000,
    async ({ collector, make, call }) => {
      const { traces } = SYSTEM.data('runtime/policy.json').telemetry;
      deepEqual([traces.endpoint, traces.protocol], ['http://localhost:4317', 'grpc']);
      const key = await make('traced');
      equal((await call(key.text, '/traced', RECORDED)).status, 200);
      // One new trace in a hundred is recorded, too.
      const isOurs = ({ kind, traceId }: (typeof collector.spans)[number]) => kind === 2 && traceId === TRACE;
      const server = await until(() => collector.spans.find(isOurs), 'the span arrives');
      equal(server.resource['service.name'], 'jamey-3.0');
      equal(server.resource['deployment.environment.name'], 'production');
    },
  );

  test(
    '[JAM-065] [JAM-069] every request has a trace id, the same in the answer and in the log :: and LOG_LEVEL says how much is logged',
    40_000,
    async ({ gateway, service, env, make, call }, later) => {
      const key = await make('logged');
      const own = await call(key.text, '/logged');
      const id = own.headers.get('x-trace-id') ?? '';
      match(id, /^[0-9a-f]{32}$/);
      const line = gateway.lines.find(({ trace_id }) => trace_id === id);
      match(String(line?.['span_id']), /^[0-9a-f]{16}$/);
      equal(line?.['level'], 'info');
      equal((await call(key.text, '/logged', RECORDED)).headers.get('x-trace-id'), TRACE);
      const quiet = await startGateway(SYSTEM.policy(service), later, { env: { ...env, LOG_LEVEL: 'error' } });
      equal((await fetch(`${quiet.url}/health`)).status, 200);
      deepEqual(
        quiet.lines.filter(({ level }) => level !== 'error'),
        [],
      );
    },
  );

  test(
    '[JAM-064] a collector that never answers costs no request :: spans beyond the queue are dropped and counted',
    90_000,
    async ({ service, env }, later) => {
      const hole = await startBlackHole(later);
      const gateway = await startGateway(SYSTEM.policy(service), later, {
        env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: hole },
      });
      const dropped = () => metric(gateway, 'telemetry_spans_dropped_total{reason="queue-full"}');
      for (let round = 0; round < 20 && (await dropped()) === 0; round += 1) {
        const calls = Array.from({ length: 200 }, () => fetch(`${gateway.url}/health`, { headers: RECORDED }));
        for (const response of await Promise.all(calls)) {
          equal(response.status, 200);
          await response.arrayBuffer();
        }
        ok((await metric(gateway, 'telemetry_spans_queued')) <= 2_048);
      }
      ok((await dropped()) > 0);
    },
  );
});
