/**
 * `npm test [-- pattern...]`: everything that must hold, ending in one line `N passed, N failed`.
 *
 * Owns the order: real tools first, then the project's checks and every test file, two at a time, each in its own process. With
 * patterns, only the test files whose path contains one. Relies on `test-runner/` for running and judging.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCi } from '../compiler/testing/real-tools.ts';
import { installTools } from './install-tools.ts';
import { claimedIn } from './requirements/scan-titles.ts';
import { judgeShown } from './requirements/shown-by.ts';
import { ROOT } from './root.ts';
import { findSources, findTestFiles } from './test-runner/find-files.ts';
import { PROJECT_CHECKS, runCheck } from './test-runner/run-check.ts';
import { runTestFile, type Verdict } from './test-runner/run-test-file.ts';
import { formatTotals, formatVerdict, isSuccess, judgeFloor } from './test-runner/totals.ts';

/** Fewer than this means that tests were lost, not that they pass. Raise both when you add tests. */
const FLOOR = { files: 250, tests: 3100 };

const TIMEOUT_MS = 180_000;
const PARALLEL = 2;

const patterns = process.argv.slice(2);
const isWhole = patterns.length === 0;
const files = findTestFiles(ROOT, patterns);
const missing = installTools(isWhole ? findSources(ROOT) : files);

const jobs: readonly (() => Promise<Verdict>)[] = [
  ...(isWhole ? PROJECT_CHECKS.map((check) => () => runCheck(check, ROOT, TIMEOUT_MS)) : []),
  ...files.map((file) => () => runTestFile(file, { root: ROOT, timeoutMs: TIMEOUT_MS })),
];
const verdicts = await runAll(jobs);
const floor = judgeFloor(verdicts, files.length, isWhole ? FLOOR : { files: 1, tests: 0 });
if (floor !== undefined) verdicts.push(report(floor));
const untold = judgeShown(verdicts, claimedIn(ROOT, files), readFileSync(join(ROOT, 'docs/requirements.md'), 'utf8'));
if (untold !== undefined) verdicts.push(report(untold));

if (missing.length > 0)
  console.log(`missing tools: ${missing.join(', ')}${isCi() ? ' (a failure where CI=true)' : ''}`);
console.log(formatTotals(verdicts));
process.exitCode = isSuccess(verdicts) ? 0 : 1;

/** Runs all jobs, a few at a time, and reports each as it ends. */
async function runAll(waiting: readonly (() => Promise<Verdict>)[]): Promise<Verdict[]> {
  const done: Verdict[] = [];
  const queue = [...waiting];
  const work = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) done.push(report(await job()));
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return done;
}

function report(verdict: Verdict): Verdict {
  console.log(formatVerdict(verdict));
  return verdict;
}
