/**
 * Runs one program to its end, or to ours.
 *
 * Owns the process and everything it started: each runs in a process group of its own, and the whole group is gone when the
 * promise resolves, whether it ended, hung or was left behind by its parent.
 */
import { type ChildProcess, spawn } from 'node:child_process';

export interface ProcessResult {
  /** The exit status; undefined when a signal ended it. */
  readonly status: number | undefined;
  readonly isTimedOut: boolean;
  /** Standard output and standard error as they came. */
  readonly output: string;
  readonly seconds: number;
}

export interface ProcessOptions {
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly env?: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();

// A process group of its own does not hear the terminal's Ctrl-C.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    for (const child of running) killGroup(child);
    process.exit(130);
  });
}

export async function runProcess(
  command: string,
  args: readonly string[],
  { cwd, timeoutMs, env }: ProcessOptions,
): Promise<ProcessResult> {
  const started = process.hrtime.bigint();
  const child = spawn(command, args, {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...env },
  });
  running.add(child);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));

  let isTimedOut = false;
  const watchdog = setTimeout(() => {
    isTimedOut = true;
    killGroup(child);
  }, timeoutMs);
  // Children that outlive their parent hold its pipes open, and `close` would wait for them.
  child.on('exit', () => killGroup(child));

  const status = await new Promise<number | undefined>((resolve) => {
    child.on('close', (code) => resolve(code ?? undefined));
    child.on('error', (error) => {
      chunks.push(Buffer.from(`${command}: ${error.message}\n`));
      resolve(undefined);
    });
  });
  clearTimeout(watchdog);
  running.delete(child);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  return { status, isTimedOut, output: Buffer.concat(chunks).toString('utf8'), seconds };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}
