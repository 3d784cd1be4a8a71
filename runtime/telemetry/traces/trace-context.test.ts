import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { formatTraceparent, parseTraceparent } from './trace-context.ts';
import { newSpanId, newTraceId } from './trace-ids.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('trace context', (it) => {
  const valid: Readonly<Record<string, readonly [field: string, isSampled: boolean]>> = {
    'the example of the recommendation': [`00-${TRACE}-${SPAN}-01`, true],
    'not sampled': [`00-${TRACE}-${SPAN}-00`, false],
    'other flags beside': [`00-${TRACE}-${SPAN}-03`, true],
    'an unknown flag alone': [`00-${TRACE}-${SPAN}-02`, false],
    'a later version with more to say': [`01-${TRACE}-${SPAN}-01-what-comes-next`, true],
  };
  for (const [sentence, [field, isSampled]] of Object.entries(valid)) {
    it(`continues a trace :: ${sentence}`, () => {
      deepEqual(parseTraceparent(field), { traceId: TRACE, spanId: SPAN, isSampled });
    });
  }

  const invalid: Readonly<Record<string, string | readonly string[] | undefined>> = {
    'no field': undefined,
    'two fields': [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`],
    'two fields joined': `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
    'no trace': `00-${'0'.repeat(32)}-${SPAN}-01`,
    'no span': `00-${TRACE}-${'0'.repeat(16)}-01`,
    'upper case': `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    'the forbidden version': `ff-${TRACE}-${SPAN}-01`,
    'more than version 00 has': `00-${TRACE}-${SPAN}-01-more`,
    'a later version without its dash': `01-${TRACE}-${SPAN}-01more`,
    'one digit too few': `00-${TRACE.slice(1)}-${SPAN}-01`,
    'a digit that is none': `00-${TRACE.slice(1)}g-${SPAN}-01`,
    'a line break': `00-${TRACE}-${SPAN}-01\n`,
  };
  for (const [sentence, field] of Object.entries(invalid)) {
    it(`starts anew :: ${sentence}`, () => equal(parseTraceparent(field), undefined));
  }

  it('writes what it reads', () => {
    const parent = { traceId: newTraceId(), spanId: newSpanId(), isSampled: true };
    deepEqual(parseTraceparent(formatTraceparent(parent)), parent);
    deepEqual(parseTraceparent(formatTraceparent({ ...parent, isSampled: false })), { ...parent, isSampled: false });
  });

  it('makes ids of the right length that do not repeat', () => {
    const ids = Array.from({ length: 2_000 }, () => newTraceId());
    for (const id of ids) match(id, /^[0-9a-f]{32}$/);
    equal(new Set(ids).size, ids.length);
    match(newSpanId(), /^[0-9a-f]{16}$/);
    notEqual(newSpanId(), newSpanId());
  });
});
