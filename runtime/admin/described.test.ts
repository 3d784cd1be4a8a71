/**
 * Whatever is asked of the operators' port, the answer is one that its OpenAPI document describes.
 *
 * Requests are made up from the document itself: bodies by its schemas and against them, parameters of any text.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe } from '../../compiler/testing/suite.ts';
import { createCaller, startWithDatabase, TOKEN } from '../testing/administration.ts';
import { checkAgainst } from '../testing/open-api.ts';
import { within } from '../testing/servers.ts';

type Node = Readonly<Record<string, unknown>>;

const node = (value: unknown): Node =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};

const TEXT = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: 'grapheme', minLength: 150, maxLength: 400 }),
  fc.constantFrom(
    'acme',
    'llm',
    'per-key',
    'main',
    'a b',
    '\u0000',
    '',
    '-',
    'é',
    '٣',
    '../..',
    'key:abc',
    '2026-01-01T00:00:00Z',
  ),
);

/** Values that the schema likes, mixed with those that it does not. */
function sampleOf(schema: Node): fc.Arbitrary<unknown> {
  if (Array.isArray(schema['enum'])) return fc.oneof(fc.constantFrom(...schema['enum']), TEXT);
  switch (schema['type']) {
    case 'string':
      return TEXT;
    case 'integer':
    case 'number':
      return fc.oneof(fc.integer({ min: -1, max: 2_000_000 }), fc.double(), fc.constant('1'));
    case 'boolean':
      return fc.oneof(fc.boolean(), fc.constant('true'));
    case 'array':
      return fc.array(sampleOf(node(schema['items'])), { maxLength: 4 });
    case 'object': {
      const fields = Object.entries(node(schema['properties'])).map(([name, field]) => [name, sampleOf(node(field))]);
      const record = fc.record(Object.fromEntries(fields), { requiredKeys: [] });
      return fc.oneof({ arbitrary: record, weight: 4 }, { arbitrary: fc.jsonValue(), weight: 1 });
    }
    default:
      return fc.jsonValue();
  }
}

describe('the operators\u2019 port keeps to what it says of itself', (it) => {
  it(
    'every answer of every operation is described :: whatever is asked, and the audit keeps up',
    within(120_000, async (later) => {
      const { gateway } = await startWithDatabase(later);
      const document = await (await fetch(`${gateway.adminUrl}/v1/openapi.json`)).json();
      const check = checkAgainst(document);
      const call = createCaller(gateway);
      const ajv = new Ajv2020({ strict: false });
      ajv.addFormat('date-time', true);
      for (const { id, method, path } of check.operations) {
        const operation = node(node(node(node(document)['paths'])[path])[method.toLowerCase()]);
        const body = node(node(node(node(operation['requestBody'])['content'])['application/json'])['schema']);
        const parameters = Array.isArray(operation['parameters']) ? operation['parameters'].map(node) : [];
        const inQuery = parameters.filter((parameter) => parameter['in'] === 'query');
        const fits = ajv.compile(body);
        const asked = fc.record({
          segments: fc.array(
            TEXT.filter((text) => text !== ''),
            { minLength: 3, maxLength: 3 },
          ),
          query: fc.record(Object.fromEntries(inQuery.map((one) => [one['name'], TEXT])), { requiredKeys: [] }),
          body: operation['requestBody'] === undefined ? fc.constant(undefined) : sampleOf(body),
        });
        await fc.assert(
          fc.asyncProperty(asked, async ({ segments, query, body: sent }) => {
            let index = 0;
            const target = path.replaceAll(/\{[^}]+\}/g, () => encodeText(segments[index++] ?? 'x'));
            const search = Object.entries(query).map(([name, value]) => `${name}=${encodeText(String(value))}`);
            const url = search.length === 0 ? target : `${target}?${search.join('&')}`;
            const { status, headers, text } = await call(method, url, sent);
            deepEqual(check.faultsOf(id, status, headers.get('content-type'), text), [], `${method} ${url}`);
            ok(status !== 500, `${method} ${url}: ${text}`);
            // What the document takes is not refused for its form.
            if (status === 400 && sent !== undefined) ok(!fits(sent) || search.length > 0 || target.length > 300, text);
          }),
          { numRuns: 12, seed: 7 },
        );
      }
      // Entries of refused requests are kept like all others, whatever was in them.
      const metrics = async () => (await fetch(`${gateway.adminUrl}/metrics`)).text();
      while (!/^audit_entries_unsaved 0$/m.test(await metrics())) await sleep(50);
      const audit = await call('GET', '/v1/admin/audit?limit=200');
      deepEqual(check.faultsOf('listAudit', audit.status, audit.headers.get('content-type'), audit.text), []);
    }),
  );

  it(
    'a key of a form that is refused is refused by the schema :: and a subject that is too long is cut',
    within(60_000, async (later) => {
      const { gateway } = await startWithDatabase(later);
      const call = createCaller(gateway);
      for (const change of [{ user: 'a b' }, { tenant: 'a\tb' }, { organisation: ' ' }, { label: 'a\nb' }]) {
        equal((await call('POST', '/v1/admin/keys', { label: 'a', ...change })).status, 400, JSON.stringify(change));
      }
      equal((await call('POST', '/v1/admin/keys', { label: 'a label', user: 'jo@example.com' })).status, 201);
      const long = '\u{1f600}'.repeat(150);
      await call('POST', '/v1/admin/breakers', { kind: 'provider', name: long, action: 'open' });
      await call('POST', '/v1/admin/breakers', { kind: 'provider', name: 'a'.repeat(200), action: 'open' });
      const { items } = (await call('GET', '/v1/admin/audit?limit=2')).body;
      equal([...items[0].subject].length, 200);
      ok(items[0].subject.endsWith('\u2026'));
      equal(items[1].subject, `provider ${long}`);
      ok(!JSON.stringify(items).includes(TOKEN));
    }),
  );
});

/** Any text as a part of an address; half a character is none. */
const encodeText = (text: string): string => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));
