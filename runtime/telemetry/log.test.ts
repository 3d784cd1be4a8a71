import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { systemClock } from '../resilience/clock.ts';
import { startCollector } from '../testing/otlp-collector.ts';
import { testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { type Gateway, rawRequest, startGateway, startUpstream, within } from '../testing/servers.ts';
import { createLog } from './log.ts';

type Telemetry = RuntimePolicy['telemetry'];

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

function withTelemetry(change: Partial<Telemetry>, rest: Partial<RuntimePolicy> = {}): RuntimePolicy {
  const policy = testPolicy(rest);
  return { ...policy, telemetry: { ...policy.telemetry, ...change } };
}

function requestLine(gateway: Gateway): Readonly<Record<string, unknown>> {
  return gateway.lines.find((line) => 'status' in line) ?? {};
}

describe('log', (it) => {
  it('[SIM-062] prints the lines of its level and above, no others :: at each of the four levels', () => {
    for (const [index, logLevel] of LEVELS.entries()) {
      const lines: string[] = [];
      const log = createLog(withTelemetry({ logLevel }), { write: (line) => lines.push(line) });
      for (const level of LEVELS) log[level]({ at: level }, 'said');
      deepEqual(
        lines.map((line) => JSON.parse(line).level),
        LEVELS.slice(index),
      );
    }
  });

  it(
    '[INT-024] [JAM-069] says as much as the level that the environment sets :: a request is info, a failure a warning, both with their ids',
    within(15_000, async (later) => {
      const overrides = [{ env: 'LOG_LEVEL', pointer: '/telemetry/logLevel', as: 'level' as const }];
      const said = async (level: string): Promise<readonly unknown[]> => {
        const gateway = await startGateway(testPolicy({ overrides }), later, { env: { LOG_LEVEL: level } });
        await fetch(`${gateway.url}/nothing`);
        await fetch(`${gateway.url}/v1/items`);
        const lines = gateway.lines.filter((line) => 'status' in line);
        for (const line of lines) {
          match(String(line['trace_id']), /^[0-9a-f]{32}$/);
          match(String(line['span_id']), /^[0-9a-f]{16}$/);
        }
        return lines.map((line) => [line['level'], line['status']]);
      };
      deepEqual(await said('INFO'), [
        ['info', 404],
        ['warn', 502],
      ]);
      deepEqual(await said('WARNING'), [['warn', 502]]);
      deepEqual(await said('error'), []);
    }),
  );

  it(
    '[INT-025] [SIM-058] writes JSON lines with the same fields in front :: level, time, msg, ids, and where it runs',
    within(8_000, async (later) => {
      const raw: string[] = [];
      const gateway = await startGateway(testPolicy(), later, { log: { write: (line) => raw.push(line) } });
      await fetch(`${gateway.url}/nothing`);
      await gateway.runtime.stop();
      ok(raw.length >= 4);
      for (const text of raw) {
        equal(text.indexOf('\n'), text.length - 1, 'one line');
        const line = JSON.parse(text);
        ok(LEVELS.includes(line.level));
        match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        equal(typeof line.msg, 'string');
        equal(line.system, 'harbour');
        equal(line.environment, 'test');
        if (line.status !== undefined) match(line.trace_id, /^[0-9a-f]{32}$/);
      }
    }),
  );

  it(
    'keeps a forged line inside its field',
    within(8_000, async (later) => {
      const raw: string[] = [];
      const policy = testPolicy({ trust: { proxyCidrs: ['127.0.0.1/32'] } });
      const gateway = await startGateway(policy, later, { log: { write: (line) => raw.push(line) } });
      await rawRequest(
        gateway.port,
        'GET /v1/%0d%0a{"level":"error"} HTTP/1.1\r\nHost: a\r\nx-request-id: a"b\\n{}0000\r\nX-Forwarded-For: \x1b[31m\r\n\r\n',
      );
      for (const text of raw) equal(text.indexOf('\n'), text.length - 1);
      const isControl = (character: string) => character < ' ' && character !== '\n';
      equal(
        raw.some((text) => [...text].some(isControl)),
        false,
      );
    }),
  );

  it(
    'warns of what took longer than slowMs :: not of what was quick, and not of a stream',
    within(8_000, async (later) => {
      const upstream = await startUpstream((req, res) => {
        setTimeout(() => res.end('ok'), req.url?.endsWith('quick') ? 0 : 160);
      }, later);
      const policy = withTelemetry(
        { slowMs: 80 },
        {
          upstreams: { main: testUpstream(upstream) },
          routes: [testRoute(), testRoute({ id: 'events', path: '/v1/events', kind: 'sse' })],
        },
      );
      const gateway = await startGateway(policy, later);
      await fetch(`${gateway.url}/v1/items/quick`);
      for (const path of ['/v1/items/quick', '/v1/items/slow', '/v1/events']) await fetch(`${gateway.url}${path}`);
      const lines = gateway.lines.filter((line) => 'status' in line).slice(1);
      deepEqual(
        lines.map((line) => [line['route'], line['level'], line['msg']]),
        [
          ['items', 'info', 'request'],
          ['items', 'warn', 'slow request'],
          ['events', 'info', 'request'],
        ],
      );
    }),
  );

  it('redacts by key, at the top and one level below :: and leaves the rest', () => {
    const lines: string[] = [];
    const log = createLog(testPolicy(), { write: (line) => lines.push(line) });
    const secrets = { authorization: 'hunter2', 'x-api-key': 'hunter2', dsn: 'hunter2', email: 'hunter2' };
    log.info({ ...secrets, headers: secrets, host: 'a.example.com' }, 'said');
    const [line = ''] = lines;
    equal(line.includes('hunter2'), false);
    equal(JSON.parse(line).host, 'a.example.com');
    equal(JSON.parse(line).headers.dsn, '[redacted]');
  });

  it(
    'tells of a bug where it is, and not what it was about',
    within(8_000, async (later) => {
      const policy = testPolicy({
        limits: {
          one: { per: 'global', requests: 9, periodMs: 1_000, capacity: 9, status: 429, onStoreFailure: 'local' },
        },
        routes: [testRoute({ limits: ['one'] })],
      });
      const clock = faultyClock(new Error('cannot read ann@example.com for Bearer hunter2 at 203.0.113.77'));
      const gateway = await startGateway(policy, later, { clock });
      clock.arm();
      const answer = await fetch(`${gateway.url}/v1/items`);
      equal(answer.status, 500);
      const bug = gateway.lines.find((line) => line['msg'] === 'bug');
      equal(bug?.['trace_id'], answer.headers.get('x-trace-id'));
      equal(bug?.['request_id'], answer.headers.get('x-request-id'));
      match(String(bug?.['stack']), /^\s+at .*log\.test\.ts/);
      match(String(bug?.['error']), /^cannot read \[scrubbed\]/);
      for (const secret of ['ann@', 'hunter2', '203.0.113']) {
        equal(JSON.stringify(gateway.lines).includes(secret), false, secret);
      }
    }),
  );
});

/** A clock that fails inside a request: the second reading after `arm` is the limiter's. */
function faultyClock(error: Error) {
  let left = Number.POSITIVE_INFINITY;
  return {
    arm() {
      left = 2;
    },
    nowMs() {
      left -= 1;
      if (left === 0) throw error;
      return systemClock.nowMs();
    },
    wallMs: systemClock.wallMs,
  };
}

describe('what telemetry tells of a caller', (it) => {
  const FORWARDED = '198.51.100.23';

  async function plant(later: (cleanUp: () => Promise<unknown>) => void, callerData: 'full' | 'minimised') {
    const upstream = await startUpstream((req, res) => {
      req.resume();
      res.statusCode = req.url?.includes('fail') ? 503 : 200;
      res.end('answer: hunter2');
    }, later);
    const collector = await startCollector('http/protobuf', later);
    const policy = withTelemetry(
      {
        callerData,
        traces: {
          serviceName: 'harbour',
          endpointEnv: 'COLLECTOR',
          protocol: 'http/protobuf',
          sampleRatio: 1,
          enabled: true,
        },
      },
      { trust: { proxyCidrs: ['127.0.0.1/32'] }, upstreams: { main: testUpstream(upstream) } },
    );
    const gateway = await startGateway(policy, later, { env: { COLLECTOR: collector.url } });
    const headers = {
      'x-forwarded-for': FORWARDED,
      'content-type': 'application/json',
      cookie: 'session=hunter2',
      referer: 'https://app.example.com/?who=ann@example.com',
      'user-agent': 'hunter2',
      baggage: 'user=ann@example.com',
    };
    const body = JSON.stringify({ prompt: 'tell me about hunter2', email: 'ann@example.com' });
    for (const path of [
      '/v1/items/ann@example.com?q=hunter2',
      '/v1/items/fail',
      `/v1/items/${FORWARDED}`,
      '/ann@b.cd',
    ]) {
      await fetch(gateway.url + path, { method: 'POST', headers, body });
    }
    const scrape = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    await gateway.runtime.stop();
    return { lines: JSON.stringify(gateway.lines), scrape, spans: collector.bytes(), gateway, collector };
  }

  it(
    '[SIQ-084] minimised :: bodies, prompts, e-mail and full addresses are in no line, label or span',
    within(15_000, async (later) => {
      const { lines, scrape, spans, gateway, collector } = await plant(later, 'minimised');
      equal(collector.spans.length, 7, 'all were seen');
      for (const planted of ['hunter2', 'ann@', 'ann%40', 'example.com/?', FORWARDED]) {
        for (const [where, text] of Object.entries({ lines, scrape, spans })) {
          equal(text.includes(planted), false, `${planted} in ${where}`);
        }
      }
      equal(requestLine(gateway)['client'], '198.51.100.0/24');
      equal(requestLine(gateway)['path'], '/v1/items…');
    }),
  );

  it(
    'full :: the address and the path as sent, for handling abuse; spans and metrics stay as they were',
    within(15_000, async (later) => {
      const { lines, scrape, spans, gateway } = await plant(later, 'full');
      equal(requestLine(gateway)['client'], FORWARDED);
      equal(requestLine(gateway)['path'], '/v1/items/ann@example.com');
      equal(lines.includes('hunter2'), false);
      for (const planted of ['hunter2', 'ann@', FORWARDED]) equal((scrape + spans).includes(planted), false, planted);
    }),
  );
});
