/** The SDK in the program itself, as operators set it up by its variables; and what it counts. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { startGatewayProcess } from '../testing/gateway-process.ts';
import { startCollector } from '../testing/otlp-collector.ts';
import { testPolicy, testUpstream } from '../testing/policy.ts';
import { startUpstream, within } from '../testing/servers.ts';
import { until } from '../testing/until.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

const SERVER = 2;

async function tracedPolicy(later: Later, sampleRatio: number): Promise<RuntimePolicy> {
  const upstream = await startUpstream((_req, res) => res.end('ok'), later);
  const policy = testPolicy({ upstreams: { main: testUpstream(upstream) } });
  const traces = {
    serviceName: 'edge',
    endpointEnv: 'COLLECTOR',
    protocol: 'grpc',
    sampleRatio,
    enabled: true,
  } as const;
  const listening = { listen: { ...policy.listen, port: 0 }, admin: { ...policy.admin, port: 0 } };
  return { ...policy, ...listening, telemetry: { ...policy.telemetry, traces } };
}

const scrape = async (adminUrl: string) => (await fetch(`${adminUrl}/metrics`)).text();

describe('the SDK of the program', (it) => {
  it(
    'its variables mean what operators expect :: address, protocol, headers, names, sampler, batch',
    within(120_000, async (later) => {
      const collector = await startCollector('http/protobuf', later);
      const gateway = await startGatewayProcess(await tracedPolicy(later, 0), later, {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
        OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=harbour',
        OTEL_SERVICE_NAME: 'harbour-edge',
        OTEL_RESOURCE_ATTRIBUTES: 'cloud.region=eu-1,service.name=ignored,deployment.environment.name=blue',
        OTEL_TRACES_SAMPLER: 'always_on',
        OTEL_BSP_SCHEDULE_DELAY: '20',
      });
      const answer = await fetch(`${gateway.url}/v1/items`);
      const server = await until(() => collector.spans.find(({ kind }) => kind === SERVER), 'the span arrives');
      equal(server.traceId, answer.headers.get('x-trace-id'));
      equal(server.resource['service.name'], 'harbour-edge');
      equal(server.resource['cloud.region'], 'eu-1');
      equal(server.resource['deployment.environment.name'], 'blue');
      equal(collector.headers()['x-tenant'], 'harbour');
      match(await scrape(gateway.adminUrl), /^telemetry_spans_exported_total 2$/m);
      ok(!gateway.lines.join('').includes('harbour,'), 'headers are in no line');
    }),
  );

  it(
    'OTEL_SDK_DISABLED sends nothing, and leaves ids and the scrape',
    within(120_000, async (later) => {
      const collector = await startCollector('grpc', later);
      const env = { COLLECTOR: collector.url, OTEL_SDK_DISABLED: 'true' };
      const gateway = await startGatewayProcess(await tracedPolicy(later, 1), later, env);
      const answer = await fetch(`${gateway.url}/v1/items`);
      match(answer.headers.get('x-trace-id') ?? '', /^[0-9a-f]{32}$/);
      match(await scrape(gateway.adminUrl), /^http_server_request_duration_seconds_count\{/m);
      gateway.child.kill('SIGTERM');
      equal(await gateway.exited, 0);
      equal(collector.requests(), 0);
    }),
  );

  it(
    'what waits at the end is sent, and a variable that cannot be meant refuses the start in one line',
    within(120_000, async (later) => {
      const collector = await startCollector('grpc', later);
      const policy = await tracedPolicy(later, 1);
      const env = { COLLECTOR: collector.url, OTEL_BSP_SCHEDULE_DELAY: '600000' };
      const gateway = await startGatewayProcess(policy, later, env);
      await fetch(`${gateway.url}/v1/items`);
      equal(collector.requests(), 0);
      gateway.child.kill('SIGTERM');
      equal(await gateway.exited, 0);
      deepEqual(collector.spans.map(({ kind }) => kind).sort(), [SERVER, 3]);
      const refused = await startGatewayProcess(policy, later, { COLLECTOR: 'localhost' }).catch((error) => error);
      match(String(refused), /ended with 2: seaworthy: COLLECTOR: is no http or https address of a collector\n$/);
    }),
  );
});
