/**
 * A real Redis server for tests, on a free port, without files.
 *
 * The test finds the program by `requireTool('redis-server')` and is skipped without it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { freePort, takesConnection } from '../../compiler/testing/ports.ts';

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** SIGSTOP and SIGCONT. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** `program` is the path of `redis-server`; `options` are further arguments such as `--maxmemory 1mb`. */
export async function startRedis(program: string, options: readonly string[] = []): Promise<TestRedis> {
  const port = await freePort();
  let child = await run(program, port, options);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGCONT');
    child.kill(signal);
    await gone;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGKILL');
      child = await run(program, port, options);
    },
    stop: () => end('SIGKILL'),
  };
}

async function run(program: string, port: number, options: readonly string[]): Promise<ChildProcess> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...options];
  const child = spawn(program, args, { stdio: 'ignore' });
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (await takesConnection(port)) return child;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  child.kill('SIGKILL');
  throw new Error('redis did not start');
}
