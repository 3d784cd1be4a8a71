/**
 * Says what is wrong between the spec and the tree, as findings in the generated files.
 *
 * Owns the wording for refusals and for `--check`, and the short diffs. A finding points at the first line that differs, so that an
 * annotation in a pull request lands where somebody edited.
 */
import { createTwoFilesPatch } from 'diff';
import { GENERATED } from '../diagnostics/codes/generated.ts';
import type { CodeInfo, Diagnostic } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/make-diagnostic.ts';
import type { WriterHost } from './host.ts';
import { type EnvironmentPlan, type FileAction, keyOf, type WritePlan } from './plan-writes.ts';

/** A finding and, where both sides are text, how they differ. */
export interface TreeProblem {
  readonly diagnostic: Diagnostic;
  /** Unified diff from what is on the disk to what the spec says, as `git diff` would show the next compile. */
  readonly diff: string | undefined;
}

/** Why nothing was written. */
export const reportRefusals = (plan: WritePlan, root: string, host: WriterHost): readonly TreeProblem[] =>
  plan.environments
    .flatMap((environment) =>
      environment.actions
        .filter(({ kind }) => kind === 'refuse')
        .map((action) => reportAction(action, environment, root, host)),
    )
    .filter((problem) => problem !== undefined);

/** Everything that keeps the tree from being exactly what the spec says. */
export function reportDifferences(plan: WritePlan, root: string, host: WriterHost): readonly TreeProblem[] {
  const absent = plan.environments.filter(isAbsent);
  if (absent.length > 0 && absent.length === plan.environments.length && plan.orphans.length === 0)
    return [reportAbsent(root, absent)];
  const files = plan.environments.flatMap((environment) =>
    isAbsent(environment)
      ? [reportAbsent(`${root}/${keyOf(environment)}`, [environment])]
      : environment.actions.map((action) => reportAction(action, environment, root, host)),
  );
  const orphans = plan.orphans.map((path) => foreign(`${root}/${path}`));
  return [...files.filter((problem) => problem !== undefined), ...orphans];
}

/** Nothing of it is there, as in a fresh checkout of a project that does not commit its tree. */
const isAbsent = ({ actions }: EnvironmentPlan): boolean =>
  actions.length > 0 && actions.every(({ kind }) => kind === 'create');

/** One line for a whole folder: the list of its files would say nothing more. */
function reportAbsent(folder: string, environments: readonly EnvironmentPlan[]): TreeProblem {
  const files = environments.reduce((sum, { actions }) => sum + actions.length, 0);
  const message = `${folder} holds none of the ${files} files that the spec asks for`;
  return { diagnostic: makeDiagnostic(GENERATED.missing, { message }), diff: undefined };
}

function reportAction(
  action: FileAction,
  environment: EnvironmentPlan,
  root: string,
  host: WriterHost,
): TreeProblem | undefined {
  const path = action.path.startsWith('/') ? `${root}${action.path}` : `${root}/${keyOf(environment)}/${action.path}`;
  switch (action.kind) {
    case 'keep':
      return undefined;
    case 'create':
      return problem(GENERATED.missing, path, 'the spec asks for this file, and it is missing');
    case 'remove':
      return problem(GENERATED.stale, path, 'the spec no longer asks for this file');
    case 'foreign':
      return foreign(path);
    case 'update':
      return different(GENERATED.different, path, 'this file is not what the spec says', action.text, host);
    case 'refuse':
      return refusal(action, path, host);
  }
}

function refusal(action: FileAction & { readonly kind: 'refuse' }, path: string, host: WriterHost): TreeProblem {
  switch (action.reason) {
    case 'edited':
      return action.text === undefined
        ? problem(GENERATED.edited, path, 'this file was edited by hand, and the spec no longer asks for it')
        : different(GENERATED.edited, path, 'this generated file was edited by hand', action.text, host);
    case 'foreign':
      return different(
        GENERATED.foreignInTheWay,
        path,
        'this file is not from the compiler and stands where one of its files has to be',
        action.text ?? '',
        host,
      );
    case 'obstacle':
      return problem(
        GENERATED.obstacle,
        path,
        'something else stands where the compiler needs a plain file or folder of its own',
      );
  }
}

const foreign = (path: string): TreeProblem => problem(GENERATED.foreign, path, 'this file is not from the compiler');

const WHOLE_LINE = { line: 1, column: 1, endColumn: 1 };

function problem(info: CodeInfo, file: string, message: string, place = WHOLE_LINE, diff?: string): TreeProblem {
  const { line, column, endColumn } = place;
  const span = { file, line, column, endLine: line, endColumn };
  return { diagnostic: makeDiagnostic(info, { message, span }), diff };
}

/** Longest file that is worth a line by line diff, in bytes. */
const DIFF_LIMIT = 1_000_000;

function different(info: CodeInfo, file: string, message: string, wanted: string, host: WriterHost): TreeProblem {
  const bytes = host.kindOf(file) === 'file' ? Buffer.from(host.read(file)) : Buffer.alloc(0);
  const found = bytes.toString('utf8');
  if (bytes.length > DIFF_LIMIT || bytes.includes(0)) return problem(info, file, message);
  const patch = createTwoFilesPatch(file, file, found, wanted, 'on the disk', 'what the spec says', {
    context: 2,
    timeout: 200,
  });
  return problem(info, file, message, firstDifference(wanted, found), patch?.replace(/^(?:Index: .*|=+)\n/gm, ''));
}

/** Where the second text parts from the first: the line without its indentation. */
function firstDifference(wanted: string, found: string): typeof WHOLE_LINE {
  const [left, right] = [wanted.split('\n'), found.split('\n')];
  const index = right.findIndex((text, line) => text !== left[line]);
  const line = index === -1 ? right.length - 1 : index;
  const text = right[line] ?? '';
  return { line: line + 1, column: text.length - text.trimStart().length + 1, endColumn: text.length + 1 };
}
