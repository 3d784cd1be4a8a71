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
}

export const run = (program: Program): Timing => ({ wallMs: spawn(program, ['ignore', 'pipe', 'pipe']).wallMs });

export function runProbed({ args, cwd }: Program): Usage {
  const { wallMs, probe } = spawn({ args: ['--require', PROBE, ...args], cwd }, ['ignore', 'pipe', 'pipe', 'pipe']);
  const { cpuMs, peakBytes }: { cpuMs: number; peakBytes: number } = JSON.parse(probe);
  return { wallMs, cpuMs, peakBytes };
}

const PROBE = fileURLToPath(new URL('usage-probe.cjs', import.meta.url));

/** A program that fails measures nothing. */
function spawn({ args, cwd }: Program, stdio: ('ignore' | 'pipe')[]): { wallMs: number; probe: string } {
  const started = process.hrtime.bigint();
  const { status, stderr, output, error } = spawnSync(process.execPath, args, { cwd, stdio, maxBuffer: 1 << 28 });
  const wallMs = Number(process.hrtime.bigint() - started) / 1e6;
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}:\n${stderr.toString()}`);
  return { wallMs, probe: output[3]?.toString() ?? '' };
}
