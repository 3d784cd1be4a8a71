import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inProgramFolder } from '../testing/run-program.ts';
import { describe } from '../testing/suite.ts';
import { VERSION } from '../version.ts';

/** What people get wrong, and the whole answer. */
const MISTAKES: Readonly<Record<string, string>> = {
  complie: 'seaworthy: there is no command `complie`\n  Did you mean `compile`?\n',
  frobnicate: 'seaworthy: there is no command `frobnicate`\n  See `seaworthy --help`.\n',
  '--verison': 'seaworthy: there is no option `--verison`\n  See `seaworthy --help`.\n',
  'compile --chek': 'seaworthy: `compile` has no option `--chek`\n  Did you mean `--check`?\n',
  'compile --quux': 'seaworthy: `compile` has no option `--quux`\n  See `seaworthy compile --help`.\n',
  'compile --spec': 'seaworthy: `--spec` needs a value\n  Write `--spec DIR`.\n',
  'compile --spec --check': 'seaworthy: `--spec` needs a value\n  Write `--spec DIR`.\n',
  'compile --check=yes': 'seaworthy: `--check` takes no value\n',
  'compile --check --force': 'seaworthy: `--check` writes nothing, so `--force` means nothing with it\n',
  'compile here': 'seaworthy: `compile` takes no `here`\n  See `seaworthy compile --help`.\n',
  'check --format jsn': 'seaworthy: `--format` cannot be `jsn`\n  Did you mean `json`?\n',
  'explain SW-9999': 'seaworthy: there is nothing called `SW-9999`\n  Did you mean `SW-299`?\n',
  'explain a b': 'seaworthy: one name at a time; `b` is one too many\n',
  'explain service/api':
    'seaworthy: the spec directory `spec` does not exist\n  Create the directory, or name another one with `--spec DIR`.\n',
  verify: 'seaworthy: there is no `generated`\n  Run `seaworthy compile` first.\n',
  serve:
    'seaworthy: there is no compiled policy\n  Run `seaworthy compile` first; the system must want the target `runtime`.\n',
  'serve --port 99999': 'seaworthy: `--port` cannot be `99999`\n  Ports go from 0 to 65535.\n',
  'serve --policy no.json':
    'seaworthy: `no.json` cannot be read: there is no such file or folder (ENOENT)\n  Run `seaworthy compile` first, or name a file with `--policy FILE`.\n',
  'init --name Shop':
    'seaworthy: `Shop` is no name for a system\n  Use lower-case letters, digits and dashes, such as `--name shop`.\n',
};

describe('seaworthy', (it) => {
  for (const [args, stderr] of Object.entries(MISTAKES)) {
    it(`answers a mistake in one breath :: ${args}`, () =>
      inProgramFolder(({ run }) => {
        assert.deepEqual(run(args), { status: 2, stdout: '', stderr });
      }));
  }

  it('prints its version', () =>
    inProgramFolder(({ run }) => {
      assert.deepEqual(run('--version'), { status: 0, stdout: `${VERSION}\n`, stderr: '' });
      const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
      assert.equal(VERSION, manifest.version);
    }));

  it('has help with an example everywhere', () =>
    inProgramFolder(({ run }) => {
      const program = run('--help');
      assert.equal(program.status, 0);
      const commands = [...program.stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
      assert.deepEqual(commands, ['compile', 'check', 'verify', 'explain', 'serve', 'init']);
      for (const command of commands) {
        const { status, stdout, stderr } = run(`${command} --help`);
        assert.deepEqual([status, stderr], [0, ''], command);
        assert.match(stdout, new RegExp(`^seaworthy ${command}: .*[^.]\n\nusage: seaworthy ${command}`));
        assert.match(stdout, new RegExp(`\nexample: seaworthy ${command}`));
      }
    }));

  it('shows its help and fails when nothing is asked of it', () =>
    inProgramFolder(({ run }) => {
      const { status, stdout, stderr } = run('');
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, /^Seaworthy: /);
    }));

  it('ends quietly when its reader leaves', () =>
    inProgramFolder(async ({ folder, program }) => {
      const child = spawn(process.execPath, [program, 'explain'], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stderr = '';
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
      });
      child.stdout.destroy();
      const status = await new Promise((resolve) => child.on('exit', resolve));
      assert.deepEqual([status, stderr], [0, '']);
    }));
});
