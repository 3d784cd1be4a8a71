import * as assert from 'uvu/assert';
import { describe } from '../../compiler/testing/suite.ts';
import type { SchemaFile } from './schemas.ts';
import { generateValidators } from './validators.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

const schema = (name: string, path: string, rest: Readonly<Record<string, unknown>>): SchemaFile => ({
  path,
  name,
  schema: { $schema: DIALECT, ...rest },
});

const SCHEMAS: readonly SchemaFile[] = [
  schema('Units', 'schemas/spec/units.schema.json', {
    $defs: { Name: { type: 'string', maxLength: 3, 'x-unit': 'letters' } },
  }),
  schema('Thing', 'schemas/spec/thing.schema.json', {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { $ref: 'units.schema.json#/$defs/Name', markdownDescription: 'a **name**' },
      hosts: { type: 'array', uniqueItems: true, items: { type: 'string', format: 'hostname' } },
    },
  }),
];

interface Validate {
  (data: unknown): boolean;
  readonly errors: readonly { instancePath: string; keyword: string; params: unknown; schemaPath: string }[] | null;
}

/** Generates the module and loads it from its own text: that works only as long as it imports nothing. */
async function load(schemas: readonly SchemaFile[]): Promise<Readonly<Record<string, Validate>>> {
  const [code] = await generateValidators(schemas);
  return import(`data:text/javascript,${encodeURIComponent(code?.text ?? '')}`);
}

describe('generateValidators', (it) => {
  it('makes one validator for each schema of a document, and declares each', async () => {
    assert.equal(Object.keys(await load(SCHEMAS)).sort(), ['validateThing']);
    const [, declarations] = await generateValidators(SCHEMAS);
    assert.match(declarations?.text ?? '', 'export declare const validateThing: Validator;');
  });

  it('reports every error, each with what a message needs', async () => {
    const { validateThing } = await load(SCHEMAS);
    assert.is(validateThing?.({ nam: 1, hosts: ['a', 'a', '-'] }), false);
    const errors = validateThing?.errors?.map(({ instancePath, keyword, params }) => [instancePath, keyword, params]);
    assert.equal(errors, [
      ['', 'required', { missingProperty: 'name' }],
      ['', 'additionalProperties', { additionalProperty: 'nam' }],
      ['/hosts/2', 'format', { format: 'hostname' }],
      ['/hosts', 'uniqueItems', { i: 0, j: 1 }],
    ]);
  });

  it('follows a reference into a neighbour, and counts characters as people do', async () => {
    const { validateThing } = await load(SCHEMAS);
    assert.is(validateThing?.({ name: '👍👍👍' }), true);
    assert.is(validateThing?.({ name: 'abcd' }), false);
    assert.is(validateThing?.errors?.[0]?.keyword, 'maxLength');
  });

  it('does not mistake inherited names for fields', async () => {
    const { validateThing } = await load(SCHEMAS);
    assert.is(validateThing?.({ name: 'a', constructor: 1 }), false);
    assert.is(validateThing?.(JSON.parse('{"name":"a","__proto__":1}')), false);
  });

  it('refuses a schema with a keyword that means nothing', async () => {
    const typo = schema('Typo', 'schemas/spec/typo.schema.json', { type: 'object', aditionalProperties: false });
    await rejects(() => generateValidators([typo]), 'unknown keyword');
  });

  it('gives text that is the same wherever the project stands', async () => {
    const [code] = await generateValidators(SCHEMAS);
    assert.not.match(code?.text ?? '', /\.\.\/|file:|\/(?:home|root|work|tmp)\//);
  });

  it('makes nothing from nothing', async () => assert.equal(await generateValidators([]), []));
});

/** uvu's assertions are synchronous. */
const rejects = async (run: () => Promise<unknown>, expected: string): Promise<void> => {
  const error = await run().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.match(String(error), expected);
};
