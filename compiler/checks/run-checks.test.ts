import assert from 'node:assert/strict';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Model } from '../resolve/model/index.ts';
import { resolve } from '../resolve/resolve.ts';
import { parseSource } from '../source/parse-source.ts';
import { compileText } from '../testing/compile-text.ts';
import { describe } from '../testing/suite.ts';
import { validateDocument } from '../validate/validate-document.ts';
import type { Check } from './check.ts';
import { runChecks } from './run-checks.ts';

const SPEC = `apiVersion: seaworthy.dev/v1alpha1
kind: System
metadata: { name: shop, owner: platform }
spec: { title: Shop, targets: { wanted: [kubernetes, loki] } }
undecided:
  - { field: runbooks, why: Nobody has chosen a home., options: [wiki, repository] }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Environment
metadata: { name: production, system: shop }
spec: { stage: production }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: api, system: shop }
spec: { port: 3000 }
`;

/** Objects to every port. */
const noPort: Check = {
  id: 'test/no-port',
  code: 'SW-499',
  severity: 'error',
  title: 'A port is open',
  why: 'For this test.',
  hint: 'Close it.',
  run: ({ services }: Model) =>
    services.map(({ name, port, origin }) => ({
      at: origin.of('port'),
      message: `${name} has port ${port}`,
      arithmetic: ['3000 > 0'],
      related: [{ at: origin.self, note: 'in this service' }],
    })),
};

describe('runChecks', (it) => {
  it('turns a finding into a diagnostic at the place of its value', () => {
    const [finding] = codesOf(run(SPEC), 'SW-499');
    assert.ok(finding);
    assert.equal(finding.severity, 'error');
    assert.equal(finding.check, 'test/no-port');
    assert.equal(finding.hint, 'Close it.');
    assert.deepEqual([finding.span?.line, finding.span?.column], [16, 15]);
    assert.deepEqual(finding.arithmetic, ['3000 > 0']);
    assert.equal(finding.related?.[0]?.note, 'in this service');
  });

  it('shows all models to a check that asks for them, selected or not', () => {
    const pairs: Check = {
      ...noPort,
      run: () => [],
      across: (models) => models.map(({ environment }) => ({ at: environment.origin.self, message: environment.name })),
    };
    const all = compileText(`${SPEC}---\n${SPEC.split('---\n')[1]?.replaceAll('production', 'staging') ?? ''}`).models;
    const [staging] = all.filter(({ environment }) => environment.name === 'staging');
    assert.ok(staging !== undefined);
    const found = runChecks({
      models: [staging],
      all,
      documents: [],
      checks: [pairs],
      unserved: () => [],
      today: '2027-01-01',
      isWhole: false,
    });
    assert.deepEqual(
      codesOf(found, 'SW-499').map(({ message }) => message),
      ['production', 'staging'],
    );
  });

  it('shows a waived finding as a fact, up to and including the last day', () => {
    const spec = withWaiver('test/no-port', '2027-03-31');
    const [finding] = codesOf(run(spec, '2027-03-31'), 'SW-499');
    assert.equal(finding?.severity, 'info');
    assert.equal(finding?.message, 'api has port 3000; waived until 2027-03-31 by ops: We know.');
    assert.deepEqual(codesOf(run(spec, '2027-03-31'), 'SW-392'), []);
  });

  it('reports the finding and the waiver once it has expired', () => {
    const found = run(withWaiver('test/no-port', '2027-03-31'), '2027-04-01');
    assert.equal(codesOf(found, 'SW-499')[0]?.severity, 'error');
    const [waiver] = codesOf(found, 'SW-392');
    assert.equal(waiver?.severity, 'error');
    assert.equal(waiver?.message, 'the waiver of `test/no-port` by ops expired on 2027-03-31');
    assert.equal(waiver?.span?.line, 18);
  });

  it('covers only the document that holds the waiver', () => {
    const spec = SPEC.replace('undecided:', `${waiver('test/no-port', '2027-03-31')}undecided:`);
    const found = run(spec);
    assert.equal(codesOf(found, 'SW-499')[0]?.severity, 'error');
    assert.equal(codesOf(found, 'SW-393').length, 1);
  });

  it('warns of a waiver that matches nothing, and offers the nearest check', () => {
    const [found] = codesOf(run(withWaiver('test/no-prot', '2027-03-31')), 'SW-393');
    assert.equal(found?.severity, 'warning');
    assert.equal(found?.hint, 'Did you mean `test/no-port`?');
  });

  it('warns of no waiver while environments are left out', () => {
    const found = run(withWaiver('test/no-prot', '2027-03-31'), '2027-01-01', false);
    assert.deepEqual(codesOf(found, 'SW-393'), []);
  });

  it('states open questions and targets that nothing is generated for', () => {
    const found = run(SPEC);
    const [question] = codesOf(found, 'SW-390');
    assert.equal(
      question?.message,
      '`runbooks` of System shop is undecided (wiki or repository), left out: Nobody has chosen a home',
    );
    assert.equal(question?.severity, 'info');
    assert.deepEqual(
      codesOf(found, 'SW-391').map(({ message }) => message),
      ['shop wants `loki`, and nothing is generated for it yet'],
    );
  });
});

const waiver = (check: string, expires: string): string =>
  `waivers:\n  - { check: ${check}, owner: ops, reason: We know., expires: '${expires}' }\n`;

const withWaiver = (check: string, expires: string): string => SPEC + waiver(check, expires);

function run(text: string, today = '2027-01-01', isWhole = true): readonly Diagnostic[] {
  const file = { path: 'spec/test.yaml', bytes: new TextEncoder().encode(text) };
  const documents = (parseSource(file).value ?? []).flatMap((source) => validateDocument(source).value ?? []);
  const { value: models = [], diagnostics } = resolve(documents);
  assert.deepEqual(diagnostics, []);
  return runChecks({ models, documents, checks: [noPort], unserved: () => ['loki'], today, isWhole });
}

const codesOf = (diagnostics: readonly Diagnostic[], code: string): readonly Diagnostic[] =>
  diagnostics.filter((diagnostic) => diagnostic.code === code);
