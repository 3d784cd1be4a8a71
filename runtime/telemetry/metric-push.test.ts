import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';

import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { loadPolicy } from '../process/load-policy.ts';
import { startBlackHole, startCollector } from '../testing/otlp-collector.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { startGateway, startUpstream, within } from '../testing/servers.ts';
import { until } from '../testing/until.ts';

function pushing(protocol: 'grpc' | 'http/protobuf', upstream: string, intervalMs = 1_000): RuntimePolicy {
  const policy = testPolicy({
    upstreams: { main: testUpstream(upstream) },
    limits: { one: testLimit({ requests: 1, periodMs: 86_400_000, capacity: 1 }) },
    routes: [testRoute({ limits: ['one'] })],
  });
  const otlpMetrics = { serviceName: 'intent-engine', endpointEnv: 'COLLECTOR', protocol, intervalMs };
  return { ...policy, telemetry: { ...policy.telemetry, metrics: false, otlpMetrics } };
}

describe('metrics by OTLP', (it) => {
  for (const protocol of ['grpc', 'http/protobuf'] as const) {
    it(
      `[INT-061] push the series that a scrape would show, histograms too, instead of it :: ${protocol}`,
      within(40_000, async (later) => {
        const upstream = await startUpstream((_req, res) => res.end('ok'), later);
        const collector = await startCollector(protocol, later);
        const policy = pushing(protocol, upstream);
        const gateway = await startGateway(policy, later, { env: { COLLECTOR: collector.url } });
        await fetch(`${gateway.url}/v1/items`);
        await fetch(`${gateway.url}/v1/items`);
        equal((await fetch(`${gateway.adminUrl}/metrics`)).status, 404);
        const count = await until(
          () =>
            collector.series.findLast(
              ({ name, labels }) =>
                name === 'http_server_request_duration_seconds' && labels['http_response_status_code'] === '429',
            ),
          'the histogram arrives',
          20_000,
        );
        equal(count.value, 1);
        deepEqual(count.labels, {
          http_request_method: 'GET',
          http_route: '/v1/items',
          http_response_status_code: '429',
        });
        equal(count.resource['service.name'], 'intent-engine');
        equal(count.resource['deployment.environment.name'], 'test');
        const refused = collector.series.findLast(
          ({ name, labels }) => name === 'ratelimit_requests_total' && labels['result'] === 'refused',
        );
        equal(refused?.value, 1);
        // The same policy, scraped: every name that it shows was pushed.
        const twin = await startGateway({ ...policy, telemetry: testPolicy().telemetry }, later);
        const text = await (await fetch(`${twin.adminUrl}/metrics`)).text();
        const pushed = new Set(collector.series.map(({ name }) => name));
        for (const [, name = ''] of text.matchAll(/^# TYPE (\S+) /gm)) ok(pushed.has(name), `${name} is pushed`);
      }),
    );
  }

  it('[INT-061] are never counted twice :: a policy that scrapes and pushes is refused', () => {
    const policy = pushing('grpc', 'http://127.0.0.1:9');
    equal(loadPolicy(JSON.stringify(policy)).kind, 'policy');
    for (const metrics of [true, undefined]) {
      const both = JSON.stringify({ ...policy, telemetry: { ...policy.telemetry, metrics } });
      const loaded = loadPolicy(both);
      ok(loaded.kind === 'invalid');
      match(loaded.problems.join(), /telemetry\.otlpMetrics: .* counted twice/);
    }
  });

  it(
    'cost nothing when the collector never answers :: requests, log and end',
    within(20_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const env = { COLLECTOR: await startBlackHole(later) };
      const gateway = await startGateway(pushing('http/protobuf', upstream), later, { env });
      for (let count = 0; count < 20; count += 1) await fetch(`${gateway.url}/v1/items`);
      const startedMs = performance.now();
      await gateway.runtime.stop();
      ok(performance.now() - startedMs < 6_000);
      const complaints = gateway.lines.filter((line) => line['level'] === 'error');
      deepEqual(complaints, []);
    }),
  );

  it(
    'push a last time at the end',
    within(10_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const collector = await startCollector('http/protobuf', later);
      const env = { COLLECTOR: collector.url };
      const gateway = await startGateway(pushing('http/protobuf', upstream, 600_000), later, { env });
      await fetch(`${gateway.url}/v1/items`);
      equal(collector.requests(), 0);
      await gateway.runtime.stop();
      ok(collector.series.some(({ name }) => name === 'http_server_request_duration_seconds'));
    }),
  );
});
