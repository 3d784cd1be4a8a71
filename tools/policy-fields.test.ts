/** Every field of the runtime policy is said by a compiled system, or somebody asks for it. */
import { deepEqual, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { COMPILED_TREES, compiledSystem } from '../compiler/testing/compiled-system.ts';
import { describe } from '../compiler/testing/suite.ts';
import { isSaid, leavesOf, placesOf } from './requirements/policy-leaves.ts';
import { parseDocument } from './requirements/render.ts';
import { ROOT } from './root.ts';

const demands: Readonly<Record<string, string>> = parse(
  readFileSync(join(ROOT, 'tools/requirements/policy-fields.yaml'), 'utf8'),
);
const leaves = leavesOf(JSON.parse(readFileSync(join(ROOT, 'schemas/runtime-policy.schema.json'), 'utf8')));
const isBelow = (leaf: string, field: string): boolean => leaf === field || leaf.startsWith(`${field}/`);

describe('the fields of the runtime policy', (it) => {
  const unsaid = (): readonly string[] => {
    const places = COMPILED_TREES.flatMap(({ system, environment }) =>
      placesOf(compiledSystem(system, environment).data('runtime/policy.json')),
    );
    return leaves.filter((leaf) => !isSaid(leaf, places));
  };

  it('are said by a system, or somebody asks for them', () => {
    ok(leaves.length > 200, `${leaves.length} fields`);
    deepEqual(
      unsaid().filter((leaf) => !Object.keys(demands).some((field) => isBelow(leaf, field))),
      [],
      'let the spec that needs it say it, write the demand into policy-fields.yaml, or take the field out',
    );
  });

  it('have no demand beside them once a system says them, and none that does not exist', () => {
    const left = unsaid();
    deepEqual(
      Object.keys(demands).filter((field) => !left.some((leaf) => isBelow(leaf, field))),
      [],
    );
  });

  it('are asked for by requirements that exist', () => {
    const { asked } = parseDocument(readFileSync(join(ROOT, 'docs/requirements.md'), 'utf8'));
    const known = new Set(asked.map(({ id }) => id));
    const named = Object.values(demands).flatMap((text) => text.match(/\b(?:SIQ|SEN|JAM|INT|SIM)-\d{3}\b/g) ?? []);
    deepEqual(
      named.filter((id) => !known.has(id)),
      [],
    );
  });
});

describe('a field', (it) => {
  it('is found through references, alternatives, lists and maps, and what is foreign is not entered', () => {
    const root = {
      $defs: { Limit: { properties: { rate: {}, burst: {} } } },
      properties: {
        limits: { additionalProperties: { $ref: '#/$defs/Limit' } },
        store: { oneOf: [{ properties: { kind: {} } }, { properties: { kind: {}, env: {} } }] },
        routes: { items: { properties: { path: {}, body: { properties: { type: {} } } } } },
      },
    };
    const all = ['/limits/*/burst', '/limits/*/rate', '/routes/*/body', '/routes/*/path', '/store/env', '/store/kind'];
    deepEqual(leavesOf(root), all);
    const places = placesOf({ limits: { a: { rate: 1 } }, routes: [{ path: '/' }], store: { kind: 'x' } });
    deepEqual(
      all.filter((leaf) => !isSaid(leaf, places)),
      ['/limits/*/burst', '/routes/*/body', '/store/env'],
    );
  });
});
