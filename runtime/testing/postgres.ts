/**
 * A real PostgreSQL server for tests, in a temporary directory.
 *
 * The test finds the server by `requireTool('postgres')` and is skipped without it. `initdb` refuses to run as root, so
 * there it runs as the user `postgres`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { bind } from './servers.ts';

export interface TestPostgres {
  readonly url: string;
  /** SIGSTOP and SIGCONT of the whole server. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** `program` is the path of `postgres`; `initdb` stands beside it. */
export async function startPostgres(program: string): Promise<TestPostgres> {
  const folder = dirname(program);
  const base = mkdtempSync(join(tmpdir(), 'seaworthy-postgres-'));
  const data = join(base, 'data');
  const asRoot = process.getuid?.() === 0;
  chmodSync(base, 0o777);
  const prefix = asRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  const command = (name: string, args: readonly string[]): [string, string[]] => {
    const [first = '', ...rest] = [...prefix, join(folder, name), ...args];
    return [first, rest];
  };
  const [initdb, initArgs] = command('initdb', [
    '-D',
    data,
    '-A',
    'trust',
    '-U',
    'seaworthy',
    '--no-sync',
    '-E',
    'UTF8',
  ]);
  const made = spawnSync(initdb, initArgs, { encoding: 'utf8', cwd: base });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);

  const port = await freePort();
  const [postgres, args] = command('postgres', [
    '-D',
    data,
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    '-k',
    base,
    '-F',
    '-c',
    'log_min_messages=fatal',
  ]);
  const child = spawn(postgres, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: base });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // Each backend leads a group of its own, so the server is signalled process by process.
  const signal = (name: NodeJS.Signals, pids: readonly number[]): void => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    for (const pid of pids) process.kill(pid, name);
  };
  const whole = (): readonly number[] => (child.pid === undefined ? [] : [child.pid, ...childrenOf(child.pid)]);
  const url = `postgresql://seaworthy@127.0.0.1:${port}/postgres`;
  async function stop(): Promise<void> {
    signal('SIGCONT', whole());
    signal('SIGQUIT', whole().slice(0, 1));
    await exited;
    rmSync(base, { recursive: true, force: true });
  }
  if (!(await isUp(url))) {
    await stop();
    throw new Error('postgres did not start');
  }
  return { url, freeze: () => signal('SIGSTOP', whole()), thaw: () => signal('SIGCONT', whole()), stop };
}

function childrenOf(pid: number): readonly number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => (line.trim() === '' ? [] : [Number(line)]));
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await bind(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function isUp(url: string): Promise<boolean> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  return false;
}
