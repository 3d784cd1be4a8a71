import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inProgramFolder as inFolder, type ProgramFolder } from '../testing/run-program.ts';
import { describe } from '../testing/suite.ts';

describe('serve --echo', (it) => {
  it('serves the starter spec, prints requests that do what they say, and ends on a signal', () =>
    inProgramFolder(async ({ folder, program, run }) => {
      run('init --name shop');
      assert.equal(run('compile').status, 0);
      const args = [program, 'serve', '--system', 'shop', '--environment', 'staging', '--echo', '--port', '0'];
      const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
      const ended = new Promise((resolve) => child.on('exit', resolve));
      try {
        const text = await readUntil(child.stdout, 'Ctrl-C stops it.');
        assert.deepEqual(
          [...text.matchAll(/^(\d)\. ([^:,]+)/gm)].map(([, number, title]) => `${number} ${title}`),
          [
            '1 a request that passes',
            '2 too many at once',
            '3 the preflight of a browser',
            '4 readiness',
            '5 metrics',
            '6 the state of everything',
          ],
        );
        const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? [];
        const metrics = /curl -s (http\S+\/metrics)/.exec(text)?.[1];
        assert.equal(await status(`${url}/v1/hello`), 200);
        const many = await Promise.all(Array.from({ length: 60 }, () => status(`${url}/v1/hello`)));
        assert.ok(many.includes(429));
        assert.equal(await status(`${url}/ready`), 200);
        assert.equal(await status(metrics ?? ''), 200);
        const preflight = await fetch(`${url}/v1/hello`, {
          method: 'OPTIONS',
          headers: { origin: 'https://staging.example.com', 'access-control-request-method': 'GET' },
        });
        assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://staging.example.com');
      } finally {
        child.kill('SIGINT');
      }
      assert.equal(await ended, 0);
    }));

  it('starts the example of its own help, on the ports that are asked for', () =>
    inProgramFolder(async ({ program, run }) => {
      const [, example = ''] = /^example: seaworthy (.+)$/m.exec(run('serve --help').stdout) ?? [];
      const ports = ['--port', '0', '--admin-port', '0', '--egress-port', '0'];
      const served = start(program, ROOT, [...example.split(' '), ...ports]);
      const text = await served.until('Ctrl-C stops it.');
      assert.match(text, /sim-corp in staging, served on http:\/\/127\.0\.0\.1:\d+/);
      assert.match(served.errors(), /^sim-corp in staging, tried on this machine\./);
      assert.equal(await served.end('SIGTERM'), 0);
    }));

  it('a port that is taken is told with the option that helps, and nothing is started :: for each port', () =>
    inProgramFolder(async ({ program, run, folder }) => {
      run('init --name shop');
      run('compile');
      const other = createServer();
      const port = await bind(other);
      try {
        for (const option of ['--port', '--admin-port']) {
          const args = ['serve', '--environment', 'staging', '--echo', option, String(port)];
          const served = start(program, folder, args);
          assert.equal(await served.ended, 2);
          assert.match(
            served.errors(),
            new RegExp(
              `seaworthy: cannot listen on 127\\.0\\.0\\.1:${port}: the address is in use \\(EADDRINUSE\\)\n  Choose another with \`${option} PORT\`; 0 takes any that is free\\.\n$`,
            ),
          );
          assert.doesNotMatch(served.errors(), /database ready/);
        }
        assert.match(run('serve --port 65536').stderr, /`--port` cannot be `65536`/);
      } finally {
        other.close();
      }
    }));

  it('without its database it is told so, once, and ends :: also at a signal while it waits', () =>
    inProgramFolder(async ({ program, run, folder }) => {
      run('init --name shop');
      run('compile');
      const args = ['serve', '--environment', 'production', '--echo', '--port', '0', '--admin-port', '0'];
      const policy = JSON.parse(readFileSync(join(folder, 'generated/shop/production/runtime/policy.json'), 'utf8'));
      for (const route of policy.routes) route.auth = 'api-key';
      const file = join(folder, 'policy.json');
      writeFileSync(file, JSON.stringify(policy));
      const env = { [policy.storage.database.env]: 'postgresql://127.0.0.1:1/none' };
      const served = start(program, folder, [...args, '--policy', file], env);
      assert.equal(await served.ended, 2);
      assert.match(
        served.errors(),
        /seaworthy: the database does not answer\n {2}The trial uses the database of DATABASE_URL/,
      );
      assert.doesNotMatch(served.errors(), /bug/);
      const early = start(program, folder, [...args, '--policy', file], env);
      await early.untilError('starting');
      assert.equal(await early.end('SIGTERM'), 0);
      assert.doesNotMatch(early.errors(), /bug/);
    }));

  it('reads its policy again when asked :: `--policy FILE`, its ports stay', () =>
    inProgramFolder(async ({ program, run, folder }) => {
      run('init --name shop');
      run('compile');
      const file = join(folder, 'policy.json');
      const policy = JSON.parse(readFileSync(join(folder, 'generated/shop/staging/runtime/policy.json'), 'utf8'));
      policy.storage.counters = { kind: 'memory' };
      policy.health.dependencies = [];
      policy.variables = [];
      writeFileSync(file, JSON.stringify(policy));
      const token = '0123456789'.repeat(4);
      const env = { ADMIN_API_KEY: token, SEAWORTHY_POLICY_WATCH_MS: '0', SEAWORTHY_DATA_DIR: '' };
      const args = ['serve', '--policy', file, '--port', '0', '--admin-port', '0'];
      const served = start(program, folder, args, env);
      const [, adminUrl] = /"admin":"([^"]+)"/.exec(await served.until('"msg":"started"')) ?? [];
      const reload = async () => {
        const response = await fetch(`${adminUrl}/v1/admin/reload`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
        });
        const { result } = JSON.parse(await response.text());
        return [response.status, result];
      };
      assert.deepEqual(await reload(), [200, 'unchanged']);
      writeFileSync(file, JSON.stringify({ ...policy, shutdown: { ...policy.shutdown, drainTimeoutMs: 12_345 } }));
      assert.deepEqual(await reload(), [200, 'reloaded']);
      assert.equal(await served.end('SIGTERM'), 0);
    }));

  it('names what can be served when nothing is chosen', () =>
    inProgramFolder(({ run }) => {
      run('init --name shop');
      run('compile');
      assert.deepEqual(run('serve --echo'), {
        status: 2,
        stdout: '',
        stderr: 'seaworthy: name the environment with `--environment`\n  There is production, staging.\n',
      });
      assert.match(run('serve --system shpo --echo').stderr, /Did you mean `shop`\?/);
    }));
});

const children = new Set<ChildProcess>();

/** Leaves no server behind, also when a test fails. */
function inProgramFolder(body: (program: ProgramFolder) => void | Promise<void>): Promise<void> {
  return inFolder(body).finally(() => {
    for (const child of children) child.kill('SIGKILL');
  });
}

const ROOT = join(import.meta.dirname, '..', '..');

/** The program in a process of its own; no variable of this one reaches it but the path. */
function start(program: string, cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  child.once('close', () => children.delete(child));
  const text = { out: '', error: '' };
  child.stdout?.on('data', (chunk) => {
    text.out += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    text.error += String(chunk);
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const until = async (stream: 'out' | 'error', end: string): Promise<string> => {
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    while (!text[stream].includes(end)) {
      if (isOver) throw new Error(`ended without ${end}: ${text.out}${text.error}`);
      await sleep(20);
    }
    return text[stream];
  };
  return {
    ended,
    until: (end: string) => until('out', end),
    untilError: (end: string) => until('error', end),
    errors: () => text.error,
    end(signal: NodeJS.Signals) {
      child.kill(signal);
      return ended;
    },
  };
}

async function bind(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const status = async (url: string): Promise<number> => {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
};

function readUntil(stream: NodeJS.ReadableStream, end: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.on('data', (chunk) => {
      text += String(chunk);
      if (text.includes(end)) resolve(text);
    });
    stream.on('end', () => reject(new Error(`ended without ${end}: ${text}`)));
  });
}
