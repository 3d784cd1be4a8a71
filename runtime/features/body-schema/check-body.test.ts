import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe } from '../../../compiler/testing/suite.ts';
import type { Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { TEST_PEPPER } from '../../testing/keys.ts';
import { testPolicy, testRoute, testUpstream } from '../../testing/policy.ts';
import { rawRequest, startGateway, startUpstream, within } from '../../testing/servers.ts';
import { sharePostgres } from '../../testing/shared-postgres.ts';

const SCHEMA = {
  type: 'object',
  required: ['prompt', 'personas'],
  additionalProperties: false,
  properties: {
    prompt: { type: 'string', minLength: 1, maxLength: 100 },
    personas: { type: 'array', minItems: 1, maxItems: 12, uniqueItems: true, items: { type: 'string' } },
    options: { type: 'object', properties: { topK: { type: 'integer', maximum: 50 } } },
  },
};
const PERSONAS = Array.from({ length: 13 }, (_, index) => `persona-${index}`);
const ask = (personas: readonly string[]) => JSON.stringify({ prompt: 'why?', personas });

type Later = (cleanUp: () => Promise<unknown>) => void;

async function start(
  later: Later,
  change: Partial<Route>,
  policy: Partial<RuntimePolicy> = {},
  env: Record<string, string> = {},
) {
  const handled: string[] = [];
  const upstream = await startUpstream((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
      handled.push(Buffer.concat(chunks).toString());
      res.end('handled');
    });
  }, later);
  const routes = [testRoute({ methods: ['GET', 'POST', 'DELETE'], bodyLimitBytes: 2_000, ...change })];
  const whole = testPolicy({ ...policy, upstreams: { main: testUpstream(upstream) }, routes });
  const gateway = await startGateway(whole, later, { env });
  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    fetch(`${gateway.url}/v1/items`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
  return { ...gateway, handled, post };
}

async function errorsOf(response: Response): Promise<unknown> {
  equal(response.headers.get('content-type'), 'application/problem+json');
  const problem: unknown = await response.json();
  ok(typeof problem === 'object' && problem !== null && 'errors' in problem);
  return problem.errors;
}

describe('check body', (it) => {
  const test = sharePostgres(it);

  it(
    '[SIQ-008] a body is checked before the handler runs :: malformed, missing field, oversized field 400 with paths; an oversized body 413; none reaches it',
    within(20_000, async (later) => {
      const { post, handled, lines } = await start(later, { body: SCHEMA });
      const malformed = await post('{"prompt": "why?", ');
      equal(malformed.status, 400);
      deepEqual(await errorsOf(malformed), [{ pointer: '', detail: 'The body is not valid JSON.' }]);
      const missing = await post('{"prompt":"why?"}');
      equal(missing.status, 400);
      deepEqual(await errorsOf(missing), [{ pointer: '/personas', detail: 'is required' }]);
      const oversized = await post(JSON.stringify({ prompt: 'x'.repeat(101), personas: ['a'] }));
      equal(oversized.status, 400);
      deepEqual(await errorsOf(oversized), [{ pointer: '/prompt', detail: 'must have at most 100 characters' }]);
      const deep = await post(JSON.stringify({ prompt: 'a', personas: ['a'], options: { topK: 51 } }));
      deepEqual(await errorsOf(deep), [{ pointer: '/options/topK', detail: 'must be at most 50' }]);
      equal((await post(ask(['x'.repeat(2_000)]))).status, 413);
      equal(handled.length, 0);
      ok(lines.some((line) => line['outcome'] === 'body-invalid'));
      const good = ` ${ask(['ann'])} `;
      equal((await post(good)).status, 200);
      // Byte for byte what was sent.
      deepEqual(handled, [good]);
    }),
  );

  it(
    '[SIQ-067] thirteen personas are refused by the schema, twelve pass',
    within(20_000, async (later) => {
      const { post, handled } = await start(later, { body: SCHEMA });
      const refused = await post(ask(PERSONAS));
      equal(refused.status, 400);
      deepEqual(await errorsOf(refused), [{ pointer: '/personas', detail: 'must have at most 12 items' }]);
      equal((await post(ask(PERSONAS.slice(1)))).status, 200);
      equal(handled.length, 1);
    }),
  );

  it(
    "[SIQ-075] fewer personas are taken, from one on :: by a schema; latency by their number is the product's to measure",
    within(20_000, async (later) => {
      const { post } = await start(later, { body: SCHEMA });
      for (const count of [1, 3, 11]) equal((await post(ask(PERSONAS.slice(0, count)))).status, 200);
      equal((await post(ask([]))).status, 400);
    }),
  );

  it(
    'only JSON is taken, in UTF-8, as it is',
    within(20_000, async (later) => {
      const { post, url, handled } = await start(later, { body: SCHEMA });
      const good = ask(['ann']);
      const refused: Record<string, string>[] = [
        { 'content-type': 'text/plain' },
        { 'content-type': 'application/x-www-form-urlencoded' },
        { 'content-type': 'application/json; charset=utf-16' },
        { 'content-type': 'application/jsonp' },
        { 'content-type': 'text/html, application/json' },
        { 'content-encoding': 'gzip' },
      ];
      for (const headers of refused) {
        const response = await post(good, headers);
        equal(response.status, 415, JSON.stringify(headers));
        equal(response.headers.get('accept'), 'application/json');
      }
      const bare = await fetch(`${url}/v1/items`, { method: 'POST', body: Buffer.from(good) });
      equal(bare.status, 415);
      equal(handled.length, 0);
      for (const type of ['application/json; charset=utf-8', 'Application/JSON', 'application/merge-patch+json']) {
        equal((await post(good, { 'content-type': type })).status, 200, type);
      }
    }),
  );

  it(
    'what readers of JSON disagree on never passes',
    within(20_000, async (later) => {
      const { post, handled } = await start(later, { body: { type: 'object' } });
      const bodies = [
        '{"role":"user","role":"admin"}',
        '{"__proto__":{"isAdmin":true}}',
        `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`,
        '\ufeff{}',
        Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
      ];
      for (const body of bodies) equal((await post(body)).status, 400);
      equal(handled.length, 0);
      equal((await post('{"a":{"b":[{"c":1},{"c":2}]}}')).status, 200);
    }),
  );

  it(
    'a body is asked for where the method has one, and looked at where it came',
    within(20_000, async (later) => {
      const { url, port, handled } = await start(later, { body: SCHEMA });
      equal((await fetch(`${url}/v1/items`)).status, 200);
      equal((await fetch(`${url}/v1/items`, { method: 'DELETE' })).status, 200);
      const empty = await fetch(`${url}/v1/items`, { method: 'POST' });
      equal(empty.status, 400);
      deepEqual(await errorsOf(empty), [{ pointer: '', detail: 'is required' }]);
      const get = 'GET /v1/items HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
      match(await rawRequest(port, get), /^HTTP\/1.1 400 /);
      const chunks = '3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n';
      const chunked = `POST /v1/items HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`;
      match(await rawRequest(port, chunked), /^HTTP\/1.1 400 .*"pointer":"\/prompt"/s);
      equal(handled.length, 2);
    }),
  );

  test(
    '[INT-007] a body names the tenant of its sender :: default passes with API_KEY, another id is 403, none is 400',
    30_000,
    async (later, postgres) => {
      const base = testPolicy();
      const key = randomBytes(32).toString('hex');
      const auth = {
        ...base.auth,
        tenants: { store: 'memory', single: { id: 'default', keyEnv: 'API_KEY' } },
      } as const;
      const { post, handled } = await start(
        later,
        { auth: 'api-key', tenantField: 'tenant_id' },
        { auth },
        { API_KEY: key, API_KEY_PEPPER: TEST_PEPPER, DATABASE_URL: await postgres.createDatabase() },
      );
      const own = { 'x-api-key': key };
      equal((await post('{"tenant_id":"default"}', own)).status, 200);
      for (const other of ['other', 'Default', 'default ', '']) {
        equal((await post(JSON.stringify({ tenant_id: other }), own)).status, 403, other);
      }
      const bodies = ['{}', '[]', '"default"', 'null', '{"tenant_id":["default"]}', '{"a":{"tenant_id":"default"}}'];
      for (const body of bodies) equal((await post(body, own)).status, 400, body);
      equal((await post('{"tenant_id":"other","tenant_id":"default"}', own)).status, 400);
      equal((await post('{"tenant_id":"default"}')).status, 401);
      equal(handled.length, 1);
    },
  );
});
