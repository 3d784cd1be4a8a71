/**
 * The table of requirements tells the truth: what it says of tests is in their titles, what it says of artifacts is in the trees, and it
 * agrees with the audits or says why not. What a test showed of which tree is compared by `npm test` itself, after the run.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiledSystem, SYSTEMS } from '../compiler/testing/compiled-system.ts';
import { describe } from '../compiler/testing/suite.ts';
import { readAudits, readRequirements } from './requirements/acceptance.ts';
import { checkAssertion } from './requirements/check-assertion.ts';
import { compareWithAudit, judge, NOBODY, type Shown, systemOf } from './requirements/judge.ts';
import { parseDocument, renderDocument } from './requirements/render.ts';
import { type ClaimedProof, scanTitles } from './requirements/scan-titles.ts';
import { judgeShown } from './requirements/shown-by.ts';
import { readStatements } from './requirements/statements.ts';
import { ROOT } from './root.ts';
import { findTestFiles } from './test-runner/find-files.ts';

const SELF = 'tools/requirements.test.ts';
const sources = findTestFiles(ROOT, []).map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
const titles = sources.filter(({ file }) => file !== SELF).flatMap(({ file, text }) => scanTitles(file, text));
const document = readFileSync(join(ROOT, 'docs/requirements.md'), 'utf8');
const { asked, shown } = parseDocument(document);
const said = readStatements();
const rows = asked.map((one) => judge(one, shown, said));

describe('the table of requirements', (it) => {
  it('is what follows from its evidence and the lists :: totals, states and reasons', () => {
    equal(document, renderDocument(rows), 'run `npm run requirements -- none`');
  });

  it('lists exactly the tests that name a requirement, and all of them passed', () => {
    const format = ({ requirement, file, title }: ClaimedProof): string => `${requirement} ${file}: ${title}`;
    deepEqual(shown.map(format).sort(), titles.map(format).sort());
    deepEqual(
      shown.filter(({ result }) => result !== 'passed').map(({ file, title }) => `${file}: ${title}`),
      [],
    );
  });

  it('says of everything that is neither proved nor compiled what is missing', () => {
    const silent = rows.filter(({ missing, differs }) => missing === NOBODY || differs === NOBODY);
    deepEqual(
      silent.map(({ id, state, audited }) => `${id} ${state}, audited ${audited}`),
      [],
    );
  });

  it('says nothing of requirements that do not exist, and no two things of one', () => {
    const known = new Set(asked.map(({ id }) => id));
    const ids = [
      ...Object.keys({ ...said.open, ...said.compiled, ...said.out, ...said.audit }),
      ...shown.map((one) => one.requirement),
    ];
    deepEqual(
      ids.filter((id) => !known.has(id)),
      [],
    );
    deepEqual(
      Object.keys(said.out).filter((id) => said.open[id] !== undefined),
      [],
    );
    const needless = rows.filter((row) => said.audit[row.id] !== undefined && row.differs === '');
    deepEqual(
      needless.map(({ id }) => id),
      [],
    );
  });

  it('names artifacts that hold what it says', () => {
    const wrong = SYSTEMS.flatMap((system) => {
      const environments = ['production', 'staging', 'development', 'repository'];
      const files = new Map(
        environments.flatMap((environment) => {
          const tree = compiledSystem(system, environment);
          return listOf(tree).map((path) => [`${environment}/${path}`, tree.read(path)] as const);
        }),
      );
      return Object.entries(said.compiled)
        .filter(([id]) => systemOf(id) === system)
        .flatMap(([id, assertions]) => assertions.map((one) => [id, checkAssertion(one, files)]));
    }).filter(([, problem]) => problem !== undefined);
    deepEqual(wrong, []);
  });

  it('has all 618 requirements, word for word, where the acceptance files are at hand', () => {
    equal(asked.length, 618);
    const wanted = readRequirements(join(ROOT, '../shared/acceptance'));
    if (wanted === undefined) return;
    const audits = readAudits(join(ROOT, '../shared/audit'));
    deepEqual(
      asked,
      wanted.map((one) => ({ ...one, audited: audits?.get(one.id) })),
    );
  });

  it('takes compiled policies as they are :: no test that names a requirement spreads one', () => {
    const bent = sources.flatMap(({ file, text }) =>
      [...text.matchAll(/\b(\w+) = (?:\w+|compiledSystem\([^)]*\))\.policy\(/g)]
        .filter(([, name]) => new RegExp(`(?:\\.\\.\\.|structuredClone\\()${name}\\b(?!\\.)`).test(text))
        .map(([, name]) => `${file}: ${name}`),
    );
    deepEqual(bent, []);
  });
});

describe('the state of a requirement', (it) => {
  const asks = (id: string) => ({ id, requirement: `asks ${id} | so`, realizedBy: ['runtime'], audited: undefined });
  const test = (requirement: string, trees: readonly string[], result = 'passed'): Shown => {
    return { requirement, file: 'a.test.ts', title: 'one | two', result, trees };
  };
  const nothing = { open: {}, compiled: {}, out: {}, audit: {} };
  const stateOf = (tests: readonly Shown[], statements: Partial<typeof nothing> = {}) =>
    judge(asks('SIQ-001'), tests, { ...nothing, ...statements }).state;

  it('is proved by its own tree only', () => {
    equal(stateOf([test('SIQ-001', ['sentientiq/production'])]), 'proved');
    equal(stateOf([test('SIQ-001', ['jamey/production'])]), 'mechanism');
    equal(stateOf([test('SIQ-001', [])]), 'mechanism');
    equal(stateOf([test('SIQ-002', ['sentientiq/production'])]), 'open');
    equal(stateOf([test('SIQ-001', ['sentientiq/production'], 'failed')]), 'open');
    equal(stateOf([test('SIQ-001', ['sentientiq/production'], 'skipped')]), 'open');
  });

  it('is open while something is missing, whatever is shown', () => {
    const open = { 'SIQ-001': 'the alert' };
    equal(stateOf([], { open }), 'open');
    equal(stateOf([test('SIQ-001', [])], { open }), 'mechanism');
    equal(stateOf([test('SIQ-001', ['sentientiq/production'])], { open }), 'open');
    const compiled = { 'SIQ-001': [{ file: 'a', line: 'b' }] };
    equal(stateOf([], { compiled }), 'compiled');
    equal(stateOf([], { compiled, open }), 'open');
    equal(stateOf([test('SIQ-001', [])], { out: { 'SIQ-001': 'the product does it' } }), 'out');
  });

  it('is compared with the audit', () => {
    const compare = (audited: 'absent' | 'partial' | 'compiled' | 'proven' | 'out') =>
      (['open', 'mechanism', 'compiled', 'proved', 'out'] as const).map((state) => compareWithAudit(audited, state));
    deepEqual(compare('absent'), ['same', 'more', 'more', 'more', 'less']);
    deepEqual(compare('partial'), ['same', 'same', 'more', 'more', 'less']);
    deepEqual(compare('compiled'), ['less', 'less', 'same', 'more', 'less']);
    deepEqual(compare('proven'), ['less', 'less', 'less', 'same', 'less']);
    deepEqual(compare('out'), ['less', 'less', 'less', 'less', 'same']);
  });

  it('is written and read back', () => {
    const row = judge(
      { ...asks('SIQ-001'), audited: 'proven' },
      [test('SIQ-001', []), test('SIQ-001', ['sentientiq/staging'])],
      nothing,
    );
    const text = renderDocument([row]);
    match(
      text,
      /\| SIQ-001 \| asks SIQ-001 \\\| so \| runtime \| proved \| `a\.test\.ts`: one \\\| two \(passed on its own\)<br>/,
    );
    const read = parseDocument(text);
    deepEqual(read.asked, [{ ...asks('SIQ-001'), audited: 'proven' }]);
    deepEqual(read.shown, row.tests);
  });

  it('in the document is what the run showed', () => {
    const proof = { controls: ['SIQ-001'], title: 'one', result: 'passed', trees: ['sentientiq/production'] } as const;
    const verdict = (isOwn: boolean) => [
      { name: 'a.test.ts', passed: 1, failed: 0, skipped: 0, seconds: 0, details: '', proofs: [{ ...proof, isOwn }] },
    ];
    const text = renderDocument([
      judge(asks('SIQ-001'), [{ ...test('SIQ-001', ['sentientiq/production']), title: 'one' }], nothing),
    ]);
    const claimed = [{ requirement: 'SIQ-001', file: 'a.test.ts', title: 'one' }];
    equal(judgeShown(verdict(false), claimed, text), undefined);
    match(judgeShown(verdict(true), claimed, text)?.details ?? '', /SIQ-001 `a\.test\.ts`: one \(passed on its own\)/);
  });
});

describe('scanTitles', (it) => {
  it('reads ids off titles in any quotes, and nothing else', () => {
    const source = `it('[ABC-001] [ABC-002] one :: more', f); it("it's not", f);\nit(\n  \`[ABC-003] two\`, f)`;
    deepEqual(scanTitles('a.test.ts', source), [
      { requirement: 'ABC-001', file: 'a.test.ts', title: 'one :: more' },
      { requirement: 'ABC-002', file: 'a.test.ts', title: 'one :: more' },
      { requirement: 'ABC-003', file: 'a.test.ts', title: 'two' },
    ]);
  });
});

describe('an assertion about an artifact', (it) => {
  const files = new Map([
    ['production/a/x.yaml', 'groups:\n  - name: alerts\n    rules: [{ alert: Down, for: 5m, labels: { a: 1 } }]\n'],
    ['production/a/y.json', '{"a/b": [1, 2]}'],
    ['production/a/z.conf', 'http {\n  limit 10;\n}\n'],
  ]);
  const check = (one: Parameters<typeof checkAssertion>[0]) => checkAssertion(one, files);
  it('holds for a line, a place, and in every file that fits', () => {
    equal(check({ file: 'production/a/z.conf', line: 'limit 10;' }), undefined);
    equal(check({ file: 'production/a/x.yaml', at: '/groups/alerts/rules/Down/for', is: '5m' }), undefined);
    equal(check({ file: 'production/a/x.yaml', at: '/groups/0/rules/0', is: { labels: { a: 1 } } }), undefined);
    equal(check({ file: 'production/*/y.json', at: '/a~1b', is: [1, 2] }), undefined);
  });
  it('says what is there instead', () => {
    match(check({ file: 'production/a/z.conf', line: 'limit 1;' }) ?? '', /no line limit 1;/);
    match(check({ file: 'production/a/x.yaml', at: '/groups/alerts/rules/Up/for', is: '5m' }) ?? '', /is undefined/);
    match(check({ file: 'production/a/*', line: 'http {' }) ?? '', /3 files, expected 1/);
    match(check({ file: 'production/a/*', count: 3, line: 'http {' }) ?? '', /x\.yaml: no line/);
    match(check({ file: 'production/a/y.json' }) ?? '', /either a line or a place/);
    match(check({ file: 'production/a/y.json', at: '/b' }) ?? '', /is undefined/);
  });
});

function listOf(tree: ReturnType<typeof compiledSystem>): readonly string[] {
  try {
    return tree.list();
  } catch {
    return [];
  }
}
