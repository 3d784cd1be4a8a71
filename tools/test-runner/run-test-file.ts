/**
 * Runs one test file in a process of its own and judges what came back.
 *
 * Owns the verdict: a file passes only if it says what it ran, ran all of it, failed none and exited 0. Silence is a failure.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Proof, REPORT_PREFIX, type SuiteReport } from '../../compiler/testing/suite-report.ts';
import { runProcess } from './run-process.ts';

/** What a test file, or any other check, came to. */
export interface Verdict {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** What a person needs to see: why it failed and what it printed. Empty when nothing failed and nothing was skipped. */
  readonly details: string;
  /** What the tests of the file prove of controls. */
  readonly proofs?: readonly Proof[];
}

export interface TestFileOptions {
  readonly root: string;
  readonly timeoutMs: number;
}

/** Runs a test file, given by its path below the root. */
export async function runTestFile(file: string, { root, timeoutMs }: TestFileOptions): Promise<Verdict> {
  const leftover = findLeftover(readFileSync(join(root, file), 'utf8'));
  if (leftover !== undefined) {
    return { name: file, passed: 0, failed: 1, skipped: 0, seconds: 0, details: `${leftover} is left in this file` };
  }
  const result = await runProcess(process.execPath, ['--import', 'tsx', file], { cwd: root, timeoutMs });
  const report = parseReport(result.output);
  const problem = findProblem(report, result.status, result.isTimedOut ? timeoutMs : undefined);
  const { passed, failed, skipped } = report ?? { passed: 0, failed: 0, skipped: 0 };
  return {
    name: file,
    passed,
    // Whatever went wrong beside the tests counts as one failure, so that it can never vanish from the sum.
    failed: problem === undefined ? failed : Math.max(failed, 1),
    skipped,
    seconds: result.seconds,
    details: describeOutput(problem, skipped, withoutReport(result.output)),
    proofs: report?.proofs ?? [],
  };
}

/** The first `.only(` or `.skip(` in a test file's text. */
export function findLeftover(text: string): string | undefined {
  return /\b(?:it|test|describe|suite)\.(?:only|skip)(?=\s*\()/.exec(text)?.[0];
}

/** The last report in the output; undefined when there is none that can be read. */
export function parseReport(output: string): SuiteReport | undefined {
  const line = output.split('\n').findLast((candidate) => candidate.startsWith(REPORT_PREFIX));
  if (line === undefined) return undefined;
  try {
    const { registered, passed, failed, skipped, proofs = [] } = JSON.parse(line.slice(REPORT_PREFIX.length));
    const counts = [registered, passed, failed, skipped];
    return counts.every(Number.isSafeInteger) ? { registered, passed, failed, skipped, proofs } : undefined;
  } catch {
    return undefined;
  }
}

function findProblem(
  report: SuiteReport | undefined,
  status: number | undefined,
  timedOutMs: number | undefined,
): string | undefined {
  if (timedOutMs !== undefined) return `did not end within ${timedOutMs / 1000} s and was killed`;
  if (report === undefined)
    return `ended (${describeStatus(status)}) without a report; are its suites declared with describe()?`;
  if (report.registered === 0) return 'holds no test';
  const ran = report.passed + report.failed + report.skipped;
  if (ran < report.registered)
    return `ran only ${ran} of ${report.registered} tests before it ended (${describeStatus(status)})`;
  if (report.failed > 0) return `${report.failed} of ${report.registered} tests failed`;
  return status === 0 ? undefined : `ended with ${describeStatus(status)} though no test failed`;
}

function describeStatus(status: number | undefined): string {
  return status === undefined ? 'killed by a signal' : `status ${status}`;
}

function describeOutput(problem: string | undefined, skipped: number, output: string): string {
  if (problem !== undefined) return `${problem}\n${output}`.trimEnd();
  if (skipped === 0) return '';
  return output
    .split('\n')
    .filter((line) => line.startsWith('SKIPPED '))
    .join('\n');
}

function withoutReport(output: string): string {
  return output
    .split('\n')
    .filter((line) => !line.startsWith(REPORT_PREFIX))
    .join('\n');
}
