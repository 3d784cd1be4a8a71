import * as assert from 'uvu/assert';
import { describe } from '../testing/suite.ts';
import { parsePromql } from '../verify/promql.ts';
import {
  aggregate,
  binary,
  call,
  equalTo,
  matching,
  num,
  oneOf,
  over,
  type PromExpr,
  printPromql,
  rate,
  ratioOf,
  select,
  selectAt,
  sum,
} from './promql.ts';

const [a, b, c] = [select('a'), select('b'), select('c')];

const CASES: readonly (readonly [claim: string, expr: PromExpr, text: string])[] = [
  ['a number without binary noise', num(0.1 + 0.2), '0.3'],
  ['a bare selector', a, 'a'],
  ['labels in the order given', select('a', [equalTo('x', '1'), matching('b', '5..')]), 'a{x="1", b=~"5.."}'],
  ['quotes and backslashes of a value', select('a', [equalTo('x', 'q"\\\n')]), 'a{x="q\\"\\\\\\n"}'],
  ['one of one value as equality', select('a', [oneOf('x', ['/v1.0'])]), 'a{x="/v1.0"}'],
  [
    'one of several with nothing left to match by accident',
    select('a', [oneOf('x', ['/v1.0', '/b+c'])]),
    'a{x=~"/v1\\\\.0|/b\\\\+c"}',
  ],
  ['range and offset', over('a', [], '5m', '1h'), 'a[5m] offset 1h'],
  ['an offset alone', selectAt('a', [], '1h'), 'a offset 1h'],
  ['calls and aggregations', aggregate('max', rate('a', [], '5m'), ['x', 'y']), 'max by (x, y) (rate(a[5m]))'],
  ['no parentheses where none are needed', binary('+', binary('*', a, b), c), 'a * b + c'],
  ['parentheses around the looser operator', binary('*', binary('+', a, b), c), '(a + b) * c'],
  ['parentheses on the right of an equal operator', binary('-', a, binary('-', b, c)), 'a - (b - c)'],
  ['parentheses around a guarded divisor', ratioOf(a, b), 'a / (b > 0)'],
  ['parentheses around chained comparisons', binary('>', binary('==', a, b), num(1)), '(a == b) > 1'],
  ['alternatives inside arithmetic on one line', binary('/', binary('or', a, b), c), '(a or b) / c'],
  ['conditions at the top on lines of their own', binary('and', binary('and', a, b), c), 'a\nand b\nand c'],
  ['parentheses between different set operators', binary('or', binary('unless', a, b), c), '(a unless b)\nor c'],
  ['labels to match on', binary('and', a, sum(b), []), 'a\nand on () sum(b)'],
];

describe('printPromql', (it) => {
  for (const [claim, expr, text] of CASES) {
    it(`prints ${claim}`, () => {
      assert.is(printPromql(expr), text);
      assert.equal(parsePromql(text).errors, []);
    });
  }
  it('prints a call without arguments', () => assert.is(printPromql(call('time')), 'time()'));
});
