import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe } from '../testing/suite.ts';
import { decodeText, displayText } from './decode-text.ts';
import { parseSource } from './parse-source.ts';
import type { SourceDocument, SpecPath } from './source-document.ts';

const RUNS = { numRuns: 300 };

const SAMPLE = `apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: ingestion, labels: &labels { a: "x", 'b': 1.5 } }
spec:
  <<: *labels
  routes:
    - path: /v1 # comment
      methods: [GET, POST]
  script: |
    one
    two
---
list: [1, { a: b }, *x]
`;

/** Parses and holds the result against what must be true of any input. */
function parseAnything(bytes: Uint8Array): void {
  const { value, diagnostics } = parseSource({ path: 'a.yaml', bytes });
  const lines = displayText(bytes).split('\n');
  const isInside = (span: ReturnType<SourceDocument['spanOf']>): boolean => {
    const { line, column, endLine, endColumn } = span;
    const ordered = line < endLine || (line === endLine && column <= endColumn);
    const fits = (at: number, col: number) =>
      at >= 1 && col >= 1 && at <= lines.length && col <= (lines[at - 1]?.length ?? 0) + 1;
    return ordered && fits(line, column) && fits(endLine, endColumn);
  };
  for (const diagnostic of diagnostics)
    assert.ok(diagnostic.span && isInside(diagnostic.span), JSON.stringify(diagnostic));
  for (const document of value ?? [])
    for (const path of pathsOf(document.value))
      for (const part of ['key', 'value'] as const)
        assert.ok(
          isInside(document.spanOf(path, part)),
          `${path.join('.')} ${JSON.stringify(document.spanOf(path, part))}`,
        );
  if (value?.length === 0) assert.ok(diagnostics.length > 0, 'nothing was made and nothing was said');
}

function pathsOf(value: unknown, path: SpecPath = []): readonly SpecPath[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Array.isArray(value) ? value.map((item, index) => [index, item] as const) : Object.entries(value);
  return [path, ...entries.flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}

describe('parse source :: any input', (it) => {
  it('arbitrary bytes', () => fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), parseAnything), RUNS));

  it('arbitrary text', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => parseAnything(Buffer.from(text))),
      RUNS,
    ));

  it('text of YAML characters', () => {
    const character = fc.constantFrom(...'ab:- \n\t[]{},&*!|>\'"#%@<?.0~\\', '\r\n', '---\n', '<<: ', '  ');
    fc.assert(
      fc.property(fc.array(character, { maxLength: 60 }), (parts) => parseAnything(Buffer.from(parts.join('')))),
      { numRuns: 600 },
    );
  });

  it('a document with a few edits', () => {
    const edit = fc.tuple(
      fc.nat(SAMPLE.length),
      fc.nat(4),
      fc.constantFrom('', ' ', '\n', ':', '"', '[', '}', '*x', '&a ', '\t', '- ', '<<', '---\n'),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const text = edits.reduce((sum, [at, drop, add]) => sum.slice(0, at) + add + sum.slice(at + drop), SAMPLE);
        parseAnything(Buffer.from(text));
      }),
      RUNS,
    );
  });

  it('JSON reads as what it is', () =>
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (object) => {
        const text = JSON.stringify(object);
        const { value, diagnostics } = parseSource({ path: 'a.yaml', bytes: Buffer.from(text) });
        // What this language refuses on purpose is not JSON's fault.
        if (diagnostics.length > 0 || decodeText({ path: '', bytes: Buffer.from(text) }).value === undefined) return;
        assert.deepEqual(
          value?.[0]?.value,
          JSON.parse(JSON.stringify(object, (_, item) => (Object.is(item, -0) ? 0 : item))),
        );
      }),
      RUNS,
    ));
});
