/**
 * Runs one Node.js program to its end and measures it.
 *
 * Owns the two ways to measure. `run` adds nothing to the program and tells the wall time alone: for programs that take milliseconds.
 * `runProbed` also asks the process at its end for its processor time (all threads) and its peak memory, which costs it about a
 * millisecond.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Timing {
  readonly wallMs: number;
}

export interface Usage extends Timing {
  readonly cpuMs: number;
  readonly peakBytes: number;
}

export interface Program {
  /** What stands behind `node`. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export const run = (program: Program): Timing => ({ wallMs: spawn(program, ['ignore', 'pipe', 'pipe']).wallMs });

export function runProbed({ args, ...place }: Program): Usage {
  const { wallMs, probe } = spawn({ ...place, args: ['--require', PROBE, ...args] }, [
    'ignore',
    'pipe',
    'pipe',
    'pipe',
  ]);
  const { cpuMs, peakBytes }: { cpuMs: number; peakBytes: number } = JSON.parse(probe);
  return { wallMs, cpuMs, peakBytes };
}

const PROBE = fileURLToPath(new URL('usage-probe.cjs', import.meta.url));

const MOST_OUTPUT = 256 * 2 ** 20;

/** A program that fails measures nothing. */
function spawn({ args, cwd, env }: Program, stdio: ('ignore' | 'pipe')[]): { wallMs: number; probe: string } {
  const started = process.hrtime.bigint();
  const options = { cwd, stdio, env: { ...process.env, ...env }, maxBuffer: MOST_OUTPUT };
  const { status, stderr, output, error } = spawnSync(process.execPath, args, options);
  const wallMs = Number(process.hrtime.bigint() - started) / 1e6;
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}:\n${stderr.toString()}`);
  return { wallMs, probe: output[3]?.toString() ?? '' };
}
