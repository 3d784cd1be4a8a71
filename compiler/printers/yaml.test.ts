import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { describe } from '../testing/suite.ts';
import { printYaml } from './yaml.ts';

/** What the library prints for the same data. */
const printByLibrary = (value: unknown): string =>
  stringify(value, {
    aliasDuplicateObjects: false,
    compat: 'yaml-1.1',
    lineWidth: 0,
    sortMapEntries: ({ key: a }, { key: b }) => (textOf(a) < textOf(b) ? -1 : 1),
    version: '1.2',
  });

const textOf = (key: unknown): string =>
  typeof key === 'object' && key !== null && 'value' in key ? String(key.value) : String(key);

const texts = fc.oneof(
  fc.string(),
  fc.string({
    unit: fc.constantFrom('a', 'Z', '0', '1', ':', '-', ' ', '\n', '#', '.', '/', '"', "'", '|', '%', '\t'),
  }),
  fc.constantFrom(
    'on',
    'Yes',
    'y',
    'null',
    '~',
    '012',
    '12:30',
    '0x1F',
    '1_000',
    '1e3',
    '2024-01-01',
    '.inf',
    'E0',
    '<<',
    '=',
    'a: b',
    '',
  ),
);

const data = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    texts,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(texts, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

describe('printers/yaml', (it) => {
  it('prints data that reads back as the same data', () => {
    fc.assert(fc.property(data, (value) => assert.deepEqual(parse(printYaml(value)), value)));
  });

  it('prints data for a YAML 1.1 reader as for a 1.2 reader', () => {
    fc.assert(
      fc.property(fc.record({ key: fc.array(texts) }, { noNullPrototype: true }), (value) =>
        assert.deepEqual(parse(printYaml(value), { version: '1.1' }), value),
      ),
    );
  });

  it('lays out like the library', () => {
    const value = {
      b: [{ x: 1, y: ['deep', { z: {} }] }, [], [['nested']], 'text'],
      a: { script: '#!/bin/sh\n\necho hi\n', list: [{ script: 'one\n  two\n\nthree' }], none: undefined },
      0: 'zero',
    };
    assert.equal(printYaml(value), printByLibrary(value));
  });

  it('prints every text like the library, as a value and inside a list', () => {
    const unit = fc.constantFrom(
      'a',
      'on',
      'Z',
      '0',
      ': ',
      ':',
      '-',
      ' ',
      ' #',
      '#',
      '\n',
      '/',
      '"',
      "'",
      '{',
      '%',
      ',',
    );
    const sentences = fc.oneof(texts, fc.string({ unit, maxLength: 8 }));
    fc.assert(
      fc.property(sentences, sentences, (a, b) => {
        const value = { a: { b: a }, c: [b] };
        assert.equal(printYaml(value), printByLibrary(value));
      }),
      { numRuns: 3000 },
    );
  });

  it('prints a text of very many lines', () => {
    const text = 'line\n'.repeat(300_000);
    assert.equal(printYaml({ text }).length, text.length + 2 * 300_000 + 'text: |\n'.length);
  });

  it('quotes what YAML 1.1 takes for something else', () => {
    assert.equal(printYaml({ on: 'off', port: '8080', version: '1.4' }), '"on": "off"\nport: "8080"\nversion: "1.4"\n');
  });

  it('sorts keys by code units', () => {
    assert.equal(printYaml({ b: 1, B: 2, a: 3 }), 'B: 2\na: 3\nb: 1\n');
  });
});
