/**
 * What a compile does to the generated tree, or finds in it, in words.
 */
import { GENERATED } from '../diagnostics/codes/generated.ts';
import { makeDiagnostic } from '../diagnostics/make-diagnostic.ts';
import { diskHost } from '../writer/host.ts';
import { keyOf, type WritePlan } from '../writer/plan-writes.ts';
import type { TreeProblem } from '../writer/report-plan.ts';
import { SwapConflict } from '../writer/swap.ts';
import { workPaths } from '../writer/work-folder.ts';
import { isInterrupted, makePlan, type WriteOutcome, type WriteRequest, writeTree } from '../writer/write-plan.ts';
import { UsageError } from './command.ts';
import { reasonOf } from './disk-failures.ts';

export type TreeReport =
  | { readonly kind: 'not-compiled' }
  /** `changes` is a phrase such as `3 created, 1 removed`; `isExact` when nothing else is in the folders. */
  | {
      readonly kind: 'as-wanted';
      readonly changes: string;
      readonly notes: readonly string[];
      readonly files: readonly FileDigest[];
    }
  | { readonly kind: 'problems'; readonly problems: readonly TreeProblem[]; readonly verdict: string };

/** Path within the tree, and the file's text. */
export type FileDigest = readonly [path: string, text: string];

/** Brings the tree to what was compiled. */
export async function updateTree(request: WriteRequest): Promise<TreeReport> {
  const outcome = write(request);
  switch (outcome.kind) {
    case 'held':
      throw new UsageError(
        outcome.pid === 0
          ? `something that is no compile stands at ${workPaths(request.root).lock}`
          : `another compile is writing to ${request.root} (process ${outcome.pid} on ${outcome.machine})`,
        `Wait for it; if there is none, remove ${workPaths(request.root).lock}.`,
      );
    case 'refused': {
      const { reportRefusals } = await import('../writer/report-plan.ts');
      const problems = reportRefusals(outcome.plan, request.root, diskHost);
      return { kind: 'problems', problems, verdict: `${count(problems.length, 'file')} refused; nothing was written` };
    }
    case 'written': {
      const left = listForeign(outcome.plan, request.root);
      const notes = left.map((path) => `left alone: ${path} is not from the compiler`);
      return {
        kind: 'as-wanted',
        changes: describeChanges(outcome.plan),
        notes,
        files: left.length > 0 ? [] : filesOf(request),
      };
    }
  }
}

/** Compares the tree with what was compiled, and writes nothing. */
export async function checkTree(request: WriteRequest): Promise<TreeReport> {
  const { reportDifferences } = await import('../writer/report-plan.ts');
  const { root } = request;
  const interrupted: readonly TreeProblem[] = isInterrupted(root)
    ? [
        {
          diagnostic: makeDiagnostic(GENERATED.interrupted, { message: `a compile of ${root} was interrupted` }),
          diff: undefined,
        },
      ]
    : [];
  const problems = [...interrupted, ...reportDifferences(makePlan(request), root, diskHost)];
  if (problems.length === 0) return { kind: 'as-wanted', changes: 'as the spec says', notes: [], files: [] };
  return {
    kind: 'problems',
    problems,
    verdict: `${root} is not what the spec says: ${count(problems.length, 'difference')}`,
  };
}

function write(request: WriteRequest): WriteOutcome {
  try {
    return writeTree(request);
  } catch (error) {
    if (error instanceof SwapConflict) {
      const { replaced, commit } = workPaths(request.root);
      const hint = `Compare it with ${replaced}/${error.environment}, then remove ${commit} and compile again.`;
      throw new UsageError(error.message, hint);
    }
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new UsageError(`${request.root} cannot be written: ${reason}`, 'What was there before is still there.');
  }
}

function describeChanges({ environments }: WritePlan): string {
  const actions = environments.flatMap((environment) => environment.actions);
  const phrases = (['create', 'update', 'remove'] as const).map((kind) => {
    const number = actions.filter((action) => action.kind === kind && action.path !== 'index.json').length;
    return number === 0 ? undefined : `${number} ${kind}d`;
  });
  return phrases.filter((phrase) => phrase !== undefined).join(', ') || 'unchanged';
}

const listForeign = ({ environments, orphans }: WritePlan, root: string): readonly string[] => [
  ...environments.flatMap((environment) =>
    environment.actions
      .filter(({ kind }) => kind === 'foreign')
      .map(({ path }) => `${root}/${keyOf(environment)}/${path}`),
  ),
  ...orphans.map((path) => `${root}/${path}`),
];

const filesOf = ({ wanted }: WriteRequest): readonly FileDigest[] =>
  wanted.flatMap((environment) =>
    [...environment.files].map(([path, text]) => [`${keyOf(environment)}/${path}`, text] as const),
  );

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
