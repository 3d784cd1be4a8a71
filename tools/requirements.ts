/**
 * `npm run requirements [-- pattern...]`: runs every test that names a requirement, and writes docs/requirements.md. With patterns, only
 * the files whose path contains one are run, and the others keep the result that the document has of them; `-- none` runs nothing.
 *
 * Owns the document. Requirements and audits stand beside the project; without them the document keeps those that it has.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installTools } from './install-tools.ts';
import { readAudits, readRequirements } from './requirements/acceptance.ts';
import { type Asked, judge, type Shown } from './requirements/judge.ts';
import { parseDocument, renderDocument } from './requirements/render.ts';
import { type ClaimedProof, claimedIn } from './requirements/scan-titles.ts';
import { shownBy } from './requirements/shown-by.ts';
import { readStatements } from './requirements/statements.ts';
import { ROOT } from './root.ts';
import { findTestFiles } from './test-runner/find-files.ts';
import { runTestFile } from './test-runner/run-test-file.ts';
import { formatVerdict } from './test-runner/totals.ts';

const DOCUMENT = join(ROOT, 'docs/requirements.md');
const TIMEOUT_MS = 300_000;

const known = parseDocument(readFileSync(DOCUMENT, 'utf8'));
const audits = readAudits(join(ROOT, '../shared/audit'));
const asked: readonly Asked[] =
  readRequirements(join(ROOT, '../shared/acceptance'))?.map((one) => ({ ...one, audited: audits?.get(one.id) })) ??
  known.asked;
const patterns = process.argv.slice(2);
const isMeant = (file: string): boolean => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern));
const claimed = claimedIn(
  ROOT,
  findTestFiles(ROOT, []).filter((file) => file !== 'tools/requirements.test.ts'),
);
const naming = [...new Set(claimed.map(({ file }) => file))];
const titles = new Set(claimed.map(keyOf));
installTools(naming.filter(isMeant));

const shown: Shown[] = known.shown.filter((one) => titles.has(keyOf(one)) && !isMeant(one.file));
for (const file of naming.filter(isMeant)) {
  const verdict = await runTestFile(file, { root: ROOT, timeoutMs: TIMEOUT_MS });
  console.log(formatVerdict(verdict));
  shown.push(...shownBy(verdict, claimed));
}
const said = readStatements();
const rows = asked.map((one) => judge(one, shown, said));
writeFileSync(DOCUMENT, renderDocument(rows));
const failed = shown.filter(({ result }) => result !== 'passed');
for (const { file, title, result } of failed) console.error(`${result}: ${file}: ${title}`);
console.log(
  `wrote docs/requirements.md: ${rows.filter(({ state }) => state === 'proved').length} of ${rows.length} proved`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function keyOf({ requirement, file, title }: ClaimedProof): string {
  return `${requirement} ${file} ${title}`;
}
