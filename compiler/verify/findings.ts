/**
 * What the tools said, as findings.
 *
 * Owns which code a problem has, and the place in the generated tree that a tool names somewhere in its output.
 */
import { compareTexts } from '../../schemas/data/texts.ts';
import { VERIFIED } from '../diagnostics/codes/verify.ts';
import type { CodeInfo, Diagnostic, SourceSpan } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/make-diagnostic.ts';
import { sortDiagnostics } from '../diagnostics/sort-diagnostics.ts';
import type { Problem } from './tool.ts';
import type { MissingTool, ToolResult, VerifyReport } from './verify-tree.ts';

export interface FindingOptions {
  /** The folder of the generated tree, as paths of files begin with it. */
  readonly root: string;
  /** Whether everything must have been looked at: then what was not is an error. */
  readonly isRequired: boolean;
  /** Whether somebody said where the schemas are: then one that is missing is an error. */
  readonly hasSchemas: boolean;
}

const INFO: Readonly<Record<Problem['kind'], CodeInfo>> = {
  refused: VERIFIED.refused,
  unjudged: VERIFIED.unjudged,
  'without-schema': VERIFIED.withoutSchema,
};

/** Lines of a tool's output that are worth repeating. */
const MOST_LINES = 30;

export function verifyFindings({ results, missing }: VerifyReport, options: FindingOptions): readonly Diagnostic[] {
  const { isRequired, hasSchemas } = options;
  const isStrict = (kind: Problem['kind']): boolean => isRequired || (kind === 'without-schema' && hasSchemas);
  return sortDiagnostics([
    ...results.flatMap((result) =>
      result.problems.map((problem) => asError(isStrict(problem.kind), describe(problem, result, options.root))),
    ),
    ...missing.map((tool) => asError(isRequired, describeMissing(tool))),
  ]);
}

function describe(problem: Problem, result: ToolResult, root: string): Diagnostic {
  const lines = problem.output.split('\n').filter((line) => line.trim() !== '');
  const more = lines.length > MOST_LINES ? [`and ${lines.length - MOST_LINES} more lines`] : [];
  const says = { refused: 'refuses', unjudged: 'could not judge', 'without-schema': 'did not look into all of' };
  return makeDiagnostic(INFO[problem.kind], {
    message: `${result.tool} ${says[problem.kind]} ${result.subject}`,
    span: placeOf(problem, result, root),
    arithmetic: [...lines.slice(0, MOST_LINES), ...more],
    hint: problem.hint,
  });
}

const describeMissing = ({ tool, subjects, install }: MissingTool): Diagnostic =>
  makeDiagnostic(VERIFIED.notInstalled, {
    message: `${tool} is not installed, so ${subjects === 1 ? '1 check proves' : `${subjects} checks prove`} nothing here`,
    hint: `Get it: ${install}.`,
  });

const asError = (isError: boolean, diagnostic: Diagnostic): Diagnostic =>
  isError ? { ...diagnostic, severity: 'error' } : diagnostic;

/** `nginx/conf.d/x.conf:3`, `prometheus/rules/a.yaml: 12:9:` or a path alone; what is refused without a name is in the first file. */
function placeOf({ kind, file, output }: Problem, { folder, files }: ToolResult, root: string): SourceSpan | undefined {
  const named = file ?? longestFirst(files).find((path) => output.includes(path));
  const path = named ?? (kind === 'refused' ? files[0] : undefined);
  if (path === undefined) return undefined;
  const after = named === undefined ? '' : output.slice(output.indexOf(named) + named.length);
  const [, line = '1', column = '1'] = /^"?: ?(\d+)(?::(\d+))?/.exec(after) ?? [];
  const at = { line: Math.max(Number(line), 1), column: Math.max(Number(column), 1) };
  return { file: `${root}/${folder}/${path}`, ...at, endLine: at.line, endColumn: at.column };
}

/** A path can be the beginning of another one. */
const longestFirst = (files: readonly string[]): readonly string[] =>
  [...files].sort((a, b) => b.length - a.length || compareTexts(a, b));
