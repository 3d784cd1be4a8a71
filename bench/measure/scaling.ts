/**
 * What a run costs at a given size: the commands and the baseline in turn, several rounds of each.
 *
 * Owns the order within a round. Everything in one round is measured within seconds, so a ratio within a round says more than
 * the times themselves on a machine that others use too.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildBaseline } from '../baseline/build-baseline.ts';
import { SYSTEM } from '../spec/spec-documents.ts';
import { type FolderSize, folderSize } from './folder-size.ts';
import { runProbed, type Usage } from './run-program.ts';
import { setUpGenerated, setUpProject, type Workbench } from './workbench.ts';

export interface CompilerRuns {
  readonly label: string;
  readonly compile: readonly Usage[];
  readonly check: readonly Usage[];
  /** `compile --check` right after the compile. */
  readonly unchanged: readonly Usage[];
  /** The same without the remembered proof: everything is compiled and compared. */
  readonly compared: readonly Usage[];
  readonly output: FolderSize;
}

export interface ScalingRuns extends CompilerRuns {
  readonly services: number;
  readonly baseline: readonly Usage[];
  readonly objects: { readonly patterned: number; readonly literal: number };
}

export async function measureScaling(parent: string, services: number, rounds: number): Promise<ScalingRuns> {
  const bench = setUpGenerated(parent, services);
  runProbed(bench.seaworthy('compile'));
  const manifests = join(bench.tree, SYSTEM, 'production', 'kubernetes');
  const { script, ...objects } = await buildBaseline(manifests, services, bench.folder);
  const outdir = join(bench.folder, 'baseline');
  const baseline: Usage[] = [];
  const runs = measureCommands(bench, rounds, () => {
    rmSync(outdir, { recursive: true, force: true });
    baseline.push(runProbed({ args: [script, outdir], cwd: bench.folder }));
  });
  rmSync(bench.folder, { recursive: true });
  return { label: String(services), services, ...runs, baseline, objects };
}

/** The five systems of `spec/`, all of their environments. */
export function measureProject(parent: string, rounds: number): CompilerRuns {
  return { label: 'the five systems', ...measureCommands(setUpProject(parent), rounds, () => {}) };
}

function measureCommands(bench: Workbench, rounds: number, after: () => void): Omit<CompilerRuns, 'label'> {
  const runs = { compile: [] as Usage[], check: [] as Usage[], unchanged: [] as Usage[], compared: [] as Usage[] };
  for (let round = 0; round < rounds; round += 1) {
    bench.makeCold();
    runs.compile.push(runProbed(bench.seaworthy('compile')));
    after();
    runs.unchanged.push(runProbed(bench.seaworthy('compile', '--check')));
    runs.compared.push(runProbed(bench.seaworthy('compile', '--check', '--no-cache')));
    runs.check.push(runProbed(bench.seaworthy('check')));
  }
  return { ...runs, output: folderSize(bench.tree) };
}
