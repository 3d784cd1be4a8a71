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

/**
 * Measures several sizes, each with its number of rounds. Sizes take turns, so that their first rounds stand side by side: a machine
 * that is slow for some minutes slows one round of every size, and not every round of one size.
 */
export async function measureScaling(
  parent: string,
  rounds: ReadonlyMap<number, number>,
  onRound: (services: number) => void = () => {},
): Promise<readonly ScalingRuns[]> {
  const benches: ScalingBench[] = [];
  for (const services of rounds.keys()) benches.push(await setUpScaling(parent, services));
  for (let round = 0; round < Math.max(...rounds.values()); round += 1) {
    for (const { services, runRound } of benches) {
      if (round >= (rounds.get(services) ?? 0)) continue;
      onRound(services);
      runRound();
    }
  }
  return benches.map(({ finish }) => finish());
}

/** The five systems of `spec/`, all of their environments. */
export function measureProject(parent: string, rounds: number): CompilerRuns {
  const commands = prepareCommands(setUpProject(parent));
  for (let round = 0; round < rounds; round += 1) commands.runRound();
  return { label: 'the five systems', ...commands.finish() };
}

interface ScalingBench {
  readonly services: number;
  runRound(): void;
  finish(): ScalingRuns;
}

async function setUpScaling(parent: string, services: number): Promise<ScalingBench> {
  const bench = setUpGenerated(parent, services);
  runProbed(bench.seaworthy('compile'));
  const manifests = join(bench.tree, SYSTEM, 'production', 'kubernetes');
  const { script, ...objects } = await buildBaseline(manifests, services, bench.folder);
  const outdir = join(bench.folder, 'baseline');
  const baseline: Usage[] = [];
  const commands = prepareCommands(bench, () => {
    rmSync(outdir, { recursive: true, force: true });
    baseline.push(runProbed({ args: [script, outdir], cwd: bench.folder }));
  });
  return {
    services,
    runRound: commands.runRound,
    finish: () => ({ label: String(services), services, ...commands.finish(), baseline, objects }),
  };
}

/** `after` runs right after the cold compile of a round. */
function prepareCommands(bench: Workbench, after: () => void = () => {}) {
  const runs = { compile: [] as Usage[], check: [] as Usage[], unchanged: [] as Usage[], compared: [] as Usage[] };
  return {
    runRound() {
      bench.makeCold();
      runs.compile.push(runProbed(bench.seaworthy('compile')));
      after();
      runs.unchanged.push(runProbed(bench.seaworthy('compile', '--check')));
      runs.compared.push(runProbed(bench.seaworthy('compile', '--check', '--no-cache')));
      runs.check.push(runProbed(bench.seaworthy('check')));
    },
    finish: (): Omit<CompilerRuns, 'label'> => ({ ...runs, output: folderSize(bench.tree) }),
  };
}
