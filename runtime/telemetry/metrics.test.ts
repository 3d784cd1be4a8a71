import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { METRICS, type MetricDescription, seriesNames } from '../../schemas/metrics.ts';
import { testCache, testLimit, testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { rawRequest, startGateway, startUpstream, within } from '../testing/servers.ts';

/**
 * What is scraped beside its part: where the runtime terminates TLS (process/gateway-tls.test.ts), and queues, which need a
 * real Redis (features/queues/queues.test.ts).
 */
const ELSEWHERE = /^(?:tls_certificate_expiry_timestamp_seconds|queue_.*)$/;
const TABLE: Readonly<Record<string, MetricDescription>> = Object.fromEntries(
  Object.entries(METRICS).filter(([name]) => !ELSEWHERE.test(name)),
);
const BASE = /_(?:bucket|sum|count)$/;

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

function parseSeries(text: string): readonly Series[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels] = /^([a-z0-9_]+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...(labels ?? '').matchAll(/([a-z_]+)="([^"]*)"/g)].map((pair) => [pair[1] ?? '', pair[2] ?? '']);
    return [{ name, labels: Object.fromEntries(pairs) }];
  });
}

describe('metrics', (it) => {
  it(
    'exports exactly what the table says :: names, types, labels and label values',
    within(15_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const { storage } = testPolicy();
      const policy = testPolicy({
        // With Redis, a database and its replica, so that their metrics are there; they need not answer.
        storage: {
          ...storage,
          database: { ...storage.database, replica: { env: 'REPLICA_URL', maxLagMs: 500 } },
          counters: { kind: 'redis', env: 'REDIS_URL' },
        },
        upstreams: { main: testUpstream(upstream) },
        limits: { one: testLimit({ requests: 1, periodMs: 86_400_000, capacity: 1 }) },
        routes: [
          testRoute({ limits: ['one'], maxConcurrent: 9 }),
          testRoute({ id: 'keyed', path: '/keyed', auth: 'api-key' }),
        ],
        caches: { rules: testCache() },
        backups: { orders: { rpoMs: 3_600_000 } },
        overrides: [{ env: 'BURST', pointer: '/limits/one/capacity', as: 'integer' }],
        providers: {
          llm: {
            timeoutMs: 900,
            breaker: { consecutiveFailures: 5, openMs: 1_000, halfOpenProbes: 1 },
            pool: { name: 'llm', maxConcurrent: 3, queue: { max: 4, waitMs: 500 } },
            fallback: 'spare',
          },
          spare: { timeoutMs: 800 },
        },
        health: {
          live: '/health',
          ready: '/ready',
          dependencies: [{ name: 'main', kind: 'upstream', required: true, timeoutMs: 500, upstream: 'main' }],
        },
      });
      const gateway = await startGateway(policy, later, {
        env: {
          REDIS_URL: 'redis://127.0.0.1:1',
          DATABASE_URL: 'postgresql://127.0.0.1:1/none',
          REPLICA_URL: 'postgresql://127.0.0.1:1/none',
          API_KEY_PEPPER: 'a pepper of thirty-two characters or more',
        },
      });
      const before = new Set(
        parseSeries(await (await fetch(`${gateway.adminUrl}/metrics`)).text()).map(({ name }) => name),
      );
      for (const [name, { initialised }] of Object.entries(TABLE)) {
        if (initialised) ok(before.has(name), `${name} exists before the first request`);
      }
      await fetch(`${gateway.url}/v1/items`);
      await fetch(`${gateway.url}/v1/items`);
      await fetch(`${gateway.url}/nothing`);
      await rawRequest(gateway.port, 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n');
      const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      const types = Object.fromEntries(
        [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((found) => [found[1], found[2]]),
      );
      deepEqual(types, Object.fromEntries(Object.entries(TABLE).map(([name, { type }]) => [name, type])));
      const scraped = parseSeries(text);
      const expected = Object.keys(TABLE).flatMap((name) =>
        name in METRICS ? seriesNames(name as keyof typeof METRICS) : [],
      );
      deepEqual([...new Set(scraped.map(({ name }) => name))].sort(), [...expected].sort());
      for (const { name, labels } of scraped) {
        const description = TABLE[name] ?? TABLE[name.replace(BASE, '')];
        const { le: _le, ...own } = labels;
        deepEqual(Object.keys(own).sort(), [...(description?.labels ?? [])].sort(), name);
        for (const [label, values] of Object.entries(description?.values ?? {})) {
          ok(values.includes(own[label] ?? ''), `${name}: ${label}=${own[label]}`);
        }
      }
      const bounds = [
        ...new Set(
          scraped
            .filter(({ name }) => name === 'http_server_request_duration_seconds_bucket')
            .map(({ labels }) => labels['le']),
        ),
      ];
      deepEqual(bounds, ['0.005', '0.01', '0.05', '0.25', '1', '+Inf']);
      match(
        text,
        /http_server_request_duration_seconds_count\{http_request_method="GET",http_route="\/v1\/items",http_response_status_code="429"\} 1\n/,
      );
      match(
        text,
        /http_server_request_duration_seconds_count\{http_request_method="GET",http_route="_unmatched",http_response_status_code="404"\} 1\n/,
      );
      match(text, /http_server_request_duration_seconds_count\{http_request_method="_OTHER",/);
      match(text, /dependency_up\{dependency="main"\} 1\n/);
      match(text, /runtime_ready 1\n/);
    }),
  );

  it(
    'shows the digest of the policy, the same in metric, header and admin port',
    within(8_000, async (later) => {
      const gateway = await startGateway(testPolicy(), later);
      const digest = (await fetch(`${gateway.url}/nothing`)).headers.get('x-policy-digest');
      const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      match(text, new RegExp(`policy_info\\{digest="${digest}",system="harbour",environment="test"\\} 1\\n`));
      const shown: unknown = await (await fetch(`${gateway.adminUrl}/policy`)).json();
      ok(typeof shown === 'object' && shown !== null && 'digest' in shown);
      equal(shown.digest, digest);
    }),
  );

  it(
    'writes one line a request :: without query, headers or a forged line',
    within(8_000, async (later) => {
      const gateway = await startGateway(testPolicy(), later);
      await rawRequest(
        gateway.port,
        'GET /v1/items/a?token=hunter2 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer hunter2\r\nCookie: s=hunter2\r\n\r\n',
      );
      await rawRequest(gateway.port, 'GET /v1/%0a{"level":"info"} HTTP/1.1\r\nHost: a\r\n\r\n');
      const lines = gateway.lines.filter((line) => line['msg'] === 'request');
      equal(lines.length, 2);
      equal(lines[0]?.['path'], '/v1/items/a');
      equal(lines[0]?.['status'], 502);
      equal(JSON.stringify(gateway.lines).includes('hunter2'), false);
    }),
  );
});
