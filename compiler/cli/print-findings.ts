/**
 * Prints findings in the form that was asked for: to stderr for people, to stdout for machines.
 */
import type { Diagnostic, Severity } from '../diagnostics/diagnostic.ts';
import type { TreeProblem } from '../writer/report-plan.ts';
import type { Arguments, ExitStatus } from './command.ts';
import { printError, printOut, wantsColor } from './output.ts';

/** Findings of the spec, then those of the generated tree, for people each with its diff. */
export async function printFindings(
  diagnostics: readonly Diagnostic[],
  args: Arguments,
  problems: readonly TreeProblem[] = [],
): Promise<void> {
  const format = args.text('format') ?? 'human';
  const color = wantsColor(args.text('color'));
  if (format !== 'human') {
    printOut(await render([...diagnostics, ...problems.map(({ diagnostic }) => diagnostic)], format, color));
    return;
  }
  printError(await render(diagnostics, format, color));
  for (const { diagnostic, diff } of problems) {
    printError(await render([diagnostic], format, color));
    if (diff !== undefined) printError(shorten(diff));
  }
}

/** Lines of a diff that are worth reading on a terminal. */
const DIFF_LINES = 40;

function shorten(diff: string): string {
  const lines = diff.trimEnd().split('\n');
  const more = lines.length > DIFF_LINES ? [`... and ${lines.length - DIFF_LINES} more lines`] : [];
  return [...lines.slice(0, DIFF_LINES), ...more].map((line) => `    ${line}\n`).join('');
}

/** Errors always fail; warnings with `--strict`. */
export function statusOf(diagnostics: readonly Diagnostic[], args: Arguments): ExitStatus {
  const failing: readonly Severity[] = args.flag('strict') ? ['error', 'warning'] : ['error'];
  return diagnostics.some(({ severity }) => failing.includes(severity)) ? 1 : 0;
}

/** `no findings`, `1 error, 2 warnings`. */
export function countFindings(diagnostics: readonly Diagnostic[]): string {
  const words: readonly (readonly [Severity, string])[] = [
    ['error', 'error'],
    ['warning', 'warning'],
    ['info', 'note'],
  ];
  const counts = words.map(([severity, word]) => {
    const count = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    return count === 0 ? undefined : `${count} ${word}${count === 1 ? '' : 's'}`;
  });
  return counts.filter((count) => count !== undefined).join(', ') || 'no findings';
}

async function render(diagnostics: readonly Diagnostic[], format: string, color: boolean): Promise<string> {
  void color;
  if (format === 'json') return `${JSON.stringify({ diagnostics }, null, 2)}\n`;
  return diagnostics
    .map(({ code, severity, span, message, hint }) => {
      const place = span === undefined ? '' : `${span.file}:${span.line}:${span.column}  `;
      return `${place}${severity} ${code}  ${message}\n  hint: ${hint}\n`;
    })
    .join('');
}
