/**
 * `npm run bench`: measures the built command line against plain cdk8s, and the time it takes against its size.
 *
 * Owns which sizes are measured how often. `docs/benchmark.md` says what is compared and how to read it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../tools/root.ts';
import { describeMachine, ensureBuilt } from './machine.ts';
import { measureProject, measureScaling, type ScalingRuns } from './measure/scaling.ts';
import { measureStartUp } from './measure/start-up.ts';
import { type BenchOptions, parseOptions, type Section, type Task, USAGE } from './options.ts';
import { profileCompile } from './profile/profile-compile.ts';
import { renderProfile } from './profile/render-profile.ts';
import { renderReport } from './report/render-report.ts';
import { renderRuntimeReport } from './report/render-runtime-report.ts';
import { renderSoak } from './report/render-soak.ts';
import type { Results } from './report/results.ts';
import { writeRegion } from './report/write-region.ts';
import { benchRuntime } from './runtime/bench-runtime.ts';
import { soak } from './runtime/soak.ts';

const DOCUMENT = join(ROOT, 'docs', 'benchmark.md');

/** Rounds by number of services. */
const FULL = {
  startUp: 21,
  systems: 5,
  scaling: new Map([
    [1, 7],
    [100, 7],
    [500, 5],
    [2000, 3],
  ]),
};
const QUICK = {
  startUp: 7,
  systems: 1,
  scaling: new Map([
    [1, 1],
    [100, 3],
    [500, 1],
  ]),
};

const PROFILED_SERVICES = 500;
const SOAK_MINUTES = 10;

const TASKS: Readonly<Record<Task, (folder: string, options: BenchOptions) => Promise<void>>> = {
  measure,
  profile,
  runtime: measureRuntime,
  soak: measureMemory,
};

const options = parseOptions(process.argv.slice(2));
if (options === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-bench-'));
  try {
    await TASKS[options.task](folder, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, { isQuick, only, writes }: BenchOptions): Promise<void> {
  ensureBuilt();
  const rounds = isQuick ? QUICK : FULL;
  const isWanted = (section: Section): boolean => only === undefined || only === section;
  const results: Results = {
    machine: describeMachine(),
    ...(isWanted('start-up') && { startUp: measureStartUp(folder, rounds.startUp) }),
    ...(isWanted('systems') && { systems: measureProject(folder, rounds.systems) }),
    ...(isWanted('scaling') && { scaling: await measureSizes(folder, rounds.scaling) }),
  };
  const report = renderReport(results);
  console.log(report);
  if (writes) writeRegion(DOCUMENT, 'results', report);
}

function measureSizes(folder: string, rounds: ReadonlyMap<number, number>): Promise<readonly ScalingRuns[]> {
  return measureScaling(folder, rounds, (services) => console.error(`${services} services`));
}

async function profile(folder: string, { writes }: BenchOptions): Promise<void> {
  const report = renderProfile(await profileCompile(folder, PROFILED_SERVICES));
  console.log(report);
  if (writes) writeRegion(DOCUMENT, 'profile', report);
}

async function measureRuntime(folder: string, { isQuick, writes }: BenchOptions): Promise<void> {
  const report = renderRuntimeReport({ machine: describeMachine(), ...(await benchRuntime({ folder, isQuick })) });
  console.log(report);
  if (writes) writeRegion(DOCUMENT, 'runtime', report);
}

async function measureMemory(_folder: string, { isQuick, writes }: BenchOptions): Promise<void> {
  const report = renderSoak({ machine: describeMachine(), ...(await soak(isQuick ? 1 : SOAK_MINUTES)) });
  console.log(report);
  if (writes) writeRegion(DOCUMENT, 'soak', report);
}
