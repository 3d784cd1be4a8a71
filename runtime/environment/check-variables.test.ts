import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import type { Variable } from '../../schemas/runtime-policy.gen.ts';
import { checkVariables } from './check-variables.ts';

const variable = (change: Partial<Variable>): Variable => ({
  name: 'THE_VARIABLE',
  required: false,
  format: 'text',
  onProblem: 'refuse',
  ...change,
});

function check(declared: Partial<Variable>, text: string | undefined, expected: string | undefined): void {
  const env = text === undefined ? {} : { THE_VARIABLE: text };
  equal(checkVariables([variable(declared)], env)[0]?.message, expected);
}

const BAD: Readonly<Record<string, readonly [Partial<Variable>, string | undefined, string]>> = {
  'a required one that is not set': [{ required: true }, undefined, 'must be set'],
  'a required one that is empty': [{ required: true }, '', 'must be set'],
  'no URL': [{ format: 'url' }, 'localhost', 'must be a URL'],
  'no whole number': [{ format: 'integer' }, '1.5', 'must be a whole number'],
  'a number with a unit': [{ format: 'number' }, '5s', 'must be a number'],
  'a word that is no switch': [{ format: 'boolean' }, 'yes', 'must be true or false'],
  'half JSON': [{ format: 'json' }, '{"a":', 'must be JSON'],
  'an origin with a path': [
    { format: 'origins' },
    'https://a.example/x',
    'must be a list of origins, separated by commas or as a JSON array',
  ],
  'a JSON array that is not closed': [
    { format: 'origins' },
    '["https://a.example"',
    'must be a list of origins, separated by commas or as a JSON array',
  ],
  'an odd number of digits': [{ format: 'hex' }, 'abc', 'must be hexadecimal digits, two for each byte'],
  'base64 without its end': [{ format: 'base64' }, 'YQ=', 'must be base64'],
  'too few bytes': [{ minBytes: 4 }, 'abc', 'must hold at least 4 bytes'],
  'enough digits of too few bytes': [{ format: 'hex', minBytes: 4 }, 'abcdef', 'must hold at least 4 bytes'],
  'a forbidden value': [{ forbidden: ['dev-api-key'] }, ' dev-api-key', 'has a value that the policy forbids'],
  'a forbidden switch in another spelling': [
    { format: 'boolean', forbidden: ['true'] },
    'True',
    'has a value that the policy forbids',
  ],
  'a forbidden origin in a list': [
    { format: 'origins', forbidden: ['*'] },
    'https://a.example, *',
    'has a value that the policy forbids',
  ],
  'two things at once': [
    { minBytes: 32, forbidden: ['short'] },
    'short',
    'must hold at least 32 bytes, and has a value that the policy forbids',
  ],
};

const GOOD: Readonly<Record<string, readonly [Partial<Variable>, string | undefined]>> = {
  'an optional one that is not set': [{ format: 'url', minBytes: 9, forbidden: ['a'] }, undefined],
  'an optional one that is empty': [{ format: 'integer' }, ''],
  'a URL': [{ format: 'url' }, 'postgresql://u:p@db/x'],
  'a whole number': [{ format: 'integer' }, '-12'],
  'a number': [{ format: 'number' }, '.5e3'],
  'a switch': [{ format: 'boolean', forbidden: ['true'] }, 'FALSE'],
  JSON: [{ format: 'json' }, 'null'],
  'origins by comma': [{ format: 'origins', forbidden: ['*'] }, 'https://a.example , http://b.example:81'],
  'origins as JSON': [{ format: 'origins', forbidden: ['*'] }, '["https://a.example"]'],
  'bytes as hex': [{ format: 'hex', minBytes: 4 }, 'deadBEEF'],
  'bytes as base64': [{ format: 'base64', minBytes: 2 }, 'YWI='],
  'exactly enough bytes': [{ minBytes: 4 }, 'é12'],
  'a value that contains a forbidden one': [{ forbidden: ['dev-api-key'] }, 'dev-api-key-2'],
};

describe('check variables', (it) => {
  for (const [name, [declared, text, problem]] of Object.entries(BAD)) {
    it(`finds ${name}`, () => check(declared, text, `THE_VARIABLE ${problem}`));
  }
  for (const [name, [declared, text]] of Object.entries(GOOD)) {
    it(`accepts ${name}`, () => check(declared, text, undefined));
  }

  it('holds an entry only unless another variable says otherwise', () => {
    const declared = variable({ required: true, unless: { name: 'BACKEND', value: 'db' } });
    deepEqual(checkVariables([declared], { BACKEND: 'db' }), []);
    equal(checkVariables([declared], { BACKEND: 'memory' }).length, 1);
    equal(checkVariables([declared], {}).length, 1);
  });

  it('tells all problems at once, in the order of the policy, with their severity and without a value', () => {
    const problems = checkVariables(
      [
        variable({ name: 'A', format: 'integer' }),
        variable({ name: 'B', forbidden: ['hunter2'], onProblem: 'warn' }),
        variable({ name: 'C', required: true }),
      ],
      { A: 'hunter1', B: 'hunter2' },
    );
    deepEqual(
      problems.map(({ variable: name, onProblem }) => [name, onProblem]),
      [
        ['A', 'refuse'],
        ['B', 'warn'],
        ['C', 'refuse'],
      ],
    );
    ok(!JSON.stringify(problems).includes('hunter'));
  });
});
