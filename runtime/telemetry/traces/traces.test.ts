import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { describe } from '../../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { startCollector, type TestCollector } from '../../testing/otlp-collector.ts';
import { testPolicy, testUpstream } from '../../testing/policy.ts';
import { type Gateway, startGateway, startUpstream, within } from '../../testing/servers.ts';
import { until } from '../../testing/until.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const SERVER = 2;
const CLIENT = 3;
const TRUSTED = { proxyCidrs: ['127.0.0.1/32'] };

type Later = (cleanUp: () => Promise<unknown>) => void;
type TraceSettings = NonNullable<RuntimePolicy['telemetry']['traces']>;

function telemetry(traces: Partial<TraceSettings> = {}): RuntimePolicy['telemetry'] {
  const settings: TraceSettings = {
    serviceName: 'harbour-gateway',
    endpointEnv: 'COLLECTOR',
    protocol: 'http/protobuf',
    sampleRatio: 1,
    enabled: true,
    ...traces,
  };
  return { ...testPolicy().telemetry, traces: settings };
}

interface Started {
  readonly gateway: Gateway;
  readonly collector: TestCollector;
  /** Heads that the upstream saw, in order. */
  readonly seen: readonly IncomingHttpHeaders[];
}

async function start(
  later: Later,
  traces: Partial<TraceSettings> = {},
  change: Partial<RuntimePolicy> = {},
): Promise<Started> {
  const seen: IncomingHttpHeaders[] = [];
  const upstream = await startUpstream((req, res) => {
    seen.push(req.headers);
    res.end('ok');
  }, later);
  const collector = await startCollector(traces.protocol ?? 'http/protobuf', later);
  const policy = testPolicy({ upstreams: { main: testUpstream(upstream) }, telemetry: telemetry(traces), ...change });
  const gateway = await startGateway(policy, later, { env: { COLLECTOR: collector.url } });
  return { gateway, collector, seen };
}

const lineOf = ({ lines }: Gateway) => lines.find((line) => line['route'] === 'items');
const traced = (flag: '00' | '01') => ({ traceparent: `00-${TRACE}-${PARENT}-${flag}` });

describe('traces', (it) => {
  for (const protocol of ['grpc', 'http/protobuf'] as const) {
    it(
      `[JAM-062] [JAM-063] [INT-023] reach the collector that the environment names :: ${protocol}`,
      within(15_000, async (later) => {
        // The policy's own address is nobody's: the variable has to win.
        const traces = { protocol, serviceName: 'jamey-3.0', endpoint: 'http://127.0.0.1:9' };
        const { gateway, collector } = await start(later, traces, { environment: 'production' });
        await fetch(`${gateway.url}/v1/items/7?token=hunter2`);
        const server = await until(() => collector.spans.find(({ kind }) => kind === SERVER), 'the span arrives');
        equal(server.resource['service.name'], 'jamey-3.0');
        equal(server.resource['deployment.environment.name'], 'production');
        equal(server.name, 'GET /v1/items');
        equal(server.traceId, lineOf(gateway)?.['trace_id']);
        equal(server.spanId, lineOf(gateway)?.['span_id']);
        equal(server.parentSpanId, '');
        ok(server.endNs > server.startNs);
        const { 'seaworthy.policy.digest': digest, ...attributes } = server.attributes;
        match(String(digest), /^[0-9a-f]{64}$/);
        deepEqual(attributes, {
          'http.request.method': 'GET',
          'http.response.status_code': 200,
          'http.route': '/v1/items',
          'url.scheme': 'http',
          'client.address': '127.0.0.0/24',
          'seaworthy.request_id': lineOf(gateway)?.['request_id'],
        });
        const client = await until(() => collector.spans.find(({ kind }) => kind === CLIENT), 'the call arrives');
        equal(client.traceId, server.traceId);
        equal(client.parentSpanId, server.spanId);
        equal(client.attributes['seaworthy.upstream'], 'main');
        equal(client.attributes['http.response.status_code'], 200);
        ok(client.startNs >= server.startNs && client.endNs <= server.endNs, 'the call lies inside the request');
      }),
    );
  }

  it(
    '[JAM-065] gives every request a trace id :: the same in the response and the log, continued from the caller',
    within(8_000, async (later) => {
      for (const ratio of [0, 1]) {
        const { gateway } = await start(later, { sampleRatio: ratio });
        const own = await fetch(`${gateway.url}/v1/items`);
        match(own.headers.get('x-trace-id') ?? '', /^[0-9a-f]{32}$/);
        equal(lineOf(gateway)?.['trace_id'], own.headers.get('x-trace-id'));
        match(String(lineOf(gateway)?.['span_id']), /^[0-9a-f]{16}$/);
        const other = await fetch(`${gateway.url}/nothing`);
        notEqual(other.headers.get('x-trace-id'), own.headers.get('x-trace-id'));
        const continued = await fetch(`${gateway.url}/nothing`, { headers: traced('00') });
        equal(continued.headers.get('x-trace-id'), TRACE);
        equal(gateway.lines.at(-1)?.['trace_id'], TRACE);
      }
    }),
  );

  it(
    'gives every request a trace id with traces off, and takes no part in anybody else`s',
    within(8_000, async (later) => {
      const { gateway, collector, seen } = await start(later, { enabled: false }, { trust: TRUSTED });
      const own = await fetch(`${gateway.url}/v1/items`);
      match(own.headers.get('x-trace-id') ?? '', /^[0-9a-f]{32}$/);
      equal(seen[0]?.['traceparent'], undefined);
      await fetch(`${gateway.url}/v1/items`, { headers: { ...traced('01'), tracestate: 'vendor=1' } });
      equal(seen[1]?.['traceparent'], traced('01').traceparent);
      equal(seen[1]?.['tracestate'], 'vendor=1');
      equal(collector.requests(), 0);
    }),
  );

  it(
    'forwards the call as the parent, and nobody`s state but a trusted peer`s',
    within(8_000, async (later) => {
      const state = { tracestate: 'vendor=1', baggage: 'user=ann' };
      const stranger = await start(later);
      await fetch(`${stranger.gateway.url}/v1/items`, { headers: { ...traced('00'), ...state } });
      const call = await until(() => stranger.collector.spans.find(({ kind }) => kind === CLIENT), 'the call');
      equal(stranger.seen[0]?.['traceparent'], `00-${TRACE}-${call.spanId}-01`);
      equal(stranger.seen[0]?.['tracestate'], undefined);
      equal(stranger.seen[0]?.['baggage'], undefined);
      const peer = await start(later, {}, { trust: TRUSTED });
      await fetch(`${peer.gateway.url}/v1/items`, { headers: { ...traced('01'), ...state } });
      equal(peer.seen[0]?.['tracestate'], 'vendor=1');
      equal(peer.seen[0]?.['baggage'], 'user=ann');
      await fetch(`${peer.gateway.url}/v1/items`, { headers: { traceparent: 'nonsense', ...state } });
      equal(peer.seen[1]?.['tracestate'], undefined, 'state without a trace');
    }),
  );

  const flags: Readonly<
    Record<string, readonly [ratio: number, isTrusted: boolean, flag: '00' | '01', recorded: boolean]>
  > = {
    'a trusted peer that records': [0, true, '01', true],
    'a trusted peer that does not': [1, true, '00', false],
    'a stranger who wants to be recorded': [0, false, '01', false],
    'a stranger who wants to hide': [1, false, '00', true],
  };
  for (const [sentence, [sampleRatio, isTrusted, flag, recorded]] of Object.entries(flags)) {
    it(
      `decides on recording by trust :: ${sentence}`,
      within(8_000, async (later) => {
        const { gateway, collector, seen } = await start(later, { sampleRatio }, isTrusted ? { trust: TRUSTED } : {});
        await fetch(`${gateway.url}/v1/items`, { headers: traced(flag) });
        match(String(seen[0]?.['traceparent']), recorded ? /-01$/ : /-00$/);
        await gateway.runtime.stop();
        equal(collector.spans.length, recorded ? 2 : 0);
        const server = collector.spans.find(({ kind }) => kind === SERVER);
        if (recorded) equal(server?.parentSpanId, PARENT);
      }),
    );
  }

  it(
    'shows each attempt, and what went wrong',
    within(8_000, async (later) => {
      const collector = await startCollector('http/protobuf', later);
      const dead = ['http://127.0.0.1:1', 'http://127.0.0.1:2'];
      const policy = testPolicy({ upstreams: { main: testUpstream(...dead) }, telemetry: telemetry() });
      const gateway = await startGateway(policy, later, { env: { COLLECTOR: collector.url } });
      equal((await fetch(`${gateway.url}/v1/items`)).status, 502);
      await gateway.runtime.stop();
      const calls = collector.spans.filter(({ kind }) => kind === CLIENT);
      deepEqual(
        calls.map(({ attributes, status }) => [
          attributes['http.request.resend_count'],
          attributes['error.type'],
          attributes['server.port'],
          status,
        ]),
        [
          [undefined, 'connect', 1, 2],
          [1, 'connect', 2, 2],
        ],
      );
      const server = collector.spans.find(({ kind }) => kind === SERVER);
      equal(server?.status, 2);
      equal(server?.attributes['error.type'], 'upstream-connect');
    }),
  );

  it(
    'records about the share that the policy says',
    within(15_000, async (later) => {
      const { gateway, collector } = await start(later, { sampleRatio: 0.25 });
      for (let round = 0; round < 20; round += 1) {
        await Promise.all(Array.from({ length: 20 }, () => fetch(`${gateway.url}/nothing`)));
      }
      await gateway.runtime.stop();
      const count = collector.spans.length;
      ok(count > 40 && count < 170, `${count} of 400`);
    }),
  );

  it(
    "[SIM-059] [SIM-063] one request through three services leaves the same ids everywhere :: over HTTP; a hop over MQTT is the product's",
    within(15_000, async (later) => {
      const collector = await startCollector('http/protobuf', later);
      const env = { COLLECTOR: collector.url };
      const last = await startUpstream((_req, res) => res.end('ok'), later);
      const chain: Gateway[] = [];
      let next = last;
      for (const serviceName of ['storage', 'orders', 'edge']) {
        const policy = testPolicy({
          trust: TRUSTED,
          upstreams: { main: testUpstream(next) },
          telemetry: telemetry({ serviceName, sampleRatio: serviceName === 'edge' ? 1 : 0 }),
        });
        const gateway = await startGateway(policy, later, { env });
        chain.push(gateway);
        next = gateway.url;
      }
      const answer = await fetch(`${next}/v1/items`, { headers: { 'x-request-id': 'order-4711-check' } });
      const lines = chain.map(lineOf);
      for (const line of lines) {
        equal(line?.['request_id'], 'order-4711-check');
        equal(line?.['trace_id'], answer.headers.get('x-trace-id'));
      }
      for (const gateway of chain) await gateway.runtime.stop();
      const services = new Set(collector.spans.map(({ resource }) => resource['service.name']));
      deepEqual([...services].sort(), ['edge', 'orders', 'storage']);
      deepEqual([...new Set(collector.spans.map(({ traceId }) => traceId))], [answer.headers.get('x-trace-id')]);
      const ids = new Set(collector.spans.map(({ spanId }) => spanId));
      const roots = collector.spans.filter(({ parentSpanId }) => !ids.has(parentSpanId));
      equal(collector.spans.length, 6);
      equal(roots.length, 1, 'every span but the first hangs on another');
    }),
  );

  it(
    'refuses a collector address that is none',
    within(8_000, async (later) => {
      const started = await startGateway(testPolicy({ telemetry: telemetry() }), later, {
        env: { COLLECTOR: 'localhost;4317' },
      }).catch((error: unknown) => error);
      ok(started instanceof Error);
      equal(started.message, 'COLLECTOR: is no http or https address of a collector');
    }),
  );
});

describe('telemetry switches', (it) => {
  for (const metrics of [true, false]) {
    for (const enabled of [true, false]) {
      it(
        `[INT-028] are separate :: metrics ${metrics}, traces ${enabled}`,
        within(8_000, async (later) => {
          const { gateway, collector } = await start(later, {}, { telemetry: { ...telemetry({ enabled }), metrics } });
          await fetch(`${gateway.url}/v1/items`);
          equal((await fetch(`${gateway.adminUrl}/metrics`)).status, metrics ? 200 : 404);
          await gateway.runtime.stop();
          equal(collector.spans.length, enabled ? 2 : 0);
        }),
      );
    }
  }

  const off: Readonly<Record<string, readonly [traces: Partial<TraceSettings>, env: Record<string, string>]>> = {
    'an empty variable': [{}, { COLLECTOR: '' }],
    'an empty variable beside an address of the policy': [{ endpoint: 'http://127.0.0.1:9' }, { COLLECTOR: '' }],
    'no variable and no address': [{}, {}],
    'both switches off': [{ enabled: false }, { COLLECTOR: 'http://127.0.0.1:9' }],
  };
  for (const [sentence, [traces, env]] of Object.entries(off)) {
    it(
      `[INT-027] export nothing and complain about nothing :: ${sentence}`,
      within(8_000, async (later) => {
        const isOff = traces.enabled === false;
        const policy = testPolicy({ telemetry: { ...telemetry(traces), ...(isOff ? { metrics: false } : {}) } });
        const gateway = await startGateway(policy, later, { env });
        equal((await fetch(`${gateway.url}/nothing`)).status, 404);
        const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
        if (!isOff) match(text, /telemetry_spans_dropped_total\{reason="export-failed"\} 0\n/);
        await gateway.runtime.stop();
        const complaints = gateway.lines.filter((line) => line['level'] === 'warn' || line['level'] === 'error');
        deepEqual(complaints, []);
      }),
    );
  }
});
