import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { parseDictionary as parseWithPackage } from 'structured-headers';
import { describe } from '../../../compiler/testing/suite.ts';
import { type InnerList, parseDictionary, serializeInnerList } from './structured-fields.ts';

const listOf = (text: string): InnerList | undefined => {
  const member = parseDictionary(`a=${text}`)?.get('a');
  return member?.kind === 'list' ? member : undefined;
};

describe('structured fields', (it) => {
  const CANONICAL = [
    '()',
    '("a" "b")',
    '("a";x;y=1 "b");created=1618884473;keyid="k"',
    '("a");n="quote \\" and \\\\"',
    '(tok 1 1.5 -3 ?0 :AQI=:);z=?0',
    '("a");d=1.0',
  ];
  for (const text of CANONICAL) {
    it(`reads and writes again :: ${text}`, () => {
      const list = listOf(text);
      ok(list !== undefined);
      equal(serializeInnerList(list), text);
    });
  }

  it('writes a looser spelling in the one canonical form', () => {
    const list = listOf('(  "a"   "b" );  created=1;x=?1');
    ok(list !== undefined);
    equal(serializeInnerList(list), '("a" "b");created=1;x');
  });

  const REFUSED: Readonly<Record<string, string>> = {
    'a key that comes twice': 'a=1, a=2',
    'a parameter that comes twice': 'a=1;x=1;x=2',
    'a comma at the end': 'a=1,',
    'a comma at the start': ',a=1',
    'a capital in a key': 'A=1',
    'no value after =': 'a=',
    'an open string': 'a="b',
    'a character that is not ASCII': 'a="\u00e9"',
    'an unknown escape': 'a="\\n"',
    'an open list': 'a=("b"',
    'no space between items': 'a=("b""c")',
    'a list in a list': 'a=(("b"))',
    'padding that is missing': 'a=:AQI:',
    'bits after the end': 'a=:AQJ=:',
    'a number of 16 digits': 'a=1234567890123456',
    'a number that ends in a point': 'a=1.',
    'four decimals': 'a=1.2345',
    'a tab at the start': '\ta=1',
    'text after the end': 'a=1 b',
    'a date': 'a=@1',
    'too long a field': `a="${'x'.repeat(9_000)}"`,
  };
  for (const [name, text] of Object.entries(REFUSED)) {
    it(`refuses ${name}`, () => equal(parseDictionary(text), undefined));
  }

  it('takes an empty field for an empty dictionary, and a key alone for true', () => {
    deepEqual(parseDictionary(''), new Map());
    deepEqual(parseDictionary('a')?.get('a'), {
      kind: 'item',
      value: { kind: 'boolean', value: true },
      parameters: new Map(),
    });
  });

  it('never throws, and takes nothing that another parser refuses', () => {
    const pieces = [
      'a',
      'b',
      '=',
      ';',
      ',',
      ' ',
      '(',
      ')',
      '"',
      ':',
      '?1',
      '1',
      '.',
      '-',
      'AQI=',
      '\\',
      '*',
      '\t',
      '@',
      'é',
    ];
    const texts = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...pieces), { maxLength: 24 }).map((parts) => parts.join('')),
    );
    let taken = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const mine = parseDictionary(text);
        if (mine === undefined) return;
        taken += 1;
        deepEqual([...mine.keys()], [...parseWithPackage(text).keys()]);
      }),
      { numRuns: 4_000 },
    );
    ok(taken > 50, `${taken} were dictionaries`);
  });
});
