import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe } from '../../../compiler/testing/suite.ts';
import { type BodySchema, compileBodySchema } from './body-schema.ts';
import type { BodyFault } from './describe-faults.ts';

const SCHEMA = {
  type: 'object',
  required: ['prompt', 'personas'],
  additionalProperties: false,
  properties: {
    prompt: { type: 'string', minLength: 1, maxLength: 20 },
    personas: { type: 'array', minItems: 1, maxItems: 12, items: { $ref: '#/$defs/persona' } },
    mail: { type: 'string', format: 'email' },
    mode: { enum: ['fast', 'deep'] },
    topK: { type: 'integer', minimum: 1, maximum: 50 },
    'a/b': { type: 'boolean' },
  },
  $defs: { persona: { type: 'string', pattern: '^[a-z]+$' } },
};

function compiled(schema: Readonly<Record<string, unknown>>): BodySchema {
  const result = compileBodySchema(schema);
  if (result.kind === 'refused') throw new Error(result.problem);
  return result.schema;
}

const faultsOf = (value: unknown, values = 10): readonly BodyFault[] => compiled(SCHEMA).faultsOf(value, values);
const GOOD = { prompt: 'hello', personas: ['ann'] };

describe('body schema', (it) => {
  it('takes what fits', () => {
    deepEqual(faultsOf(GOOD), []);
    deepEqual(faultsOf({ ...GOOD, mail: 'a@example.com', mode: 'deep', topK: 50, 'a/b': true }), []);
  });

  const FAULTS: Readonly<Record<string, readonly [value: unknown, faults: readonly (readonly [string, string])[]]>> = {
    'what is missing': [{ prompt: 'a' }, [['/personas', 'is required']]],
    'every fault': [
      { prompt: '', personas: ['ann', 'BOB'] },
      [
        ['/prompt', 'must have at least 1 characters'],
        ['/personas/1', 'does not have the required form'],
      ],
    ],
    'another type': [[], [['', 'must be of type object']]],
    'an unknown field': [{ ...GOOD, extra: 1 }, [['/extra', 'is not a known field']]],
    'a field named like a builtin': [{ ...GOOD, toString: 1 }, [['/toString', 'is not a known field']]],
    'a field with a slash, escaped': [{ ...GOOD, 'a/b': 1 }, [['/a~1b', 'must be of type boolean']]],
    'a wrong format': [{ ...GOOD, mail: 'hunter2' }, [['/mail', 'must have the format email']]],
    'a value beside the list': [{ ...GOOD, mode: 'hunter2' }, [['/mode', 'must be one of "fast", "deep"']]],
    'a figure beyond': [{ ...GOOD, topK: 51 }, [['/topK', 'must be at most 50']]],
  };
  for (const [name, [value, faults]] of Object.entries(FAULTS)) {
    it(`tells ${name}, never the value`, () => {
      deepEqual(
        faultsOf(value).map(({ pointer, detail }) => [pointer, detail]),
        faults,
      );
      equal(JSON.stringify(faultsOf(value)).includes('hunter2'), false);
    });
  }

  it('tells at most twenty faults, and of a large body the first', () => {
    const value = { prompt: 'a', personas: Array.from({ length: 12 }, () => 1), mail: 1, mode: 1, topK: 'a' };
    const many = { ...value, ...Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`x${index}`, 1])) };
    equal(faultsOf(many).length, 20);
    equal(faultsOf(many, 1_000_000).length, 1);
  });

  it('has a fault whenever the schema has one, also where only a summary says so', () => {
    const odd = compiled({ type: 'object', propertyNames: { maxLength: 1 } });
    ok(odd.faultsOf({ ab: 1 }, 2).length > 0);
    const conditional = compiled({ if: { type: 'number' }, else: false });
    ok(conditional.faultsOf('a', 1).length > 0);
    const never = compiled({ not: {} });
    ok(never.faultsOf(1, 1).length > 0);
  });

  it('never throws and never passes what is wrong', () => {
    const schema = compiled(SCHEMA);
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        const faults = schema.faultsOf(value, 10);
        ok(faults.length > 0 || (isObject && 'prompt' in value && 'personas' in value));
      }),
      { numRuns: 1_000 },
    );
  });
});
