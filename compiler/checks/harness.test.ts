/**
 * Every check against its own fixtures: `invalid.yaml` trips it on exactly the lines marked `# expect`, and `valid.yaml`, the near miss,
 * does not. A check without its files, or files without a line in the registry, fails here.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spanOfOrigin } from '../resolve/model/index.ts';
import { compileText } from '../testing/compile-text.ts';
import { describe } from '../testing/suite.ts';
import type { Check } from './check.ts';
import { CHECKS } from './registry.ts';

const FOLDER = import.meta.dirname;
const FILES = ['README.md', 'check.ts', 'invalid.yaml', 'valid.yaml'];
const HEADINGS = ['## What it finds', '## Why', '## Reads from the model', '## Example', '## How to silence it'];

describe('check registry', (it) => {
  it('holds exactly the folders', () => {
    const folders = readdirSync(FOLDER, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((group) => readdirSync(join(FOLDER, group.name)).map((name) => `${group.name}/${name}`));
    assert.deepEqual(CHECKS.map((check) => check.id).sort(), folders.sort());
  });
  it('has permanent codes, once each, with a hint that ends in a period', () => {
    assert.equal(new Set(CHECKS.map((check) => check.code)).size, CHECKS.length);
    for (const check of CHECKS) {
      assert.match(check.code, /^SW-4\d\d$/);
      assert.match(check.hint, /\.$/, check.id);
      assert.doesNotMatch(check.title, /\.$/, check.id);
      assert.ok(check.why.length > 20, check.id);
    }
  });
});

for (const check of CHECKS) {
  describe(check.id, (it) => {
    it('has its files and a README with the shared headings', () => {
      for (const file of FILES) assert.ok(existsSync(join(FOLDER, check.id, file)), file);
      const readme = readFileSync(join(FOLDER, check.id, 'README.md'), 'utf8');
      assert.deepEqual(
        readme.split('\n').filter((line) => line.startsWith('## ')),
        HEADINGS,
      );
    });
    it('finds what is marked, where it is marked', () => {
      const { text, lines } = linesFound(check, 'invalid.yaml');
      const expected = text.split('\n').flatMap((line, index) => (line.endsWith('# expect') ? [index + 1] : []));
      assert.ok(expected.length > 0, 'invalid.yaml marks no line');
      assert.deepEqual(lines, expected);
    });
    it('leaves the near miss alone', () => {
      assert.deepEqual(linesFound(check, 'valid.yaml').lines, []);
    });
  });
}

/** Lines of errors and warnings, or of the notes of a check that only makes notes, over all environments of the fixture. */
function linesFound(check: Check, file: string): { readonly text: string; readonly lines: readonly number[] } {
  const text = readFileSync(join(FOLDER, check.id, file), 'utf8');
  const { models, diagnostics } = compileText(text);
  assert.deepEqual(
    diagnostics.map((diagnostic) => diagnostic.message),
    [],
  );
  const findings = [...models.flatMap((model) => check.run(model)), ...(check.across?.(models) ?? [])].filter(
    (finding) => (finding.severity ?? check.severity) !== 'info' || check.severity === 'info',
  );
  const lines = new Set(findings.map((finding) => spanOfOrigin(finding.at).line));
  return { text, lines: [...lines].sort((a, b) => a - b) };
}
