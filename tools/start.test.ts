/**
 * The README's second command, in a copy of the project, as somebody who has just cloned it runs it: built, started through npm on
 * free ports, asked what it prints, and stopped as a terminal stops it. The installation is the one that runs this test.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '../compiler/testing/suite.ts';
import { ROOT } from './root.ts';

const SOURCES = ['compiler', 'runtime', 'schemas', 'spec', 'tools', 'package.json', 'tsconfig.json'];

describe('npm start', (it) => {
  it('compiles spec/, prints requests that can be sent, and ends at Ctrl-C with nothing left behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'seaworthy-start-'));
    try {
      for (const name of SOURCES) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
      const early = start(folder);
      assert.equal(await early.ended, 2);
      assert.match(early.errors(), /dist\/cli\.js is missing; run `npm run build` first/);

      const built = spawnSync('npm', ['run', 'build'], { cwd: folder, encoding: 'utf8' });
      assert.equal(built.status, 0, built.stderr);
      const served = start(folder);
      try {
        const text = await served.until('Ctrl-C stops it.');
        assert.match(served.errors(), /^sentientiq in development, tried on this machine\./m);
        const [, request = ''] = /readiness: 200\s+curl -i (\S+)/.exec(text) ?? [];
        assert.equal((await fetch(request)).status, 200);
        served.signal('SIGINT');
        await served.ended;
        await assert.rejects(fetch(request), 'nobody listens any more');
      } finally {
        served.signal('SIGKILL');
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** npm in a process group of its own, so that a signal reaches all of it, as from a terminal. */
function start(cwd: string) {
  const ports = ['--port', '0', '--admin-port', '0', '--egress-port', '0'];
  const env = { ...process.env, NO_COLOR: '1', XDG_CACHE_HOME: join(cwd, '.cache') };
  const child = spawn('npm', ['start', '--', ...ports], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [text, errors] = ['', ''];
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const until = (mark: string): Promise<string> =>
    new Promise((resolve, reject) => {
      child.stdout.on('data', (chunk) => {
        text += chunk;
        if (text.includes(mark)) resolve(text);
      });
      void ended.then((status) => reject(new Error(`ended with ${status}: ${text}${errors}`)));
    });
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // Nobody of the group is left.
    }
  };
  return { ended, until, signal, errors: () => errors };
}
