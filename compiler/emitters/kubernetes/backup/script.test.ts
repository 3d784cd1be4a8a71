/**
 * The scripts run for real: a PostgreSQL server of this machine is dumped, restored into another database and compared, and every
 * failure that the script looks for is brought about.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { freePort } from '../../../testing/ports.ts';
import { requireTool } from '../../../testing/real-tools.ts';
import { describe } from '../../../testing/suite.ts';
import { backupScript } from './script.ts';

interface Run {
  readonly status: number | null;
  readonly stderr: string;
}

const ROOT = mkdtempSync(join(tmpdir(), 'backup-'));
chmodSync(ROOT, 0o755);
process.on('exit', () => rmSync(ROOT, { recursive: true, force: true, maxRetries: 5 }));

/** A folder for one test; gone at the end of the process. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(ROOT, 'test-'));
  chmodSync(folder, 0o755);
  return folder;
}

function runScript(text: string, environment: Readonly<Record<string, string>>): Run {
  const file = join(temporaryFolder(), 'backup.sh');
  writeFileSync(file, text);
  const { status, stderr } = spawnSync('sh', [file], { env: environment, encoding: 'utf8', timeout: 60_000 });
  return { status, stderr };
}

/** Programs that behave as told, in place of the real ones. */
function fakeTools(scripts: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, body] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return [folder, process.env['PATH'] ?? ''].join(delimiter);
}

const FAKE_DUMP = {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own.
  pg_dump: 'for a in "$@"; do case "$a" in --file=*) echo dump >"${a#--file=}";; esac; done',
  pg_restore: 'exit 0',
};

function folders(): { readonly work: string; readonly destination: string } {
  return { work: temporaryFolder(), destination: temporaryFolder() };
}

const commonEnvironment = ({ work, destination }: ReturnType<typeof folders>): Record<string, string> => ({
  BACKUP_NAME: 'orders',
  BACKUP_WORK: work,
  BACKUP_DESTINATION: destination,
  BACKUP_RETENTION_MINUTES: '2880',
  CREDENTIALS: 'postgresql://nobody@127.0.0.1/none',
});

const script = backupScript('pg-dump', 'filesystem');
const DAY_SECONDS = 86_400;

describe('kubernetes/backup/script', (it) => {
  it('stores a copy with its digest and leaves no scratch behind', () => {
    const places = folders();
    const run = runScript(script, { ...commonEnvironment(places), PATH: fakeTools(FAKE_DUMP) });
    assert.equal(run.status, 0, run.stderr);
    const stored = readdirSync(places.destination);
    assert.equal(stored.length, 2);
    assert.match(stored[0] ?? '', /^orders-\d{8}T\d{6}Z\.dump$/);
    assert.deepEqual(readdirSync(places.work), []);
    assert.equal(spawnSync('sha256sum', ['-c', stored[1] ?? ''], { cwd: places.destination }).status, 0);
  });

  it('fails and stores nothing :: the dump fails', () => {
    const places = folders();
    const run = runScript(script, {
      ...commonEnvironment(places),
      PATH: fakeTools({ ...FAKE_DUMP, pg_dump: 'exit 3' }),
    });
    assert.equal(run.status, 1);
    assert.match(run.stderr, /FAILED: pg_dump failed/);
    assert.deepEqual(readdirSync(places.destination), []);
  });

  it('fails and stores nothing :: the dump is empty', () => {
    const places = folders();
    const empty = FAKE_DUMP.pg_dump.replace('echo dump', ':');
    const run = runScript(script, { ...commonEnvironment(places), PATH: fakeTools({ ...FAKE_DUMP, pg_dump: empty }) });
    assert.equal(run.status, 1);
    assert.match(run.stderr, /FAILED: the copy is empty/);
    assert.deepEqual(readdirSync(places.destination), []);
  });

  it('fails and leaves no half copy :: the disk stores something else', () => {
    const places = folders();
    const path = fakeTools({ ...FAKE_DUMP, cp: 'echo damaged >"$2"' });
    const run = runScript(script, { ...commonEnvironment(places), PATH: path });
    assert.equal(run.status, 1);
    assert.match(run.stderr, /FAILED: the stored copy differs/);
    assert.deepEqual(readdirSync(places.destination), []);
  });

  it('refuses credentials that are no address, without showing them', () => {
    const places = folders();
    const run = runScript(script, { ...commonEnvironment(places), CREDENTIALS: 'hunter2', PATH: fakeTools(FAKE_DUMP) });
    assert.equal(run.status, 1);
    assert.doesNotMatch(run.stderr, /hunter2/);
  });

  it('removes its own old copies and nobody else’s', () => {
    const places = folders();
    const now = Date.now() / 1000;
    const put = (name: string, ageSeconds: number): void => {
      const file = join(places.destination, name);
      writeFileSync(file, 'old');
      utimesSync(file, now - ageSeconds, now - ageSeconds);
    };
    put('orders-20240101T000000Z.dump', 3 * DAY_SECONDS);
    put('orders-20240101T000000Z.dump.sha256', 3 * DAY_SECONDS);
    put('orders-20240103T000000Z.dump', DAY_SECONDS);
    put('orders-2-20240101T000000Z.dump', 3 * DAY_SECONDS);
    put('notes.txt', 3 * DAY_SECONDS);
    const run = runScript(script, { ...commonEnvironment(places), PATH: fakeTools(FAKE_DUMP) });
    assert.equal(run.status, 0, run.stderr);
    const old = readdirSync(places.destination).filter((name) => !/^orders-20[3-9]|^orders-202[5-9]/.test(name));
    assert.deepEqual(old, ['notes.txt', 'orders-2-20240101T000000Z.dump', 'orders-20240103T000000Z.dump']);
  });

  it('stores in a bucket and compares size and digest', () => {
    const aws = (digest: string): string =>
      `if [ "$1" = s3 ]; then cp "$3" "$BACKUP_WORK/up"; else printf '%s\\t%s\\n' "$(wc -c <"$BACKUP_WORK/up" | tr -d ' ')" ${digest}; fi`;
    const run = (digest: string): Run => {
      const places = folders();
      const path = fakeTools({ ...FAKE_DUMP, aws: aws(digest) });
      return runScript(backupScript('pg-dump', 's3'), {
        ...commonEnvironment(places),
        BACKUP_DESTINATION: 'b/p',
        PATH: path,
      });
    };
    assert.equal(run(`"$(sha256sum "$BACKUP_WORK/up" | cut -d' ' -f1)"`).status, 0);
    const damaged = run('0000');
    assert.equal(damaged.status, 1);
    assert.match(damaged.stderr, /FAILED: the stored copy differs/);
  });

  it('is valid for a strict shell, for every tool and destination', () => {
    const tools = ['pg-dump', 'redis-rdb', 'qdrant-snapshot'] as const;
    const destinations = ['filesystem', 's3', 'gcs'] as const;
    for (const tool of tools)
      for (const destination of destinations) {
        const checked = spawnSync('sh', ['-n'], { input: backupScript(tool, destination), encoding: 'utf8' });
        assert.equal(checked.status, 0, checked.stderr);
      }
  });
});

describe('kubernetes/backup/script against a real PostgreSQL', async (it) => {
  // The server may be linked into the path without its clients, which lie beside the real file.
  const bin = dirname(realpathSync(requireTool('postgres')));
  const server = await startPostgres(bin);
  const psql = (database: string, sql: string): string => {
    const args = ['-h', '127.0.0.1', '-p', String(server.port), '-U', 'postgres', '-d', database, '-Atqc', sql];
    const run = spawnSync(join(bin, 'psql'), args, { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    return run.stdout;
  };

  it('brings back every row', () => {
    psql('postgres', 'create table orders (id int primary key, note text)');
    psql('postgres', "insert into orders select n, 'note ' || n from generate_series(1, 1234) n");
    const places = folders();
    const run = runScript(script, {
      ...commonEnvironment(places),
      CREDENTIALS: `postgresql://postgres@127.0.0.1:${server.port}/postgres`,
      PATH: [bin, process.env['PATH'] ?? ''].join(delimiter),
    });
    assert.equal(run.status, 0, run.stderr);
    const dump = readdirSync(places.destination).find((name) => name.endsWith('.dump')) ?? '';

    psql('postgres', 'create database restored');
    const target = `postgresql://postgres@127.0.0.1:${server.port}/restored`;
    const restored = spawnSync(join(bin, 'pg_restore'), [
      '--exit-on-error',
      '-d',
      target,
      join(places.destination, dump),
    ]);
    assert.equal(restored.status, 0, String(restored.stderr));
    const fingerprint = "select count(*), md5(string_agg(id || note, ',' order by id)) from orders";
    assert.equal(psql('restored', fingerprint), psql('postgres', fingerprint));
    assert.match(psql('restored', fingerprint), /^1234\|/);
  });

  it('fails against a server that is not there', () => {
    const run = runScript(script, {
      ...commonEnvironment(folders()),
      CREDENTIALS: 'postgresql://postgres@127.0.0.1:1/postgres',
      PATH: [bin, process.env['PATH'] ?? ''].join(delimiter),
    });
    assert.equal(run.status, 1);
  });
});

/** A server of its own in a temporary folder; ended with the process. */
async function startPostgres(bin: string): Promise<{ readonly port: number }> {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const user = serverUser(data);
  const initialised = spawnSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'], user);
  assert.equal(initialised.status, 0, String(initialised.stderr));
  const port = await freePort();
  const options = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', '', '-F'];
  const child = spawn(join(bin, 'postgres'), options, { ...user, stdio: 'ignore' });
  child.unref();
  process.on('exit', () => child.kill('SIGKILL'));
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const ready = spawnSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]);
    if (ready.status === 0) return { port };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('PostgreSQL did not start');
}

/** The server refuses to run as root, so root lends it to `nobody`. */
function serverUser(data: string): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const nobody = 65_534;
  chownSync(data, nobody, nobody);
  return { uid: nobody, gid: nobody };
}

describe('kubernetes/backup/script against a real Redis', async (it) => {
  const server = requireTool('redis-server');
  const port = await freePort();
  const child = spawn(server, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--requirepass', 'open'], {
    stdio: 'ignore',
  });
  child.unref();
  process.on('exit', () => child.kill('SIGKILL'));
  const client = (...args: string[]) =>
    spawnSync(join(dirname(server), 'redis-cli'), ['-p', String(port), '--no-auth-warning', '-a', 'open', ...args], {
      encoding: 'utf8',
    });
  for (let attempt = 0; attempt < 100 && client('ping').stdout.trim() !== 'PONG'; attempt += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));

  const environment = (credentials: string): { readonly places: ReturnType<typeof folders>; readonly run: Run } => {
    const places = folders();
    const run = runScript(backupScript('redis-rdb', 'filesystem'), {
      ...commonEnvironment(places),
      CREDENTIALS: credentials,
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(port),
      REDIS_TLS: 'off',
      PATH: process.env['PATH'] ?? '',
    });
    return { places, run };
  };

  it('stores the data set :: password', () => {
    client('set', 'greeting', 'hello');
    const { places, run } = environment('open');
    assert.equal(run.status, 0, run.stderr);
    assert.equal(readdirSync(places.destination).filter((name) => name.endsWith('.rdb')).length, 1);
  });

  it('stores the data set :: address', () => {
    const { run } = environment(`redis://:open@127.0.0.1:${port}/0`);
    assert.equal(run.status, 0, run.stderr);
  });

  it('fails with a wrong password and stores nothing', () => {
    const { places, run } = environment('wrong');
    assert.equal(run.status, 1);
    assert.deepEqual(readdirSync(places.destination), []);
  });
});
