/**
 * Real servers, started with the very command, arguments and files that the StatefulSet holds, and asked by the address that the consumer
 * gets. Only folders and the host differ, for there is no container here.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { at, clusterModel, documentOf, emitted } from '../../../testing/cluster-spec.ts';
import { requireTool } from '../../../testing/real-tools.ts';
import { describe } from '../../../testing/suite.ts';

/** Servers refuse to be root; files of theirs belong to whoever runs them. */
const NOBODY = 65_534;
const PASSWORD = 'pa"ss\\word';

interface Started {
  readonly port: number;
  /** The variables of the consumer's pod: the literal ones, and those from a secret as `<secret/key>`. */
  readonly variables: ReadonlyMap<string, string>;
}

const servers = new Set<ChildProcess>();
const folders: string[] = [];
process.on('exit', () => {
  for (const server of servers) server.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  folders.push(folder);
  for (const name of ['', 'tmp', 'data', 'etc', 'run']) {
    mkdirSync(join(folder, name), { recursive: true });
    if (process.getuid?.() === 0) chownSync(join(folder, name), NOBODY, NOBODY);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** `prepare` does what the entry point of the official image does before it starts the server. */
async function start(
  spec: string,
  program: string,
  prepare: (folder: string) => void = () => undefined,
): Promise<Started> {
  const port = await freePort();
  const store = `placement: self\nport: ${port}\nresources: { cpu: 100m, memory: 128Mi }\nstorage: 1Gi\n${spec}`;
  const objects = emitted(
    clusterModel({
      api: 'scale: { min: 2 }\nuses: [{ use: bus }]',
      documents: [documentOf('Datastore', 'bus', store)],
    }),
  );
  const server = at(objects.get('kubernetes/store-bus/statefulset-bus.yaml'), '/spec/template/spec/containers/0');
  const folder = ownFolder();
  const moved = (text: string): string =>
    text
      .replaceAll(/(?<![\w/])\/(tmp|data)\b/g, `${folder}/$1`)
      .replaceAll(/\/etc\/(?:redis|mosquitto)\b/g, `${folder}/etc`);
  for (const [path, object] of objects)
    if (path.includes('/store-bus/configmap-'))
      for (const [name, text] of Object.entries(at(object, '/data') ?? {}))
        writeFileSync(join(folder, 'etc', name), moved(String(text)));
  prepare(folder);
  const list = (pointer: string): string[] => ((at(server, pointer) ?? []) as string[]).map(moved);
  const passwordVariable = ((at(server, '/env') ?? []) as { name: string; valueFrom?: unknown }[]).find(
    ({ valueFrom }) => valueFrom !== undefined,
  )?.name;
  const [command = program, ...rest] = [...list('/command'), ...list('/args')];
  const args = at(server, '/command') === undefined ? [command, ...rest] : rest;
  const child = spawn(at(server, '/command') === undefined ? program : command, args, {
    ...asNobody,
    cwd: folder,
    env: {
      PATH: [dirname(program), '/usr/bin', '/bin', '/usr/sbin'].join(':'),
      PGDATA: join(folder, 'data/pgdata'),
      ...(passwordVariable === undefined ? {} : { [passwordVariable]: PASSWORD }),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  child.unref();
  servers.add(child);
  const env = at(objects.get('kubernetes/api/deployment-api.yaml'), '/spec/template/spec/containers/0/env');
  const variables = new Map(
    ((env ?? []) as { name: string; value?: string }[]).map((one) => {
      const secret = at(one, '/valueFrom/secretKeyRef');
      return [one.name, one.value ?? `<${String(at(secret, '/name'))}/${String(at(secret, '/key'))}>`] as const;
    }),
  );
  return { port, variables };
}

/** Until it works, for as long as a busy machine may need; the last failure is the one that is told. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 300) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** MQTT 3.1.1, CONNECT with user and password; the answer's return code: 0 accepted, 5 not authorised. */
const mqttConnect = (port: number, user: string | undefined, password: string | undefined): Promise<number> =>
  new Promise((resolve, reject) => {
    const text = (value: string): Buffer => {
      const bytes = Buffer.from(value);
      return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
    };
    const flags = 2 | (user === undefined ? 0 : 128) | (password === undefined ? 0 : 64);
    const body = Buffer.concat([
      text('MQTT'),
      Buffer.from([4, flags, 0, 60]),
      text('test'),
      ...[user, password].flatMap((one) => (one === undefined ? [] : [text(one)])),
    ]);
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(Buffer.concat([Buffer.from([16, body.length]), body])),
    );
    socket.once('data', (answer) => {
      socket.destroy();
      resolve(answer[3] ?? -1);
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed without an answer')));
  });

/** The first answer to a line, as it comes over the wire. */
const say = (port: number, line: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(line));
    socket.once('data', (answer) => {
      socket.destroy();
      resolve(String(answer));
    });
    socket.once('error', reject);
  });

describe('kubernetes/stores :: real servers', (it) => {
  it('lets into Redis whoever has the password, keeps what is written, and nobody else', async () => {
    const { port, variables } = await start(
      'engine: redis\nversion: "7.0"\ncredentials: { name: bus, key: url }',
      requireTool('redis-server'),
    );
    assert.equal(variables.get('REDIS_URL'), '<bus/url>');
    const good = await eventually(async () => {
      const one = new Redis({
        host: '127.0.0.1',
        port,
        lazyConnect: true,
        retryStrategy: () => null,
        password: PASSWORD,
      }).on('error', () => undefined);
      await one.connect();
      await one.ping();
      return one;
    });
    assert.deepEqual(await good.config('GET', 'appendonly'), ['appendonly', 'yes']);
    assert.deepEqual(await good.config('GET', 'maxmemory'), ['maxmemory', String((128 * 2 ** 20 * 3) / 4)]);
    good.disconnect();
    assert.match(await say(port, 'SET a b\r\n'), /^-NOAUTH/);
    assert.match(await say(port, 'AUTH guess\r\n'), /^-WRONGPASS/);
  });

  it('lets into Mosquitto the user that the consumer is told, and nobody else', async () => {
    const { port, variables } = await start(
      'engine: mosquitto\nversion: 2.0.22\ncredentials: { name: bus, key: password }',
      requireTool('mosquitto'),
    );
    assert.deepEqual(
      [variables.get('MQTT_URL'), variables.get('BUS_USERNAME'), variables.get('BUS_PASSWORD')],
      [`mqtt://bus.shop-production.svc.cluster.local:${port}`, 'app', '<bus/password>'],
    );
    const user = variables.get('BUS_USERNAME');
    assert.equal(await eventually(() => mqttConnect(port, user, PASSWORD)), 0);
    assert.equal(await mqttConnect(port, user, 'guess'), 5);
    assert.equal(await mqttConnect(port, undefined, undefined), 5);
  });

  it('lets into PostgreSQL whoever has the password, and nobody else', async () => {
    const program = realpathSync(requireTool('postgres'));
    const initdb = join(dirname(program), 'initdb');
    const { port, variables } = await start(
      'engine: postgresql\nversion: "17"\nmaxConnections: 40\ndurable: false\ncredentials: { name: bus, key: url }',
      program,
      (folder) => {
        const passwords = join(folder, 'etc/password');
        writeFileSync(passwords, `${PASSWORD}\n`);
        execFileSync(
          initdb,
          [
            '--username=app',
            `--pwfile=${passwords}`,
            '--auth-local=trust',
            '--auth-host=scram-sha-256',
            '--no-sync',
            '-D',
            join(folder, 'data/pgdata'),
          ],
          { ...asNobody, cwd: folder, stdio: 'ignore', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } },
        );
        writeFileSync(join(folder, 'data/pgdata/postgresql.auto.conf'), `unix_socket_directories = '${folder}/run'\n`);
      },
    );
    assert.equal(variables.get('DATABASE_URL'), '<bus/url>');
    const client = (password: string) =>
      new pg.Client({ host: '127.0.0.1', port, user: 'app', database: 'postgres', password });
    const good = await eventually(async () => {
      const one = client(PASSWORD);
      await one.connect();
      return one;
    });
    assert.deepEqual((await good.query('SHOW max_connections')).rows, [{ max_connections: '40' }]);
    await good.end();
    await assert.rejects(() => client('guess').connect(), /password authentication failed/);
  });
});
