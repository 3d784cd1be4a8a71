/**
 * Prints findings in the form that was asked for: to stderr for people, to stdout for machines.
 *
 * Owns what a form needs beside the findings: excerpts of the files, and what is known about the codes of checks.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CHECKS } from '../checks/registry.ts';
import { findCode } from '../diagnostics/codes.ts';
import type { CodeInfo, Diagnostic, Severity } from '../diagnostics/diagnostic.ts';
import type { TreeProblem } from '../writer/report-plan.ts';
import type { Arguments, ExitStatus } from './command.ts';
import { printError, printOut, wantsColor } from './output.ts';

/** Findings of the spec, then those of the generated tree; people see the diffs of the tree first, and the verdict last. */
export async function printFindings(
  diagnostics: readonly Diagnostic[],
  args: Arguments,
  problems: readonly TreeProblem[] = [],
): Promise<void> {
  const all = [...diagnostics, ...problems.map(({ diagnostic }) => diagnostic)];
  const format = args.text('format') ?? 'human';
  if (format !== 'human') {
    printOut(await renderForMachine(all, format));
    return;
  }
  for (const { diff } of problems) if (diff !== undefined) printError(`${shorten(diff)}\n`);
  const { renderHuman } = await import('../diagnostics/render-human.ts');
  const width = process.stderr.columns;
  printError(
    renderHuman(all, {
      source: readSource,
      colour: wantsColor(args.text('color')),
      why: (code) => infoOf(code)?.why,
      ...(width !== undefined && { width }),
    }),
  );
}

/** Errors always fail; warnings with `--strict`. */
export function statusOf(diagnostics: readonly Diagnostic[], args: Arguments): ExitStatus {
  const failing: readonly Severity[] = args.flag('strict') ? ['error', 'warning'] : ['error'];
  return diagnostics.some(({ severity }) => failing.includes(severity)) ? 1 : 0;
}

/** What the tables say about a code of a stage or a check. */
const infoOf = (code: string): CodeInfo | undefined => findCode(code) ?? CHECKS.find((check) => check.code === code);

async function renderForMachine(diagnostics: readonly Diagnostic[], format: string): Promise<string> {
  if (format === 'json')
    return (await import('../diagnostics/render-json.ts')).renderJson(diagnostics, (code) => infoOf(code)?.why);
  if (format === 'github') {
    // GitHub shows ten annotations of a kind and no more; notes would stand on every pull request and say nothing new.
    const { renderGithub } = await import('../diagnostics/render-github.ts');
    return renderGithub(diagnostics.filter(({ severity }) => severity !== 'info'));
  }
  const { renderSarif } = await import('../diagnostics/render-sarif.ts');
  const { VERSION, HOME_PAGE } = await import('../version.ts');
  return renderSarif(diagnostics, {
    version: VERSION,
    info: infoOf,
    informationUri: HOME_PAGE,
    helpUri: (code) => `${HOME_PAGE}/reference#${code.toLowerCase()}`,
    resolve: (path) => resolve(path).replaceAll('\\', '/'),
  });
}

/** For excerpts only: a file that cannot be read is named without one. */
function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch {
    return undefined;
  }
}

/** Lines of a diff that are worth reading on a terminal. */
const DIFF_LINES = 40;

function shorten(diff: string): string {
  const lines = diff.trimEnd().split('\n');
  const more = lines.length > DIFF_LINES ? [`... and ${lines.length - DIFF_LINES} more lines`] : [];
  return [...lines.slice(0, DIFF_LINES), ...more].map((line) => `${line}\n`).join('');
}
