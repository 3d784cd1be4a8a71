import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { describe } from '../testing/suite.ts';
import { type BlockValue, printBlockYaml } from './block-yaml.ts';
import { printYaml } from './yaml.ts';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'true',
    'no',
    '1.5',
    '0x1f',
    '~',
    '',
    '- a',
    'a: b',
    'a #b',
    'a\nb',
    ' a',
    'a\n',
    '{{ $value }}',
    "it's",
    '1m',
    '.inf',
  ),
);
const { value } = fc.letrec<{ value: BlockValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.integer(),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}));

describe('printBlockYaml', (it) => {
  it('prints what YAML reads back as the same', () => {
    fc.assert(
      fc.property(value, (data) => {
        assert.equal(parse(printBlockYaml(data), { uniqueKeys: true }), data);
      }),
      { seed: 20, numRuns: 400 },
    );
  });

  it('prints keys in the order of `printYaml`', () => {
    const data = { b: 1, B: 2, a: { z: [], w: {} }, _: [{ d: 'x', c: true }] };
    assert.equal(printBlockYaml(data), printYaml(data));
  });

  it('leaves out what is undefined', () => {
    assert.is(printBlockYaml({ a: undefined, b: 'c' }), 'b: c\n');
  });

  it('keeps lines apart where a reader can see them', () => {
    assert.is(printBlockYaml({ expr: 'a{b="c"}\nor d' }), 'expr: |-\n  a{b="c"}\n  or d\n');
  });
});
