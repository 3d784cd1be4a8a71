/**
 * Whatever the spec accepts, the targets accept: text by text along `targets/reaches.ts`, and whole systems with values at the edge
 * of the language, held against the grammars, the real nginx and the real promtool.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isMapping } from '../../schemas/data/mapping.ts';
import { followRef, type SchemaNode, SPEC_SCHEMAS } from '../../schemas/spec/spec-fields.ts';
import { compile } from '../pipeline.ts';
import { findUnfit } from '../validate/find-unfit.ts';
import { describe } from './suite.ts';
import { anySpec } from './targets/any-spec.ts';
import * as edges from './targets/edge-values.ts';
import { holdFiles } from './targets/hold-files.ts';
import { type Files, holdWithNginx, holdWithPromtool } from './targets/hold-with-tools.ts';
import { REACHES } from './targets/reaches.ts';
import { textOf, usualSpec } from './targets/usual-spec.ts';

describe('reaches', (it) => {
  for (const { spec, place, target, as, guard } of REACHES)
    it(`${spec} as ${place} is a ${target.name}${guard === undefined ? '' : `, by ${guard}`}`, () => {
      const node = nodeOf(spec);
      let tried = 0;
      const property = fc.property(textsOf(spec, node), (text) => {
        if (!accepts(node, text)) return;
        const arrived = as(text);
        if (arrived === undefined) return;
        tried += 1;
        assert.ok(
          target.accepts(arrived),
          `${JSON.stringify(text)} arrives as ${JSON.stringify(arrived)}; ${target.source}`,
        );
      });
      fc.assert(property, { numRuns: 200 });
      assert.ok(tried >= 20, `only ${tried} texts came so far`);
    });

  it('know a target that refuses something', () => {
    for (const { target } of REACHES)
      assert.ok(
        ['', 'a b', '-', '$', '0', 'a'.repeat(5000), '\n'].some((text) => !target.accepts(text)),
        target.name,
      );
  });
});

const OPTIONS = { specRoot: 'spec', today: '2026-11-27' };
const compileText = (text: string) =>
  compile({ value: [{ path: 'spec/any.yaml', bytes: new TextEncoder().encode(text) }], diagnostics: [] }, OPTIONS);

describe('what compiles is taken', (it) => {
  it('by Kubernetes, Argo CD, Prometheus, Grafana, nginx and the runtime, whatever the values', async () => {
    const compiled: Files[] = [];
    await fc.assert(
      fc.asyncProperty(anySpec, async (documents) => {
        const { environments } = await compileText(textOf(documents));
        for (const { files } of environments) {
          compiled.push(files);
          assert.deepEqual(holdFiles(files), []);
          assert.equal(holdWithNginx(files), '');
        }
      }),
      { numRuns: 60 },
    );
    assert.ok(compiled.length >= 20, `only ${compiled.length} specs had no finding`);
    assert.equal(holdWithPromtool(compiled), '');
  });

  it('a usual system with the largest of everything', async () => {
    const documents = usualSpec();
    const { environment, api } = documents;
    environment.spec['domains'] = Array.from({ length: 100 }, (_, index) => ({
      host: `${'h'.repeat(50)}-${index}.example.com`,
    }));
    environment.spec['domains'] = [...listOf(environment.spec['domains']), { host: LONGEST_HOST }];
    environment.spec['origins'] = Array.from(
      { length: 300 },
      (_, index) => `https://${'o'.repeat(50)}-${index}.example.com:65535`,
    );
    environment.spec['securityHeaders'] = { 'X-Long': `$host "'\\;{}${'x'.repeat(1900)}` };
    api.spec['routes'] = Array.from({ length: 200 }, (_, index) => ({
      path: `/${index}/${'p'.repeat(1000)}`,
      auth: 'none',
      timeout: '24d',
      bodyLimit: '1Ti',
    }));
    const { environments, diagnostics } = await compileText(textOf(documents));
    assert.deepEqual(
      diagnostics.filter(({ severity }) => severity === 'error'),
      [],
    );
    for (const { files } of environments) {
      assert.deepEqual(holdFiles(files), []);
      assert.equal(holdWithNginx(files), '');
      for (const path of files.keys())
        for (const name of path.split('/')) assert.ok(name.length <= 255, 'a name of a file has at most 255 bytes');
    }
    assert.equal(holdWithPromtool(environments.map(({ files }) => files)), '');
  });
});

const LONGEST_HOST = `${'a.'.repeat(119)}${'z'.repeat(12)}`;
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The schema of a definition, or of a field by its path; `<key>` stands for the names of a mapping. */
function nodeOf(spec: string): SchemaNode {
  const [first = '', ...rest] = spec.split('.');
  const root = SPEC_SCHEMAS[first] ?? { $ref: `common.schema.json#/$defs/${first}` };
  return rest.reduce<SchemaNode>((holder, part) => {
    const node = followRef(followRef(holder).items ?? holder);
    if (part === '<key>') return isMapping(node['propertyNames']) ? node['propertyNames'] : {};
    const child = part === '*' ? node.additionalProperties : node.properties?.[part];
    assert.ok(typeof child === 'object', `${spec}: there is no ${part}`);
    return child;
  }, followRef(root));
}

/** Edges that the tests know, and texts from the pattern; numbers as texts. */
function textsOf(spec: string, written: SchemaNode): fc.Arbitrary<string> {
  const { pattern } = followRef(written);
  const known = Object.entries(edges).find(([name]) => name === spec.replace('OrZero', ''))?.[1];
  const made =
    typeof pattern === 'string' ? edges.matching({ pattern }, 60) : fc.integer({ min: 1, max: 65535 }).map(String);
  return fc.oneof(made, ...(isArbitrary(known) ? [known.map(String)] : []));
}

const isArbitrary = (value: unknown): value is fc.Arbitrary<unknown> =>
  typeof value === 'object' && value !== null && 'generate' in value;

/** Whether the spec takes the text: the pattern and length of the schema, then the parsers. */
function accepts(written: SchemaNode, text: string): boolean {
  const node = followRef(written);
  const { pattern, maxLength, not } = node;
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(text)) return false;
  if (typeof maxLength === 'number' && text.length > maxLength) return false;
  if (isMapping(not) && typeof not['pattern'] === 'string' && new RegExp(not['pattern'], 'u').test(text)) return false;
  return findUnfit(node, text).length === 0;
}
