/**
 * A real PostgreSQL server for tests, in a temporary directory.
 *
 * The test finds the server by `requireTool('postgres')` and is skipped without it. `initdb` refuses to run as root, so
 * there it runs as the user `postgres`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { freePort } from '../../compiler/testing/ports.ts';

export interface TestPostgres {
  /** The database `postgres`. */
  readonly url: string;
  readonly port: number;
  /** Makes an empty database of its own for a test, and gives its URL: several tests may share one server. */
  createDatabase(): Promise<string>;
  /** Runs statements in a database of the server. */
  run(url: string, sql: string, parameters?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** SIGSTOP and SIGCONT of the whole server. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL of the whole server, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data, if it does not run. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** `program` is the path of `postgres`; `initdb` stands beside the file that it is or points to. `settings` are like `max_connections=7`. */
export async function startPostgres(program: string, settings: readonly string[] = []): Promise<TestPostgres> {
  const folder = makeFolder();
  const data = join(folder, 'data');
  runTool(program, 'initdb', ['-D', data, '-A', 'trust', '-U', 'seaworthy', '--no-sync', '-E', 'UTF8'], folder);
  return serve({ program, folder, data, settings });
}

/** A streaming replica of a server. */
export async function startPostgresReplica(program: string, primary: TestPostgres): Promise<TestPostgres> {
  const folder = makeFolder();
  const data = join(folder, 'data');
  runTool(
    program,
    'pg_basebackup',
    ['-D', data, '-R', '-X', 'stream', '--no-sync', '-c', 'fast', '-d', primary.url],
    folder,
  );
  return serve({ program, folder, data, settings: [] });
}

interface ServerPlan {
  readonly program: string;
  readonly folder: string;
  readonly data: string;
  readonly settings: readonly string[];
}

async function serve({ program, folder, data, settings }: ServerPlan): Promise<TestPostgres> {
  const port = await freePort();
  const url = `postgresql://seaworthy@127.0.0.1:${port}/postgres`;
  const [command, args] = asServerUser(program, [
    ...['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder, '-F'],
    ...['log_min_messages=fatal', ...settings].flatMap((setting) => ['-c', setting]),
  ]);
  const start = (): ChildProcess => spawn(command, args, { stdio: 'ignore', cwd: folder });
  let child = start();
  let databases = 0;
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  // Each backend leads a group of its own, so the server is signalled process by process.
  const signal = (name: NodeJS.Signals, pids: readonly number[]): void => {
    for (const pid of isGone() ? [] : pids) trySignal(pid, name);
  };
  const whole = (): readonly number[] => (child.pid === undefined ? [] : [child.pid, ...childrenOf(child.pid)]);
  const ended = async (): Promise<void> => {
    if (!isGone()) await new Promise((resolve) => child.once('exit', resolve));
  };
  async function stop(): Promise<void> {
    signal('SIGCONT', whole());
    signal('SIGQUIT', whole().slice(0, 1));
    await ended();
    rmSync(folder, { recursive: true, force: true });
  }
  async function untilUp(): Promise<void> {
    if (await isUp(url)) return;
    await stop();
    throw new Error('postgres did not start');
  }
  await untilUp();
  return {
    url,
    port,
    async createDatabase() {
      databases += 1;
      await runSql(url, `create database test_${databases}`);
      return url.replace(/postgres$/, `test_${databases}`);
    },
    run: runSql,
    freeze: () => signal('SIGSTOP', whole()),
    thaw: () => signal('SIGCONT', whole()),
    async kill() {
      signal('SIGKILL', whole());
      await ended();
    },
    async restart() {
      if (!isGone()) return;
      child = start();
      await untilUp();
    },
    stop,
  };
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-postgres-'));
  chmodSync(folder, 0o777);
  return folder;
}

function runTool(program: string, name: string, args: readonly string[], cwd: string): void {
  const [command, all] = asServerUser(join(dirname(realpathSync(program)), name), args);
  const made = spawnSync(command, all, { encoding: 'utf8', cwd });
  if (made.status !== 0) throw new Error(`${name}: ${made.stderr}`);
}

function asServerUser(program: string, args: readonly string[]): [string, string[]] {
  if (process.getuid?.() !== 0) return [program, [...args]];
  return ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', program, ...args]];
}

async function runSql(url: string, sql: string, parameters: readonly unknown[] = []) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const result = parameters.length === 0 ? await client.query(sql) : await client.query(sql, [...parameters]);
    return result.rows;
  } finally {
    await client.end();
  }
}

function trySignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself meanwhile.
  }
}

function childrenOf(pid: number): readonly number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => (line.trim() === '' ? [] : [Number(line)]));
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
