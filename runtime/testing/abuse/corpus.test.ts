/**
 * The corpus against a gateway process and an upstream that writes down every byte.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { startGatewayProcess } from '../gateway-process.ts';
import { testPolicy, testRoute, testUpstream } from '../policy.ts';
import { rawExchange } from '../raw-exchange.ts';
import { type RecordedRequest, startRecordingUpstream } from '../recording-upstream.ts';
import { within } from '../servers.ts';
import type { AbuseCase } from './abuse-case.ts';
import { CORPUS } from './corpus.ts';

/** What the runtime itself says to the upstream; everything else came from the client. */
const OWN = new Set([
  'host',
  'connection',
  'x-request-id',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'traceparent',
  'x-request-deadline-ms',
  'content-length',
  'transfer-encoding',
]);

const abusePolicy = (upstream: string) =>
  testPolicy({
    auth: { ...testPolicy().auth, apiKeys: { ...testPolicy().auth.apiKeys, prefix: 'abuse_test' } },
    upstreams: { main: testUpstream(upstream) },
    routes: [
      testRoute({ id: 'items', path: '/v1/items', match: 'prefix' }),
      testRoute({ id: 'keyed', path: '/v1/keyed', auth: 'api-key' }),
      testRoute({ id: 'admin', path: '/v1/admin', auth: 'admin-key' }),
    ],
  });

const ROUNDS = 3;

describe('the corpus of abuse', (it) => {
  it('has at least 150 requests, no two of one name', () => {
    ok(CORPUS.length >= 150, String(CORPUS.length));
    equal(new Set(CORPUS.map(({ name }) => name)).size, CORPUS.length);
  });

  it(
    `is refused or forwarded exactly as it was matched :: ${CORPUS.length} requests, ${ROUNDS} times, in bounded memory`,
    within(170_000, async (later) => {
      const upstream = await startRecordingUpstream(later);
      const gateway = await startGatewayProcess(abusePolicy(upstream.url), later);
      const sizes: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const abuse of CORPUS) {
          upstream.clear();
          const reply = await rawExchange(gateway.port, withClose(abuse));
          judge(abuse, reply, upstream.requests);
        }
        sizes.push(await gateway.residentBytes());
      }
      ok(gateway.isAlive(), 'the process lives');
      const [first = 0, ...rest] = sizes;
      ok(Math.max(...rest) < first * 1.5, `resident memory after each round: ${sizes.join(', ')}`);
      upstream.clear();
      equal((await fetch(`${gateway.url}/v1/items`)).status, 200);
      equal(upstream.requests.length, 1);
    }),
  );
});

/** What is forwarded keeps its connection; the client of this test does not wait for it. */
function withClose({ bytes, expected }: AbuseCase): string {
  return expected.kind === 'forwarded' && !/\r\nConnection:/i.test(bytes)
    ? bytes.replace('\r\nHost: a\r\n', '\r\nHost: a\r\nConnection: close\r\n')
    : bytes;
}

function judge({ name, expected }: AbuseCase, reply: string, requests: readonly RecordedRequest[]): void {
  const said = `${name}: ${JSON.stringify(reply.slice(0, 160))}`;
  if (expected.kind === 'refused') {
    equal(requests.length, 0, `${said} reached the upstream`);
    // Silence and a closed connection is an answer too.
    if (reply !== '') ok(expected.statuses.includes(Number(reply.split(' ')[1])), said);
    equal((reply.match(/^HTTP\/1\.1 /gm) ?? []).length <= 1, true, `${said} was answered more than once`);
    return;
  }
  equal(reply.split('\r\n')[0], 'HTTP/1.1 200 OK', said);
  const seen = requests.map(({ line, fields, body }) => ({
    line,
    fields: fields.filter(([field]) => !OWN.has(field)).map(([field, value]) => `${field}: ${value}`.toLowerCase()),
    body,
  }));
  deepEqual(seen, expected.requests, name);
}
