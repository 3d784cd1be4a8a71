import { deepEqual, equal, match, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe } from '../../../compiler/testing/suite.ts';
import { readJson } from './read-json.ts';

const read = (text: string) => readJson(Buffer.from(text));
const refusalOf = (body: string | Buffer): string => {
  const result = readJson(Buffer.from(body));
  return result.kind === 'refused' ? result.detail : '';
};

describe('read json', (it) => {
  const REFUSED: Readonly<Record<string, readonly [body: string | Buffer, detail: RegExp]>> = {
    'no JSON': ['{', /not valid JSON/],
    'two values': ['1 2', /not valid JSON/],
    'a comma at the end': ['[1,]', /not valid JSON/],
    NaN: ['NaN', /not valid JSON/],
    'a byte order mark': ['\ufeff{}', /not valid JSON/],
    'bytes that are not UTF-8': [Buffer.from([0x22, 0xff, 0x22]), /not valid UTF-8/],
    'a name twice': ['{"a":1,"b":2,"a":3}', /same name twice/],
    'a name twice, spelled otherwise': ['{"a":1,"\\u0061":2}', /same name twice/],
    'a name twice, further down': ['[{"x":{"a":1,"a":1}}]', /same name twice/],
    'a way to the prototype': ['{"__proto__":{"isAdmin":true}}', /not allowed/],
    'a way to the prototype, spelled otherwise': ['{"\\u005f_proto__":1}', /not allowed/],
    'a way to the constructor': ['{"a":{"constructor":{"prototype":{}}}}', /not allowed/],
    depth: [`${'['.repeat(65)}${']'.repeat(65)}`, /deeper than 64/],
    'depth without an end': ['['.repeat(1_000_000), /deeper than 64/],
    'depth of objects': ['{"a":'.repeat(65), /deeper than 64/],
    'too many names': [`[${Array.from({ length: 50_001 }, () => '{"a":1}').join()}]`, /more than 50000 names/],
  };
  for (const [name, [body, detail]] of Object.entries(REFUSED)) {
    it(`refuses ${name}`, () => match(refusalOf(body), detail));
  }

  const TAKEN: Readonly<Record<string, string>> = {
    'a name in two objects': '[{"a":1},{"a":2},{"b":{"a":3},"a":4}]',
    'a name that is also a value': '{"a":"a","b":["a","a"]}',
    'a text with all that is structure': '{"a":"{\\"a\\":1,[]}","b":"\\\\"}',
    'a prototype as a value': '{"a":"__proto__"}',
    'depth at the limit': `${'['.repeat(64)}${']'.repeat(64)}`,
    'names that come close': '{"proto":1,"constructors":2,"":3," ":4}',
  };
  for (const [name, text] of Object.entries(TAKEN)) {
    it(`takes ${name}`, () => {
      const result = read(text);
      ok(result.kind === 'json', refusalOf(text));
      deepEqual(result.value, JSON.parse(text));
    });
  }

  it('counts values', () => {
    const result = read('{"a":[1,2,3],"b":{}}');
    ok(result.kind === 'json');
    ok(result.values >= 6 && result.values <= 9, String(result.values));
  });

  it('never throws, takes nothing that is no JSON, and all JSON without oddities', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const refusal = refusalOf(text);
        ok(refusal === '' || /not allowed|same name/.test(refusal), refusal);
      }),
      { numRuns: 500 },
    );
    const pieces = ['{', '}', '[', ']', ':', ',', '"', '\\', 'a', '"a"', '"__proto__"', '1', 'null', ' ', '\\u0061'];
    const noise = fc.array(fc.constantFrom(...pieces), { maxLength: 20 }).map((parts) => parts.join(''));
    let taken = 0;
    fc.assert(
      fc.property(noise, (text) => {
        const result = read(text);
        if (result.kind === 'refused') return;
        taken += 1;
        // What was taken means the same to who keeps the first and who keeps the last of two equal names.
        equal(JSON.stringify(JSON.parse(text)).length > 0, true);
        equal(hasName(result.value, '__proto__'), false);
      }),
      { numRuns: 5_000 },
    );
    ok(taken > 10, String(taken));
  });
});

function hasName(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([own, child]) => own === name || hasName(child, name));
}
