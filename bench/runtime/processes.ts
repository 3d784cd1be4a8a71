/**
 * The processes of a measurement: subjects, the service behind, the load, the collector, Redis.
 *
 * Owns that all of them run as they would be shipped (bundled, without a loader), and where: the subject has a core of its
 * own and everything else shares the rest, where the machine lets us. Everything ends with the benchmark.
 */
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { freePort, takesConnection } from '../../compiler/testing/ports.ts';
import { SHARED_OPTIONS } from '../../tools/build/options.ts';
import { ROOT } from '../../tools/root.ts';

export interface Message {
  readonly port: number;
  readonly key?: string;
  readonly cpuMicros: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
}

const PROGRAMS = ['subject', 'upstream', 'load', 'collector', 'limiters'] as const;
export type Program = (typeof PROGRAMS)[number];

// Inside the project, so that packages are found.
const BUILT = join(ROOT, 'dist', 'bench');

/** Bundles what is measured. A loader would give every function that is made while a request runs a name, at a price. */
export async function buildPrograms(): Promise<void> {
  await build({
    ...SHARED_OPTIONS,
    entryPoints: PROGRAMS.map((name) => fileURLToPath(new URL(`./${name}.ts`, import.meta.url))),
    outdir: BUILT,
    format: 'esm',
    packages: 'external',
    splitting: true,
    outExtension: { '.js': '.mjs' },
  });
}

// The first core for what is measured, the second for all others.
const HAS_TASKSET =
  spawnSync('taskset', ['-c', '0', 'true']).status === 0 && spawnSync('taskset', ['-c', '1', 'true']).status === 0;

export function start(program: Program, args: readonly string[], execArgv: readonly string[] = []): ChildProcess {
  const child = fork(join(BUILT, `${program}.mjs`), args, {
    execArgv: [...execArgv],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  pin(child.pid, program === 'subject' || program === 'limiters' ? 0 : 1);
  return child;
}

function pin(pid: number | undefined, core: number): void {
  if (HAS_TASKSET) spawnSync('taskset', ['-a', '-p', '-c', String(core), String(pid)]);
}

/** The next message of a child. */
export function answer(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`a process of the benchmark ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as Message);
    });
  });
}

export function ask(child: ChildProcess): Promise<Message> {
  const answered = answer(child);
  child.send('usage');
  return answered;
}

export async function outputOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  await once(child, 'close');
  return text;
}

export interface RunningRedis {
  readonly url: string;
  stop(): void;
}

/** A Redis of its own, in memory; undefined where none is installed. */
export async function startRedis(): Promise<RunningRedis | undefined> {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  const isMissing = once(child, 'error').then(() => true);
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const wait = new Promise<false>((resolve) => setTimeout(resolve, 25, false));
    if (await Promise.race([isMissing, wait])) return undefined;
    if (await takesConnection(port)) break;
  }
  pin(child.pid, 1);
  return { url: `redis://127.0.0.1:${port}`, stop: () => child.kill('SIGKILL') };
}
