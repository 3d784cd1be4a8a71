/** Sentinel as it is compiled for production: its nginx, its runtime and its dashboard. */
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { parser } from '@prometheus-io/lezer-promql';

import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { METRICS, type MetricName, seriesNames } from '../../../schemas/metrics.ts';
import { createProviders } from '../../create-providers.ts';
import { alteredPolicy, compiledSystem, testSecrets } from '../compiled.ts';
import { startCompiledEdge } from '../compiled-edge.ts';
import { metric, readSeries } from '../egress.ts';
import { createFakeTime, settled } from '../fake-time.ts';
import { startCollector } from '../otlp-collector.ts';
import { startGateway, startUpstream, within } from '../servers.ts';
import { until } from '../until.ts';

const SYSTEM = compiledSystem('sentinel', 'production');
/** Nobody needs it here: routes that ask for a key answer 503 meanwhile. */
const NO_DATABASE = { DATABASE_URL: 'postgresql://127.0.0.1:1/none' };

interface Panel {
  readonly title?: string;
  readonly targets?: readonly { readonly expr: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly mappings?: readonly ValueMapping[] } };
}

interface ValueMapping {
  readonly type: string;
  readonly options: Readonly<Record<string, { readonly text: string }>>;
}

describe('Sentinel in production', (it) => {
  it(
    '[SEN-028] names no front end yet, so nginx grants no origin :: whatever the service says; a listed origin is in the tests of SentientIQ',
    within(60_000, async (later) => {
      const service = await startUpstream((_req, res) => {
        res.setHeader('access-control-allow-origin', '*');
        res.end('ok');
      }, later);
      const env = { ...testSecrets(), ...NO_DATABASE };
      const gateway = await startGateway(SYSTEM.policy(service), later, { env });
      const edge = await startCompiledEdge(requireTool('nginx'), { system: SYSTEM, runtime: gateway.port }, later);
      for (const origin of ['https://sentinel.example.com', 'https://evil.example', 'null']) {
        const headers = { origin, 'access-control-request-method': 'GET' };
        deepEqual((await edge.ask('/health', { method: 'OPTIONS', headers })).all('access-control-allow-origin'), []);
        const actual = await edge.ask('/health', { headers: { origin } });
        equal(actual.status, 200);
        deepEqual(actual.all('access-control-allow-origin'), []);
      }
    }),
  );

  it(
    '[SEN-035] /metrics is where both ServiceMonitors ask, and promtool reads what the gateway answers there',
    within(40_000, async (later) => {
      for (const name of ['backend', 'gateway']) {
        const { endpoints } = SYSTEM.data(`kubernetes/${name}/servicemonitor-${name}.yaml`).spec;
        deepEqual(
          endpoints.map(({ path }: { readonly path: string }) => path),
          ['/metrics'],
        );
      }
      const env = { ...testSecrets(), ...NO_DATABASE };
      const { adminUrl } = await startGateway(SYSTEM.policy(), later, { env });
      const scraped = await fetch(`${adminUrl}/metrics`);
      equal(scraped.status, 200);
      const input = await scraped.text();
      const judged = spawnSync(requireTool('promtool'), ['check', 'metrics'], { input, encoding: 'utf8' });
      equal(judged.status, 0, judged.stderr);
    }),
  );

  it(
    '[SEN-041] [SEN-135] five failures in a row open the breaker before the backend, and its metric says so',
    within(40_000, async (later) => {
      let calls = 0;
      const service = await startUpstream((_req, res) => {
        calls += 1;
        res.writeHead(500).end('broken');
      }, later);
      const gateway = await startGateway(SYSTEM.policy(service), later, { env: { ...testSecrets(), ...NO_DATABASE } });
      const state = () => metric(gateway, 'breaker_state{kind="upstream",name="backend"}');
      const ask = async () => (await fetch(`${gateway.url}/health`)).status;
      for (let count = 0; count < 4; count += 1) equal(await ask(), 500);
      equal(await state(), 0);
      equal(await ask(), 500);
      deepEqual([await state(), await ask(), calls], [2, 503, 5]);
    }),
  );

  it('[SEN-051] shows breakers on the main dashboard :: every expression parses and names what the runtime exports, states as it counts them', async () => {
    const { panels }: { readonly panels: readonly Panel[] } = SYSTEM.data('grafana/sentinel.json');
    const panel = panels.find(({ title }) => title === 'Circuit breakers');
    ok(panel !== undefined, 'the panel is there');
    const names = new Set(Object.keys(METRICS).flatMap((name) => seriesNames(name as MetricName)));
    const own = panels.flatMap(({ targets = [] }) => targets).filter(({ expr }) => expr.includes('job="gateway"'));
    for (const { expr } of [...(panel.targets ?? []), ...own]) {
      const { errors, metrics } = readQuery(expr);
      deepEqual(errors, [], expr);
      notEqual(metrics.length, 0, expr);
      // `up` is Prometheus' own.
      for (const name of metrics) ok(names.has(name) || name === 'up', `${name} in ${expr}`);
    }
    match(panel.targets?.[0]?.expr ?? '', /\bbreaker_state\{/);
    // A state is the same number in a scrape and in the panel.
    const [mapping] = panel.fieldConfig?.defaults.mappings ?? [];
    const shown = (value: number) => mapping?.options[String(value)]?.text;
    const time = createFakeTime();
    const jamey = compiledSystem('jamey', 'production').policy();
    const client = createProviders(jamey, { clock: time, schedule: time.schedule });
    const state = async () =>
      shown(readSeries(await client.metrics.scrape(), 'breaker_state{kind="provider",name="openrouter"}'));
    equal(await state(), 'closed');
    const fail = () => Promise.reject(new Error('down'));
    for (let count = 0; count < 5; count += 1) await client.call('openrouter', fail).catch(() => undefined);
    equal(await state(), 'open');
    await time.advance(30_000);
    void client.call('openrouter', () => new Promise(() => undefined)).catch(() => undefined);
    await settled();
    equal(await state(), 'half open');
    await time.advance(60_000);
    equal(await state(), 'open');
  });

  it(
    '[SEN-159] one request is a sample, a log line with its trace and a span :: once the policy asks for traces, which the spec does not yet; collector and store are stand-ins',
    within(30_000, async (later) => {
      const collector = await startCollector('http/protobuf', later);
      const service = await startUpstream((_req, res) => res.end('ok'), later);
      const compiled = SYSTEM.policy(service);
      const traces = {
        enabled: true,
        endpointEnv: 'COLLECTOR',
        protocol: 'http/protobuf',
        sampleRatio: 1,
        serviceName: 'sentinel-gateway',
      } as const;
      const gateway = await startGateway(
        alteredPolicy(compiled, { telemetry: { ...compiled.telemetry, traces } }),
        later,
        {
          env: { ...testSecrets(), ...NO_DATABASE, COLLECTOR: collector.url },
        },
      );
      equal((await fetch(`${gateway.url}/health`)).status, 200);
      const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      const sample = /^http_server_request_duration_seconds_count\{[^}]*http_route="\/health"[^}]*\} 1\b/m;
      match(text, sample);
      const line = gateway.lines.find(({ route }) => route === 'backend-health');
      match(String(line?.['trace_id']), /^[0-9a-f]{32}$/);
      const span = await until(() => collector.spans.find(({ traceId }) => traceId === line?.['trace_id']), 'the span');
      equal(span.resource['service.name'], 'sentinel-gateway');
    }),
  );
});

/** What Prometheus' own grammar makes of a query, with ordinary values where Grafana puts its own. */
function readQuery(expr: string): { readonly errors: readonly string[]; readonly metrics: readonly string[] } {
  const text = expr.replaceAll(/\$(?:__\w+|\{\w+\})/g, '5m');
  const errors: string[] = [];
  const metrics: string[] = [];
  parser.parse(text).iterate({
    enter({ type, name, node, from, to }) {
      if (type.isError) errors.push(`at ${from}: ${text.slice(from, to)}`);
      const selected = name === 'VectorSelector' ? node.getChild('Identifier') : null;
      if (selected !== null) metrics.push(text.slice(selected.from, selected.to));
    },
  });
  return { errors, metrics };
}
