/**
 * The table of controls tells the truth: every test that says it proves a control is in it and the other way round, and where the
 * acceptance files are at hand, no control of the runtime is missing.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '../compiler/testing/suite.ts';
import { readRuntimeControls } from './controls/acceptance.ts';
import { renderTable } from './controls/render-table.ts';
import { type ClaimedProof, scanTitles } from './controls/scan-titles.ts';
import { UNPROVED } from './controls/unproved.ts';
import { ROOT } from './root.ts';
import { findTestFiles } from './test-runner/find-files.ts';

const SELF = 'tools/controls.test.ts';
const proofs = findTestFiles(ROOT, [])
  .filter((file) => file !== SELF)
  .flatMap((file) => scanTitles(file, readFileSync(join(ROOT, file), 'utf8')));
const document = readFileSync(join(ROOT, 'docs/runtime-controls.md'), 'utf8');
const controls = readRuntimeControls(join(ROOT, '../shared/acceptance'));

describe('the table of controls', (it) => {
  it('lists exactly the tests that prove a control, and all of them passed', () => {
    let control = '';
    const listed = document.split('\n').flatMap((line) => {
      const [, id = '', , test = '', result = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
      if (/^[A-Z]{3}-\d{3}$/.test(id)) control = id;
      const [, file, title] = /^`([^`]+)`: (.*)$/.exec(test) ?? [];
      if (file === undefined || title === undefined) return [];
      equal(result, 'passed', `${control}: ${title}`);
      return [formatProof({ control, file, title: title.replaceAll('\\|', '|') })];
    });
    deepEqual(listed.sort(), proofs.map(formatProof).sort());
  });

  it('has a test or a reason for every control of the runtime, and never both', () => {
    const proved = new Set(proofs.map(({ control }) => control));
    deepEqual(
      Object.keys(UNPROVED).filter((id) => proved.has(id)),
      [],
    );
    const silent = (controls ?? []).filter(({ id }) => !proved.has(id) && UNPROVED[id] === undefined);
    deepEqual(
      silent.map(({ id, requirement }) => `${id} ${requirement}`),
      [],
    );
  });

  it('names only controls that exist', () => {
    if (controls === undefined) return;
    const known = new Set(controls.map(({ id }) => id));
    deepEqual(
      [...new Set([...proofs.map(({ control }) => control), ...Object.keys(UNPROVED)])].filter((id) => !known.has(id)),
      [],
    );
  });
});

describe('scanTitles', (it) => {
  it('reads ids off titles in any quotes, and nothing else', () => {
    const source = `it('[ABC-001] [ABC-002] one :: more', f); it("it's not", f);\nit(\n  \`[ABC-003] two\`, f)`;
    deepEqual(scanTitles('a.test.ts', source), [
      { control: 'ABC-001', file: 'a.test.ts', title: 'one :: more' },
      { control: 'ABC-002', file: 'a.test.ts', title: 'one :: more' },
      { control: 'ABC-003', file: 'a.test.ts', title: 'two' },
    ]);
  });
});

describe('renderTable', (it) => {
  it('shows every proof, and says of the rest why there is none', () => {
    const asked = ['ABC-001', 'ABC-002'].map((id) => ({ id, requirement: `asks ${id} | so`, scope: 'in' }));
    const text = renderTable(asked, [{ control: 'ABC-001', file: 'a.test.ts', title: 'one', result: 'passed' }], {
      'ABC-002': 'the product does it',
    });
    match(text, /^1 of 2 controls are proved by 1 tests\./);
    match(text, /\| ABC-001 \| asks ABC-001 \\\| so \| `a\.test\.ts`: one \| passed \|/);
    match(text, /\| ABC-002 \| asks ABC-002 \\\| so \| the product does it \| not proved \|/);
  });
});

const formatProof = ({ control, file, title }: ClaimedProof): string => `${control} ${file}: ${title}`;
