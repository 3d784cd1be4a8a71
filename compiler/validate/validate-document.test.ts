import assert from 'node:assert/strict';
import { parseSource } from '../source/parse-source.ts';
import { describe } from '../testing/suite.ts';
import { validateDocument } from './validate-document.ts';

const GOOD = `apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: ingestion, system: sim-corp, tier: 1 }
spec:
  port: 4001
  resources: { cpu: 500m, memory: 512Mi }
  env:
    - { name: LEVEL, value: INFO }
  routes:
    - path: /v1
      timeout: 2s
      rateLimits: [standard, { rate: 10/s }]
  objectives:
    - availability: 99.9%
`;

function validate(text: string) {
  const parsed = parseSource({ path: 'a.yaml', bytes: Buffer.from(text) });
  assert.deepEqual(parsed.diagnostics, []);
  const [document] = parsed.value ?? [];
  assert.ok(document);
  return validateDocument(document);
}

/** The findings after one replacement in the good document, as `code line:column message | hint`. */
function findings(from: string, to: string): readonly string[] {
  assert.ok(GOOD.includes(from), from);
  return validate(GOOD.replace(from, to)).diagnostics.map(
    ({ code, span, message, hint }) => `${code} ${span?.line}:${span?.column} ${message} | ${hint}`,
  );
}

describe('validate document', (it) => {
  it('hands on a document that fits, with its kind and source', () => {
    const { value, diagnostics } = validate(GOOD);
    assert.deepEqual(diagnostics, []);
    assert.equal(value?.kind, 'Service');
    assert.equal(value?.source.file, 'a.yaml');
    assert.equal(value?.kind === 'Service' && value.value.spec.port, 4001);
  });

  it('withholds one that does not', () => {
    assert.equal(validate(GOOD.replace('port:', 'prot:')).value, undefined);
  });

  it('says a misspelt required field once', () => {
    assert.deepEqual(findings('system:', 'sytem:'), [
      'SW-205 3:30 unknown field `sytem` in `metadata` | Did you mean `system`?',
    ]);
  });

  it('marks a missing field at the key that should hold it, or at the first entry of an item', () => {
    assert.match(findings('cpu: 500m, ', '')[0] ?? '', /^SW-206 6:3 `spec.resources` needs the field `cpu` /);
    assert.match(findings('name: LEVEL, ', '')[0] ?? '', /^SW-206 8:9 `spec.env\[0\]` needs the field `name` /);
  });

  it('says where a misplaced field belongs, when there is one such place', () => {
    assert.deepEqual(findings('tier: 1', 'port: 1'), [
      'SW-205 3:48 unknown field `port` in `metadata` | Move it to `spec`, where it belongs.',
    ]);
    assert.match(
      findings('tier: 1', 'zzz: 1')[0] ?? '',
      /Known fields here are `name`, `system`, `owner` and `tier`\.$/,
    );
  });

  it('judges only the best branch of a choice', () => {
    assert.deepEqual(findings('{ rate: 10/s }', '{ rate: 10/s, brust: 2 }'), [
      'SW-205 12:44 unknown field `brust` in `spec.routes[0].rateLimits[1]` | Did you mean `burst`?',
    ]);
    assert.match(findings('standard', 'Standard')[0] ?? '', /^SW-216 .* must be in lower case/);
    assert.match(findings('standard', '[x]')[0] ?? '', /^SW-207 .* must be a text or a mapping, got a list/);
  });

  it('wants exactly one of fields that exclude each other', () => {
    assert.match(
      findings('value: INFO', 'value: A, secret: { name: a, key: k }')[0] ?? '',
      /^SW-222 8:32 `value` and `secret` exclude each other/,
    );
    assert.match(
      findings(', value: INFO', '')[0] ?? '',
      /^SW-218 8:9 `spec.env\[0\]` needs one of the fields `value` or `secret`/,
    );
  });

  it('calls a quantity by what is wrong with it', () => {
    const code = (value: string) => findings('timeout: 2s', `timeout: ${value}`).map((line) => line.slice(0, 6));
    assert.deepEqual(['15', '"15"', '15x', '1y', '-15s', '0s', 'soon', '2 s'].flatMap(code), [
      'SW-209',
      'SW-209',
      'SW-210',
      'SW-210',
      'SW-212',
      'SW-223',
      'SW-211',
      'SW-211',
    ]);
    assert.deepEqual(['1h30m', '0.5s', '200ms'].flatMap(code), []);
  });

  it('offers the unit that was meant', () => {
    const hint = (field: string, value: string) => findings(field, value)[0]?.split(' | ')[1];
    assert.equal(hint('2s', '2 minutes'), 'Did you mean `2m`?');
    assert.equal(hint('512Mi', '512MiB'), 'Did you mean `512Mi`?');
    assert.equal(hint('10/s', '10 per second'), 'Did you mean `10/s`?');
    assert.equal(hint('99.9%', '99.9'), 'Write `99.9%`.');
    assert.equal(hint('500m', '2 cores'), 'Did you mean `2`?');
    assert.equal(hint('2s', '2 s'), 'Write `2s`.');
  });

  it('corrects quotes and words for true', () => {
    assert.match(findings('port: 4001', 'port: "4001"')[0] ?? '', /Remove the quotes\.$/);
    assert.match(findings('port: 4001', 'security: { readOnlyRootFilesystem: no }')[0] ?? '', /Write `false`\.$/);
    assert.match(findings('value: INFO', 'value: 1')[0] ?? '', /Put the value in quotes if it is meant as text\.$/);
  });

  it('refuses control characters in values and keys, but not line ends', () => {
    assert.match(
      findings('value: INFO', 'value: "a\\u0007"')[0] ?? '',
      /^SW-221 8:29 `spec.env\[0\].value` holds the control character U\+0007/,
    );
    assert.equal(findings('name: ingestion', 'name: "a\\0b"').length, 1);
    assert.deepEqual(findings('value: INFO', 'value: "a\\nb\\tc"'), []);
  });

  it('shows where an alias or merge key brings in what is wrong', () => {
    const text = GOOD.replace('spec:', 'spec:\n  probes: &p { period: 5s }\n  shutdown: { <<: *p }');
    const [first, ...others] = validate(text).diagnostics;
    assert.equal(first?.message, 'unknown field `period` in `spec.shutdown`');
    assert.deepEqual([first?.span?.line, first?.span?.column], [5, 16]);
    assert.deepEqual(
      first?.related?.map(({ span, note }) => `${span.line}:${span.column} ${note}`),
      ['6:3 brought in here by an alias or merge key'],
    );
    assert.deepEqual(others, []);
  });

  it('takes a top-level `x-` key for a home of anchors, and nothing below `spec`', () => {
    const text = GOOD.replace('spec:', 'x-common: &common { memory: 512Mi, cpuu: 1 }\nspec:');
    const { value, diagnostics } = validate(text);
    assert.deepEqual(diagnostics, [], 'what nobody uses is not judged');
    assert.deepEqual(Object.keys(Object(value?.value)), ['apiVersion', 'kind', 'metadata', 'spec']);
    const used = validate(text.replace('{ cpu: 500m, memory: 512Mi }', '{ <<: *common, cpu: 500m }')).diagnostics;
    assert.deepEqual(
      used.map(({ message, span, related }) => [message, span?.line, span?.column, related?.[0]?.span.line]),
      [['unknown field `cpuu` in `spec.resources`', 4, 36, 7]],
    );
    assert.match(findings('spec:', 'spec:\n  x-common: 1')[0] ?? '', /^SW-205 5:3 unknown field `x-common`/);
  });

  it('judges the rest of a document without a version, and nothing of one with another', () => {
    assert.deepEqual(
      findings('apiVersion: seaworthy.dev/v1alpha1\n', '').map((line) => line.slice(0, 6)),
      ['SW-201'],
    );
    assert.deepEqual(
      findings('v1alpha1\nkind: Service', 'v9\nkind: Sevice').map((line) => line.slice(0, 6)),
      ['SW-202'],
    );
    assert.deepEqual(
      findings('kind: Service', 'kind: service').map((line) => line.slice(0, 10)),
      ['SW-204 2:7'],
    );
  });
});
