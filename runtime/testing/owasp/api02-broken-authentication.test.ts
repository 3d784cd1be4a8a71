/**
 * OWASP API2:2023 :: keys cannot be guessed, are nowhere written down, end when they should, and nobody is told to throw a
 * good one away.
 *
 * Keys are in a real PostgreSQL, which is killed by the last test.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { generateApiKey } from '../../features/identity/api-key.ts';
import { createCaller, PEPPER, TOKEN } from '../administration.ts';
import { attack, type Reply } from '../attacker.ts';
import { createSkippingClock } from '../fake-clock.ts';
import { issueKey, steadily } from '../issue-key.ts';
import { until } from '../keys.ts';
import { startCollector } from '../otlp-collector.ts';
import { testPolicy, testRoute, testUpstream } from '../policy.ts';
import { startPostgres } from '../postgres.ts';
import { startRecordingUpstream } from '../recording-upstream.ts';
import { startGateway } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';

const GUESSES = 5;
const base = testPolicy();

async function start(later: Parameters<typeof startGateway>[1]) {
  const postgres = await startPostgres(requireTool('postgres'));
  later(() => postgres.stop());
  const upstream = await startRecordingUpstream(later);
  const collector = await startCollector('http/protobuf', later);
  const clock = createSkippingClock();
  const traces = {
    serviceName: 'harbour',
    endpointEnv: 'COLLECTOR',
    protocol: 'http/protobuf',
    sampleRatio: 1,
    enabled: true,
  } as const;
  const policy = testPolicy({
    upstreams: { main: testUpstream(upstream.url) },
    trust: { proxyCidrs: ['127.0.0.0/8'] },
    auth: {
      ...base.auth,
      apiKeys: { ...base.auth.apiKeys, cacheTtlMs: 3_600_000, maxStaleMs: 86_400_000, graceMs: 60_000 },
      failures: { requests: 1, periodMs: 86_400_000, capacity: GUESSES },
    },
    telemetry: { ...base.telemetry, traces },
    routes: [testRoute({ auth: 'api-key' })],
  });
  const env = { DATABASE_URL: postgres.url, API_KEY_PEPPER: PEPPER, ADMIN_API_KEY: TOKEN, COLLECTOR: collector.url };
  const gateway = await startGateway(policy, later, { env, clock });
  let clients = 0;
  /** Each from an address of its own, unless it says from which. */
  const send = (key: string | undefined, from?: string): Promise<Reply> => {
    clients += 1;
    const address = from ?? `198.51.${clients >> 8}.${clients & 255}`;
    const credential = key === undefined ? [] : [`X-API-Key: ${key}`];
    return steadily(() => attack(gateway.port, 'GET /v1/items', [`X-Forwarded-For: ${address}`, ...credential]));
  };
  return { ...gateway, gateway, postgres, upstream, collector, clock, send };
}

/** A guess that only the database can tell from a key: prefix, form and checksum are right. */
const guess = (): string => generateApiKey('harbour_test').text;

/** All that an attacker can compare, beside what is new in each answer. */
function shapeOf({ status, names, body, field }: Reply): unknown {
  const { instance, ...rest } = JSON.parse(body);
  match(instance, /^urn:request:/);
  return { status, names, challenge: field('www-authenticate'), length: field('content-length'), ...rest };
}

describe('OWASP API2 :: broken authentication', (it) => {
  const test = shareSetUp(it, start);

  test(
    'a wrong key is answered in one shape, whatever is wrong with it',
    60_000,
    async ({ gateway, send, clock, upstream }) => {
      const key = await issueKey(gateway);
      const revoked = await issueKey(gateway);
      const expired = await issueKey(gateway, { expiresAtMs: clock.wallMs() + 600_000 });
      for (const { text } of [key, revoked, expired]) equal((await send(text)).status, 200);
      await until(() => gateway.runtime.revokeApiKey(revoked.id).catch(() => false));
      clock.advance(600_000);
      upstream.clear();
      const wrong: Readonly<Record<string, string>> = {
        'an id that does not exist': guess(),
        'the id of another with a secret of its own': `${guess().replace(/_[0-9A-Za-z]{10}_/, `_${key.id}_`)}`,
        'a checksum that does not fit': key.text.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
        'another environment': generateApiKey('harbour_live').text,
        'no form of a key': 'nonsense',
        revoked: revoked.text,
        expired: expired.text,
        'a list with a good one': `${key.text}, ${key.text}`,
      };
      const shapes = new Set<string>();
      for (const [name, text] of Object.entries(wrong)) {
        const reply = await send(text);
        equal(reply.status, 401, name);
        shapes.add(JSON.stringify(shapeOf(reply)));
      }
      equal(shapes.size, 1, [...shapes].join('\n'));
      equal(upstream.requests.length, 0);
    },
  );

  test(
    'guessing ids is bounded by client :: also by one who invents addresses, and the database is not asked any more',
    60_000,
    async ({ send, gateway }) => {
      const key = await issueKey(gateway);
      equal((await send(key.text)).status, 200);
      const statusesFrom = async (addressOf: (turn: number) => string): Promise<readonly number[]> => {
        const statuses: number[] = [];
        for (let turn = 0; turn < GUESSES + 3; turn += 1) statuses.push((await send(guess(), addressOf(turn))).status);
        return statuses;
      };
      const bounded = [...Array(GUESSES).fill(401), 429, 429, 429];
      deepEqual(await statusesFrom(() => '203.0.113.1'), bounded);
      deepEqual(await statusesFrom((turn) => `192.0.2.${turn}, 203.0.113.2`), bounded);
      deepEqual(await statusesFrom((turn) => `2001:db8:1:2::${turn + 1}`), bounded);
      const right = await send(key.text, '203.0.113.1');
      equal(right.status, 429, 'so that a hit cannot be told from a miss');
      ok(Number(right.field('retry-after')) > 0);
      equal((await send(key.text, '203.0.113.3')).status, 200);
    },
  );

  test(
    'a key counts in its header alone, and is written down nowhere :: log, traces, metrics, problems, upstream, policy',
    60_000,
    async ({ gateway, send, upstream, collector, port, adminUrl, lines }) => {
      const { text: key } = await issueKey(gateway);
      equal((await send(key)).status, 200);
      const elsewhere: readonly (readonly [line: string, fields: readonly string[], body?: string])[] = [
        [`GET /v1/items?x-api-key=${key}`, []],
        [`GET /v1/items?api_key=${key}`, []],
        [`GET /v1/items/${key}`, []],
        ['GET /v1/items', [`Cookie: x-api-key=${key}`]],
        ['GET /v1/items', [`Authorization: Bearer ${key}`]],
        ['GET /v1/items', [`X_API_Key: ${key}`]],
        ['GET /v1/items', [`X-API-Key: ${key}`, `X-API-Key: ${key}`]],
        ['POST /v1/items', ['Content-Type: application/x-www-form-urlencoded'], `x-api-key=${key}`],
      ];
      const replies: Reply[] = [];
      for (const [index, [line, fields, body]] of elsewhere.entries()) {
        const reply = await attack(port, line, [`X-Forwarded-For: 192.0.2.${100 + index}`, ...fields], body);
        equal(reply.status, 401, `${line} ${fields.join()}`);
        replies.push(reply);
      }
      equal(
        upstream.requests.some(({ fields }) => fields.some(([name]) => name === 'x-api-key')),
        false,
      );
      const asked = (): number => collector.spans.filter(({ name }) => name === 'POST /v1/items').length;
      await until(() => asked() > 0);
      const places = {
        log: JSON.stringify(lines),
        traces: collector.bytes(),
        metrics: await (await fetch(`${adminUrl}/metrics`)).text(),
        policy: await (await fetch(`${adminUrl}/policy`)).text(),
        answers: replies.map(({ head, body }) => head + body).join(),
        upstream: JSON.stringify(upstream.requests),
      };
      const [, , , secret = ''] = key.split('_');
      equal(secret.length, 32);
      for (const [place, text] of Object.entries(places)) equal(text.includes(secret), false, place);
    },
  );

  test(
    'a key that was replaced works until its grace is over, and says so, and not a moment longer',
    60_000,
    async ({ gateway, send, clock }) => {
      const old = await issueKey(gateway);
      equal((await send(old.text)).status, 200);
      const call = createCaller(gateway);
      const rotate = () => call('POST', `/v1/admin/keys/${old.id}/rotate`, { graceMs: 60_000 });
      let rotated = await rotate();
      await until(async () => {
        if (rotated.status === 503) rotated = await rotate();
        return rotated.status === 200;
      });
      await until(async () => (await send(old.text)).field('deprecation') !== undefined);
      equal((await send(rotated.body.text)).status, 200);
      clock.advance(60_001);
      equal((await send(old.text)).status, 401);
      equal((await send(rotated.body.text)).status, 200);
    },
  );

  test(
    'while the database is away nobody is told that his key is wrong :: 503 for whom nobody knows, and who is known goes on',
    60_000,
    async ({ gateway, postgres, send, port }) => {
      const key = await issueKey(gateway);
      equal((await send(key.text)).status, 200);
      await postgres.kill();
      const unknown = await attack(port, 'GET /v1/items', ['X-Forwarded-For: 192.0.2.250', `X-API-Key: ${guess()}`]);
      equal(unknown.status, 503);
      equal(unknown.field('retry-after'), '1');
      equal(unknown.field('www-authenticate'), undefined);
      match(unknown.body, /yours may be fine/);
      equal((await send(key.text)).status, 200);
      equal((await send('nonsense')).status, 401);
    },
  );
});
