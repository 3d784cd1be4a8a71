import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { isMapping } from '../../schemas/data/mapping.ts';
import { followRef, SPEC_SCHEMAS } from '../../schemas/spec/spec-fields.ts';
import * as validators from '../../schemas/spec/validators.gen.js';
import type { Validator } from '../../schemas/validator.ts';
import { parseSource } from '../source/parse-source.ts';
import { describe } from '../testing/suite.ts';
import { KINDS } from './check-header.ts';
import { explainShape } from './explain-shape.ts';

const SCHEMAS = new URL('../../schemas/spec/', import.meta.url);

/** Keywords that `explain-shape.ts` judges, and those that judge nothing. */
const JUDGED =
  'type const enum pattern not minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum minItems maxItems uniqueItems items properties required additionalProperties patternProperties propertyNames minProperties anyOf oneOf $ref'.split(
    ' ',
  );
const SILENT = 'title description default examples $schema $id $defs $comment deprecated enumDescriptions'.split(' ');

/** Keywords of a schema and of all schemas inside it; names of properties are no keywords. */
function keywordsOf(schema: unknown): readonly string[] {
  if (!isMapping(schema)) return [];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    if (['properties', 'patternProperties', '$defs'].includes(keyword))
      return [keyword, ...Object.values(Object(value)).flatMap(keywordsOf)];
    if (keyword === 'examples' || keyword === 'default') return [keyword];
    return [keyword, ...(Array.isArray(value) ? value.flatMap(keywordsOf) : keywordsOf(value))];
  });
}

const VALIDATORS: Readonly<Record<string, Validator>> = {
  System: validators.validateSystem,
  Service: validators.validateService,
  Datastore: validators.validateDatastore,
  Provider: validators.validateProvider,
  Environment: validators.validateEnvironment,
  Policy: validators.validatePolicy,
  Checklist: validators.validateChecklist,
};

function agree(kind: string, value: unknown): void {
  const isValid = VALIDATORS[kind]?.(value) === true;
  const problems = explainShape({ kind, schema: SPEC_SCHEMAS[kind] ?? {}, value, path: [] });
  const said = problems.map(({ message }) => message).join('; ');
  assert.equal(
    problems.length === 0,
    isValid,
    `ajv: ${JSON.stringify(VALIDATORS[kind]?.errors)}; we: ${said}; for ${JSON.stringify(value)}`,
  );
}

/** Documents to damage: the real specs, where they are part of the checkout. */
function samples(): readonly { readonly kind: string; readonly value: unknown }[] {
  const spec = new URL('../../spec/', import.meta.url);
  const files = readdirSync(spec, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .sort();
  return files.flatMap((file) => {
    const documents = parseSource({ path: file, bytes: readFileSync(new URL(file, spec)) }).value ?? [];
    return documents.map(({ value }) => ({ kind: String(Object(value).kind), value }));
  });
}

describe('explain shape', (it) => {
  it('knows every keyword of the spec schemas', () => {
    const known = new Set([...JUDGED, ...SILENT]);
    for (const file of readdirSync(SCHEMAS).filter((name) => name.endsWith('.schema.json'))) {
      const keywords = keywordsOf(JSON.parse(readFileSync(new URL(file, SCHEMAS), 'utf8')));
      for (const keyword of keywords) assert.ok(known.has(keyword) || keyword.startsWith('x-'), `${file}: ${keyword}`);
    }
  });

  it('has a validator and a schema for every kind', () => {
    assert.deepEqual(Object.keys(VALIDATORS).sort(), [...KINDS].sort());
    assert.deepEqual(Object.keys(SPEC_SCHEMAS).sort(), [...KINDS].sort());
  });

  it('finds nothing wrong with the real specs, as ajv', () => {
    for (const { kind, value } of samples()) agree(kind, value);
  });

  it('agrees with ajv on documents that were damaged anywhere', () => {
    const documents = samples();
    assert.ok(documents.length > 0);
    const junk = fc.constantFrom<unknown>(
      null,
      true,
      '',
      'x',
      'GET',
      '15',
      '15m',
      '5/s',
      0,
      -1,
      1.5,
      70000,
      [],
      ['a', 'a'],
      {},
      { a: 1 },
      { name: 'x' },
    );
    const damage = fc.record({
      seed: fc.nat(),
      action: fc.constantFrom('drop', 'replace', 'add', 'rename', 'repeat'),
      junk,
    });
    fc.assert(
      fc.property(fc.nat(documents.length - 1), fc.array(damage, { minLength: 1, maxLength: 2 }), (index, damages) => {
        const sample = documents[index] ?? assert.fail();
        const copy = structuredClone(sample.value);
        for (const step of damages) apply(copy, step);
        agree(sample.kind, copy);
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with ajv on values made from the schemas, wrong types included', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), fc.jsonValue({ maxDepth: 3 }), (kind, spec) => {
        agree(kind, { apiVersion: 'seaworthy.dev/v1alpha1', kind, metadata: { name: 'a', system: 'b' }, spec });
      }),
      { numRuns: 200 },
    );
  });

  it('follows references into the common definitions', () => {
    assert.equal(typeof followRef({ $ref: 'common.schema.json#/$defs/duration' })['pattern'], 'string');
  });
});

interface Damage {
  readonly seed: number;
  readonly action: string;
  readonly junk: unknown;
}

/** Damages one place of a value. */
function apply(root: unknown, { seed, action, junk }: Damage): void {
  const places = placesOf(root);
  const place = places[seed % Math.max(places.length, 1)];
  if (!place) return;
  const { holder, key } = place;
  if (Array.isArray(holder)) {
    if (action === 'drop') holder.splice(Number(key), 1);
    else if (action === 'repeat') holder.push(structuredClone(holder[Number(key)]));
    else holder[Number(key)] = structuredClone(junk);
    return;
  }
  if (action === 'drop' || action === 'rename') {
    const value = holder[key];
    delete holder[key];
    if (action === 'rename') holder[`${key}x`] = value;
  } else holder[action === 'add' ? 'extra' : key] = structuredClone(junk);
}

interface Place {
  // biome-ignore lint/suspicious/noExplicitAny: a test that breaks data on purpose has no type for it.
  readonly holder: any;
  readonly key: string;
}

function placesOf(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [{ holder: value, key }, ...placesOf(item)]);
}
