import { deepEqual, equal, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { Agent, request } from 'node:http';
import { requireTool } from '../../compiler/testing/real-tools.ts';
import { describe } from '../../compiler/testing/suite.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { rawRequest, startGateway, startUpstream, within } from '../testing/servers.ts';
import { createMetrics } from './metrics.ts';
import { createMetricRegistry } from './registry.ts';

const REQUESTS = 'http_server_request_duration_seconds';

async function scrapeOf(adminUrl: string): Promise<string> {
  return (await fetch(`${adminUrl}/metrics`)).text();
}

const seriesOf = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => (line === '' || line.startsWith('#') ? [] : line.slice(0, line.lastIndexOf(' '))));

describe('scrape', (it) => {
  it(
    '[SEN-035] is at /metrics and passes promtool check metrics',
    within(20_000, async (later) => {
      const promtool = requireTool('promtool');
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const policy = testPolicy({
        upstreams: { main: testUpstream(upstream) },
        limits: { one: testLimit({ requests: 1, periodMs: 86_400_000, capacity: 1 }) },
        routes: [testRoute({ limits: ['one'] })],
      });
      const gateway = await startGateway(policy, later);
      for (const path of ['/v1/items', '/v1/items', '/nothing', '/v1/%00']) await fetch(gateway.url + path);
      const input = await scrapeOf(gateway.adminUrl);
      const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input, encoding: 'utf8' });
      equal(stdout + stderr, '');
      equal(status, 0);
      // A near miss: the same text with one name that breaks the rules.
      const bad = spawnSync(promtool, ['check', 'metrics'], { input: `${input}BadName 1\n`, encoding: 'utf8' });
      ok(bad.status !== 0);
    }),
  );

  it(
    '[SIM-054] tells errors by route template and status :: whatever follows the template',
    within(10_000, async (later) => {
      const upstream = await startUpstream((req, res) => {
        res.statusCode = Number(req.url?.slice(-3));
        res.end();
      }, later);
      const gateway = await startGateway(testPolicy({ upstreams: { main: testUpstream(upstream) } }), later);
      for (const tail of ['a/200', 'b/200', 'c/404', 'd/500', 'e/503']) await fetch(`${gateway.url}/v1/items/${tail}`);
      const text = await scrapeOf(gateway.adminUrl);
      const counts = [...text.matchAll(new RegExp(`^${REQUESTS}_count\\{(.*)\\} (\\d+)$`, 'gm'))];
      const byClass = new Map<string, number>();
      for (const [, labels = '', count] of counts) {
        equal(/http_route="([^"]*)"/.exec(labels)?.[1], '/v1/items');
        const status = `${/http_response_status_code="(.)/.exec(labels)?.[1]}xx`;
        byClass.set(status, (byClass.get(status) ?? 0) + Number(count));
      }
      deepEqual(Object.fromEntries(byClass), { '2xx': 2, '4xx': 1, '5xx': 2 });
    }),
  );

  it('[SIM-053] has a bucket at each bound that an objective needs :: 10 ms and 200 ms', async () => {
    const registry = createMetricRegistry();
    const policy = testPolicy();
    const bounds = [5, 10, 50, 200, 1_000];
    const metrics = createMetrics(registry, {
      ...policy,
      telemetry: { ...policy.telemetry, latencyBucketsMs: bounds },
    });
    for (const ms of [9, 10, 11, 199, 200, 201]) {
      metrics.requestStarted();
      metrics.requestEnded('GET', '/v1/items', 200, ms);
    }
    const text = await registry.scrape();
    const upTo = (le: string) => Number(new RegExp(`${REQUESTS}_bucket\\{.*le="${le}"\\} (\\d+)`).exec(text)?.[1]);
    equal(upTo('0.01'), 2);
    equal(upTo('0.2'), 5);
    equal(upTo('\\+Inf'), 6);
  });

  it(
    'has no more series after 10 000 random paths, methods, hosts and statuses',
    within(60_000, async (later) => {
      const upstream = await startUpstream((_req, res) => {
        // Any three digits are a status to some server.
        res.statusCode = 200 + Math.floor(Math.random() * 800);
        res.end();
      }, later);
      const policy = testPolicy({
        upstreams: { main: testUpstream(upstream) },
        telemetry: { ...testPolicy().telemetry, logLevel: 'error' },
      });
      const gateway = await startGateway(policy, later);
      const agent = new Agent({ keepAlive: true, maxSockets: 30 });
      const word = () => Math.random().toString(36).slice(2, 10);
      const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND', 'M-SEARCH', 'REPORT'];
      const once = (index: number): Promise<void> =>
        new Promise((resolve) => {
          const path = index % 2 === 0 ? `/${word()}/${word()}` : `/v1/items/${word()}?${word()}=${word()}`;
          const options = {
            agent,
            port: gateway.port,
            path,
            method: methods[Math.floor(Math.random() * methods.length)],
            headers: { host: `${word()}.example.com`, 'x-request-id': word(), 'user-agent': word() },
          };
          const req = request(options, (res) => {
            res.resume();
            res.on('close', resolve);
          });
          req.on('error', () => resolve());
          req.end();
        });
      const send = async (count: number): Promise<void> => {
        let sent = 0;
        const worker = async (): Promise<void> => {
          while (sent < count) {
            sent += 1;
            await once(sent);
          }
        };
        await Promise.all(Array.from({ length: 30 }, worker));
      };
      await send(10_000);
      await rawRequest(gateway.port, 'GET http://evil.example.com/ HTTP/1.1\r\nHost: a\r\n\r\n');
      const text = await scrapeOf(gateway.adminUrl);
      agent.destroy();
      const series = seriesOf(text).filter((name) => name.startsWith(`${REQUESTS}_count`));
      const values = (label: string) =>
        new Set(series.map((name) => new RegExp(`${label}="([^"]*)"`).exec(name)?.[1] ?? ''));
      deepEqual([...values('http_route')].sort(), ['/v1/items', '_unmatched']);
      ok(values('http_request_method').size <= 8);
      ok(values('http_request_method').has('_OTHER'));
      ok(values('http_response_status_code').size <= 65, 'the registered ones and one for the rest');
      ok(values('http_response_status_code').has('_OTHER'));
      for (const planted of ['example.com', 'PROPFIND', 'M-SEARCH']) equal(text.includes(planted), false, planted);
      // Upper bound of all combinations that the policy allows: two routes, eight methods, the statuses.
      ok(series.length <= 2 * 8 * 65);
      const rest = seriesOf(text).filter((name) => !name.startsWith(REQUESTS)).length;
      await send(500);
      equal(seriesOf(await scrapeOf(gateway.adminUrl)).filter((name) => !name.startsWith(REQUESTS)).length, rest);
    }),
  );
});
