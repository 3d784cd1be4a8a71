/**
 * From verdicts to the lines that people and CI read.
 */
import type { Verdict } from './run-test-file.ts';

export interface Floor {
  readonly files: number;
  readonly tests: number;
}

/** A failed verdict when fewer test files or tests ran than there must be. */
export function judgeFloor(verdicts: readonly Verdict[], files: number, floor: Floor): Verdict | undefined {
  const tests = sum(verdicts, 'passed') + sum(verdicts, 'failed') + sum(verdicts, 'skipped');
  if (files >= floor.files && tests >= floor.tests) return undefined;
  const details = `found ${files} test files and ${tests} tests; there must be at least ${floor.files} and ${floor.tests}`;
  return { name: 'enough tests', passed: 0, failed: 1, skipped: 0, seconds: 0, details };
}

/** One line for what passed; for what did not, also what it printed. */
export function formatVerdict({ name, passed, failed, skipped, seconds, details }: Verdict): string {
  const mark = failed > 0 ? 'FAIL' : 'ok  ';
  const counts = skipped > 0 ? `${passed}, ${skipped} skipped` : `${passed}`;
  const line = `${mark} ${name} (${counts}, ${seconds.toFixed(1)} s)`;
  return details === '' ? line : `${line}\n${indent(details)}`;
}

/** The last line of a run. */
export function formatTotals(verdicts: readonly Verdict[]): string {
  const skipped = sum(verdicts, 'skipped');
  const totals = `${sum(verdicts, 'passed')} passed, ${sum(verdicts, 'failed')} failed`;
  return skipped > 0 ? `${totals}, ${skipped} skipped` : totals;
}

export function isSuccess(verdicts: readonly Verdict[]): boolean {
  return verdicts.length > 0 && sum(verdicts, 'failed') === 0 && sum(verdicts, 'passed') > 0;
}

function sum(verdicts: readonly Verdict[], field: 'passed' | 'failed' | 'skipped'): number {
  return verdicts.reduce((total, verdict) => total + verdict[field], 0);
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `     ${line}`))
    .join('\n');
}
