/**
 * The checks of `npm test` that are not test files: each is a command that must exit 0.
 */

import { runProcess } from './run-process.ts';
import type { Verdict } from './run-test-file.ts';

export interface ProjectCheck {
  readonly name: string;
  /** Arguments for Node: a package's executable or a tool of ours. */
  readonly args: readonly string[];
}

export const PROJECT_CHECKS: readonly ProjectCheck[] = [
  {
    name: 'lint and format',
    args: ['node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off', '--error-on-warnings', '.'],
  },
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '-p', '.', '--pretty', 'false'] },
  { name: 'generated sources are fresh', args: ['--import', 'tsx', 'tools/generate.ts', '--check'] },
];

export async function runCheck({ name, args }: ProjectCheck, root: string, timeoutMs: number): Promise<Verdict> {
  const { status, isTimedOut, output, seconds } = await runProcess(process.execPath, args, { cwd: root, timeoutMs });
  const isPassed = status === 0 && !isTimedOut;
  const details = isPassed ? '' : `${isTimedOut ? 'timed out' : `status ${status}`}\n${output}`.trimEnd();
  return { name, passed: isPassed ? 1 : 0, failed: isPassed ? 0 : 1, skipped: 0, seconds, details };
}
