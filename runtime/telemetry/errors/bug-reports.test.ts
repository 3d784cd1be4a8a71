import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe } from '../../../compiler/testing/suite.ts';
import { systemClock } from '../../resilience/clock.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { startBlackHole } from '../../testing/otlp-collector.ts';
import { testPolicy, testRoute } from '../../testing/policy.ts';
import { bind, startGateway, within } from '../../testing/servers.ts';
import { until } from '../../testing/until.ts';
import { type BugContext, createBugReports } from './bug-reports.ts';
import { redact } from './redact.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;
type Event = Readonly<Record<string, unknown>> & {
  readonly exception: { readonly values: readonly { readonly type: string; readonly value: string }[] };
};

/** Takes envelopes: a head, then for each item a line of its own and its content. */
async function startSentry(later: Later) {
  const bodies: string[] = [];
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk) => {
      body += chunk;
    });
    req.on('end', () => {
      bodies.push(`${req.url}\n${body}`);
      res.end('{}');
    });
  });
  const port = await bind(server);
  later(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  const eventOf = (body: string): Event => JSON.parse(body.split('\n')[3] ?? '{}');
  return { dsn: `http://publickey@127.0.0.1:${port}/42`, bodies, events: () => bodies.map(eventOf) };
}

const SECRET = 'no row for ann@example.com, key harbour_test_0123456789_abcdefghijklmnopqrstuvwxyz, from 203.0.113.77';

/** A gateway in which each request fails with the same error, or with a new one each time. */
async function startBroken(later: Later, env: Record<string, string>, makeError = () => new TypeError(SECRET)) {
  const telemetry = { ...testPolicy().telemetry, errors: { dsnEnv: 'SENTRY_DSN' } };
  const policy = testPolicy({
    telemetry,
    limits: { one: { per: 'global', requests: 9, periodMs: 1_000, capacity: 9, status: 429, onStoreFailure: 'local' } },
    routes: [testRoute({ limits: ['one'] })],
  });
  let readings = 0;
  let isArmed = false;
  const clock = {
    nowMs() {
      readings += 1;
      // The second reading inside a request is the limiter's.
      if (isArmed && readings % 3 === 2) throw makeError();
      return systemClock.nowMs();
    },
    wallMs: systemClock.wallMs,
  };
  const gateway = await startGateway(policy, later, { env, clock });
  const fail = async () => {
    readings = 0;
    isArmed = true;
    const answer = await fetch(`${gateway.url}/v1/items`);
    isArmed = false;
    equal(answer.status, 500);
    return answer;
  };
  return { gateway, fail };
}

describe('bug reports', (it) => {
  it(
    '[SIM-061] tell Sentry of a thrown error once, scrubbed, with release and trace id',
    within(10_000, async (later) => {
      const sentry = await startSentry(later);
      const error = new TypeError(SECRET);
      const { gateway, fail } = await startBroken(later, { SENTRY_DSN: sentry.dsn }, () => error);
      const answer = await fail();
      await fail();
      const [event] = await until(() => sentry.events().length > 0 && sentry.events(), 'the report');
      const scrape = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      await gateway.runtime.stop();
      equal(sentry.bodies.length, 1);
      match(sentry.bodies[0] ?? '', /^\/api\/42\/envelope\//);
      match(String(event?.['release']), /^seaworthy@\d/);
      equal(event?.['environment'], 'test');
      deepEqual(event?.['contexts'], {
        trace: {
          trace_id: answer.headers.get('x-trace-id'),
          span_id: gateway.lines.find((line) => 'status' in line)?.['span_id'],
        },
      });
      equal(event?.exception.values[0]?.type, 'TypeError');
      match(event?.exception.values[0]?.value ?? '', /^no row for \[scrubbed\]/);
      match(JSON.stringify(event), /bug-reports\.test\.ts/);
      for (const secret of ['ann@', 'abcdefghijkl', '203.0.113', 'publickey"']) {
        equal(JSON.stringify(event).includes(secret), false, secret);
      }
      match(scrape, /telemetry_bug_reports_total\{result="sent"\} 1\n/);
      match(scrape, /telemetry_bug_reports_total\{result="repeated"\} 1\n/);
    }),
  );

  for (const [sentence, env] of Object.entries({ 'no DSN': {}, 'an empty DSN': { SENTRY_DSN: '' } })) {
    it(
      `[SIM-061] are off :: ${sentence}`,
      within(8_000, async (later) => {
        const { gateway, fail } = await startBroken(later, env);
        await fail();
        const scrape = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
        for (const result of ['sent', 'repeated', 'too-many', 'failed']) {
          match(scrape, new RegExp(`telemetry_bug_reports_total\\{result="${result}"\\} 0\\n`));
        }
      }),
    );
  }

  it(
    'refuse a DSN that is none, without repeating it',
    within(8_000, async (later) => {
      const started = await startBroken(later, { SENTRY_DSN: 'https://hunter2@sentry' }).catch((error) => error);
      equal(started.message, 'SENTRY_DSN: is no DSN');
    }),
  );

  it(
    'never delay an answer or the end :: a Sentry that takes connections and says nothing',
    within(20_000, async (later) => {
      const hole = await startBlackHole(later);
      const dsn = hole.replace('//', '//publickey@');
      const { gateway, fail } = await startBroken(later, { SENTRY_DSN: `${dsn}/42` });
      const startedMs = performance.now();
      for (let count = 0; count < 10; count += 1) await fail();
      await gateway.runtime.stop();
      // Sending may take five seconds; ten answers and the end waited for none of it but the flush.
      ok(performance.now() - startedMs < 4_500);
    }),
  );

  it('bound a flood :: the same fault once a minute, and so many faults in all', async () => {
    const clock = createFakeClock();
    const sent: BugContext[] = [];
    const results: string[] = [];
    const sink = {
      send: async (_error: Error, context: BugContext) => sent.push(context) > 0,
      close: async () => undefined,
    };
    const bugs = createBugReports(sink, clock, (result) => results.push(result));
    const fault = (line: number) => Object.assign(new Error('x'), { stack: `Error: x\n    at f (file.ts:${line}:1)` });
    for (let count = 0; count < 5; count += 1) bugs.report(fault(1), {});
    equal(sent.length, 1);
    for (let line = 2; line < 40; line += 1) bugs.report(fault(line), {});
    equal(sent.length, 20);
    equal(results.filter((result) => result === 'too-many').length, 19);
    clock.advance(60_000);
    bugs.report(fault(1), {});
    equal(sent.length, 21);
    const known = fault(50);
    bugs.report(known, {});
    clock.advance(60_000);
    bugs.report(known, {});
    equal(sent.length, 22, 'an error itself is told once for ever');
  });
});

describe('redact', (it) => {
  const masked: Readonly<Record<string, string>> = {
    'an e-mail address': 'cannot find zoe.lee+x@mail.example.co.uk here',
    'an e-mail address in a URL': 'GET /users/zoe%40example.com failed',
    'a bearer credential': 'sent Bearer abc.def',
    'a field with a secret': 'password=hunter2',
    'a secret in JSON': '"token": "abc"',
    'user and password of an address': 'connect postgres://app:hunter2@db:5432/app',
    'a query': 'GET /search?q=hunter2 failed',
    'an IPv4 address': 'from 203.0.113.77',
    'an IPv6 address': 'from 2001:db8:0:1:2:3:4:5',
    'a short IPv6 address': 'from 2001:db8::7',
    'a key': 'harbour_test_0123456789_abcdefghijklmnop',
    'a quoted value': "unexpected 'hunter2'",
    'a document': 'cannot parse {"name":"zoe"} at 1',
  };
  for (const [sentence, text] of Object.entries(masked)) {
    it(`masks ${sentence}`, () => {
      const redacted = redact(text);
      match(redacted, /\[scrubbed\]/);
      for (const secret of ['zoe', 'hunter2', 'abc', 'q=', '203.0', '2001:', '0123']) {
        equal(redacted.includes(secret), false, redacted);
      }
    });
  }

  const kept = [
    'Cannot read properties of undefined',
    'connect ECONNREFUSED at 12:34:56',
    'file:///srv/app/runtime/gateway/enforce.ts:12:34',
    'the limit per-client took 12.5 ms, version 1.2.3',
  ];
  for (const text of kept) it(`leaves ${text}`, () => equal(redact(text), text));
});
