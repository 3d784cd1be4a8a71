/**
 * `seaworthy compile`: from the spec to the generated tree, or with `--check` the proof that the tree is what the spec says.
 *
 * Owns the order of a run, what is printed and the exit status; the flow is `pipeline.ts`, the disk is `writer/`. The pipeline is
 * loaded only when `check-cache.ts` cannot answer.
 */
import type { Diagnostic, Outcome } from '../diagnostics/diagnostic.ts';
import type { CompileOptions } from '../pipeline.ts';
import type { SourceFile } from '../source/source-document.ts';
import { type CheckQuestion, readCheckCache, writeCheckCache } from './check-cache.ts';
import { type Arguments, type Command, type ExitStatus, UsageError } from './command.ts';
import type { CompileResult } from './compile-result.ts';
import { enterProject } from './enter-project.ts';
import { printError, printOut } from './output.ts';
import { createProgress } from './progress.ts';
import {
  compileOptionsOf,
  FINDING_OPTIONS,
  loadSpec,
  OUT_OPTION,
  outRootOf,
  refuseUnknownNames,
  SPEC_OPTIONS,
} from './spec-options.ts';
import { formatSummary, type Summary, summarize } from './summary.ts';
import { checkTree, type TreeReport, updateTree } from './tree-report.ts';

export const compileCommand: Command = {
  name: 'compile',
  summary: 'write what the spec asks for into the generated tree',
  options: {
    check: { kind: 'flag', help: 'write nothing; fail when the tree is not exactly what the spec says' },
    force: { kind: 'flag', help: 'overwrite files that were edited by hand or are not from the compiler' },
    'no-cache': {
      kind: 'flag',
      help: "with --check: compile again, also when nothing has changed since today's last compile",
    },
    ...SPEC_OPTIONS,
    ...OUT_OPTION,
    ...FINDING_OPTIONS,
  },
  notes: [
    'Nothing is written while the spec has an error or a file of the tree was edited by hand.',
    'After a merge conflict inside the tree: seaworthy compile --force',
  ],
  example: 'seaworthy compile --system sim-corp --environment production',
  run,
};

async function run(args: Arguments): Promise<ExitStatus> {
  const started = performance.now();
  const isCheck = args.flag('check');
  if (isCheck && args.flag('force'))
    throw new UsageError('`--check` writes nothing, so `--force` means nothing with it');
  enterProject(args);
  const options = compileOptionsOf(args);
  const sources = loadSpec(options.specRoot);
  const question: CheckQuestion = { sources, options, outRoot: outRootOf(args) };
  const proof = isCheck && !args.flag('no-cache') ? readCheckCache(question) : undefined;
  const result = proof ?? (await compileAndSettle(args, sources, options));
  if (!isCheck && result.tree.kind === 'as-wanted') writeCheckCache(question, result);
  return finish(args, result, started);
}

async function compileAndSettle(
  args: Arguments,
  sources: Outcome<readonly SourceFile[]>,
  options: CompileOptions,
): Promise<CompileResult> {
  const { compile } = await import('../pipeline.ts');
  const progress = createProgress();
  const compilation = await compile(sources, { ...options, onEnvironment: progress.show });
  progress.end();
  const { diagnostics, hasError, names } = compilation;
  const summary = summarize(compilation);
  if (hasError) return { diagnostics, summary, tree: { kind: 'not-compiled' } };
  refuseUnknownNames(args, names);
  // A spec of policies alone is valid, and its tree is empty; more likely the folder is the wrong one.
  if (summary.environments === 0)
    throw new UsageError(`\`${options.specRoot}\` describes no system with an environment`);
  const request = {
    root: outRootOf(args),
    wanted: compilation.environments,
    selection: { system: options.system, environment: options.environment },
    force: args.flag('force'),
  };
  return { diagnostics, summary, tree: args.flag('check') ? await checkTree(request) : await updateTree(request) };
}

async function finish(args: Arguments, result: CompileResult, started: number): Promise<ExitStatus> {
  const { printFindings, statusOf } = await import('./print-findings.ts');
  const { diagnostics, summary, tree } = result;
  const problems = tree.kind === 'problems' ? tree.problems : [];
  const isForPeople = args.text('format') === 'human';
  // Notes are the same at every run: people get their number, and `check` to read them.
  const shown = isForPeople ? diagnostics.filter(({ severity }) => severity !== 'info') : diagnostics;
  if (!isForPeople || shown.length + problems.length > 0) await printFindings(shown, args, problems);
  if (isForPeople) printEnd(summary, tree, await describeFindings(diagnostics), started);
  return problems.length > 0 ? 1 : statusOf(diagnostics, args);
}

function printEnd(summary: Summary, tree: TreeReport, findings: string, started: number): void {
  switch (tree.kind) {
    case 'not-compiled':
      printError('nothing was written\n');
      break;
    case 'problems':
      printError(`${tree.verdict}\n`);
      break;
    case 'as-wanted':
      for (const note of tree.notes) printError(`${note}\n`);
      printOut(formatSummary(summary, tree.changes, findings, Math.round(performance.now() - started)));
  }
}

async function describeFindings(diagnostics: readonly Diagnostic[]): Promise<string> {
  const { summarize: countFindings } = await import('../diagnostics/summarize.ts');
  const hasNotes = diagnostics.some(({ severity }) => severity === 'info');
  return `${countFindings(diagnostics)}${hasNotes ? '; `seaworthy check` shows the notes' : ''}`;
}
