import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProgramFolder, type ProgramFolder } from '../testing/run-program.ts';
import { SkipTest } from '../testing/skip-test.ts';
import { describe } from '../testing/suite.ts';
import { asUsageError, reasonOf } from './disk-failures.ts';
import { wantsColor } from './output.ts';

const inShop = (body: (program: ProgramFolder) => void | Promise<void>) => () =>
  inProgramFolder((program) => {
    program.run('init --name shop');
    return body(program);
  });

describe('what the disk says', (it) => {
  it('a read-only file system is called that, by every command that writes', () =>
    inProgramFolder(({ run, program }) => {
      const mount = mkdtempSync(join(tmpdir(), 'seaworthy-read-only-'));
      const mountIt = (...args: readonly string[]) => spawnSync('mount', [...args, mount], { encoding: 'utf8' });
      try {
        if (mountIt('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs').status !== 0)
          throw new SkipTest('no file system can be mounted here');
        try {
          run(`init --name shop --spec ${mount}/spec`);
          mountIt('-o', 'remount,ro');
          const inside = (args: string) => {
            const { status, stderr } = spawnSync(process.execPath, [program, ...args.split(' ')], {
              cwd: mount,
              encoding: 'utf8',
              env: { ...process.env, NO_COLOR: '1' },
            });
            return [status, stderr.replaceAll(mount, 'MOUNT')];
          };
          assert.deepEqual(inside('compile'), [
            2,
            'seaworthy: generated cannot be written: the file system is read-only (EROFS)\n  What was there before is still there.\n',
          ]);
          assert.deepEqual(inside('init --name other'), [
            2,
            'seaworthy: `spec/other` cannot be written: the file system is read-only (EROFS)\n',
          ]);
          assert.equal(inside('check')[0], 0);
        } finally {
          spawnSync('umount', [mount]);
        }
      } finally {
        rmSync(mount, { recursive: true, force: true });
      }
    }));

  it(
    'a file on the way, a name too long, a circle of links :: one line each, and never a held lock',
    inShop(({ run, folder }) => {
      writeFileSync(join(folder, 'file'), '');
      symlinkSync('circle', join(folder, 'circle'));
      const long = 'a'.repeat(300);
      const of = (args: string): string => {
        const { status, stderr } = run(args);
        assert.equal(status, 2, `${args}: ${stderr}`);
        assert.doesNotMatch(stderr, /bug|another compile/);
        return stderr;
      };
      assert.match(of('compile --out file'), /file cannot be written: a file stands where a folder has to be/);
      assert.match(of('compile --out file/deeper'), /a file stands where a folder has to be/);
      assert.match(of(`compile --out ${long}`), /a name is too long for the file system \(ENAMETOOLONG\)/);
      assert.match(of('compile --out circle/deeper'), /symbolic links lead in a circle \(ELOOP\)/);
      assert.match(of(`init --name other --spec ${long}`), /ENAMETOOLONG/);
      assert.match(of('init --name other --spec file'), /ENOTDIR/);
      assert.match(of(`verify --out ${long}`), /ENAMETOOLONG|there is no/);
      assert.match(of('serve --policy .'), /a folder stands where a file has to be \(EISDIR\)/);
      assert.match(of('check --spec file'), /is not a directory/);
      assert.match(of('check --spec circle'), /ELOOP|circle/);
    }),
  );

  it('an error of the machine is none of ours :: and the other way round', () => {
    const error = (code: string, more: object = {}) => Object.assign(new Error('x'), { code, ...more });
    assert.equal(
      asUsageError(error('EMFILE', { syscall: 'open', path: 'a' }))?.message,
      '`a` cannot be read: too many files are open (EMFILE)',
    );
    assert.match(asUsageError(error('EXDEV', { syscall: 'rename', path: 'a' }))?.message ?? '', /cannot be written/);
    assert.equal(asUsageError(error('ECONNREFUSED', { syscall: 'connect' })), undefined);
    assert.equal(asUsageError(error('ERR_INVALID_ARG_TYPE')), undefined);
    assert.equal(asUsageError(new TypeError('x')), undefined);
    assert.equal(reasonOf(error('constructor')), undefined);
  });
});

describe('where a command runs', (it) => {
  it(
    'a spec folder that is not there is a slip of the command line',
    inShop(({ run }) => {
      for (const command of ['check', 'compile', 'compile --check', 'explain service/api']) {
        const { status, stdout, stderr } = run(`${command} --spec nowhere`);
        assert.deepEqual([status, stdout], [2, ''], command);
        assert.match(stderr, /^seaworthy: the spec directory `nowhere` does not exist\n/);
      }
    }),
  );

  it(
    'a folder within a project finds it :: not when a folder is named, and not beyond a repository',
    inShop(({ run, folder, program }) => {
      run('compile');
      const below = join(folder, 'src', 'deep');
      mkdirSync(below, { recursive: true });
      const inside = (args: string) =>
        spawnSync(process.execPath, [program, ...args.split(' ')], {
          cwd: below,
          encoding: 'utf8',
          env: { ...process.env, NO_COLOR: '1' },
        });
      for (const args of ['check', 'compile --check', 'explain service/api --environment staging']) {
        const { status, stderr } = inside(args);
        assert.equal(status, 0, `${args}: ${stderr}`);
        assert.match(stderr, /^seaworthy: working in \.\.\/\.\.\n/);
      }
      assert.equal(inside('check --spec spec').status, 2);
      mkdirSync(join(folder, 'src', '.git'));
      assert.equal(inside('check').status, 2);
    }),
  );

  it(
    'an abbreviation of a name is understood where it is clear',
    inShop(({ run }) => {
      assert.match(run('check --environment prod').stderr, /Did you mean `production`\?/);
      assert.match(run('check --environment p').stderr, /The spec has production, staging/);
    }),
  );

  it(
    'a tree that is not there is one finding :: and one environment of several as well',
    inShop(({ run, folder }) => {
      const findings = () => {
        const { status, stdout } = run('compile --check --format json');
        assert.equal(status, 1);
        return JSON.parse(stdout)
          .diagnostics.filter(({ severity }: { severity: string }) => severity === 'error')
          .map(({ code, message }: { code: string; message: string }) => [code, message.replace(/\d+/, 'N')]);
      };
      assert.deepEqual(findings(), [['SW-904', 'generated holds none of the N files that the spec asks for']]);
      run('compile');
      rmSync(join(folder, 'generated/shop/staging'), { recursive: true });
      assert.deepEqual(findings(), [
        ['SW-904', 'generated/shop/staging holds none of the N files that the spec asks for'],
      ]);
    }),
  );
});

describe('explain', (it) => {
  it(
    'needs no option where there is one environment, and says where a value comes from',
    inShop(({ run, folder }) => {
      const several = run('explain service/api');
      assert.equal(several.status, 2);
      assert.match(several.stderr, /needs `--environment` \(production, staging\)/);
      rmSync(join(folder, 'spec/shop/environments/staging.yaml'));
      const { status, stdout } = run('explain service/api');
      assert.equal(status, 0);
      assert.match(stdout, /^service\/api of shop in production\n/);
      assert.match(stdout, /^name +api +shop\/services\/api\.yaml#\/metadata\/name$/m);
      assert.match(stdout, /^command +\[\] +not set$/m);
      assert.equal(stdout.match(/#\/metadata\/name$/gm)?.length, 1);
    }),
  );

  it(
    'speaks JSON :: of a code, a check, a default, a field, a service and of everything',
    inShop(({ run }) => {
      const of = (topic: string) => JSON.parse(run(`explain ${topic} --format json`).stdout);
      assert.equal(of('SW-205').code, 'SW-205');
      assert.equal(of('data/has-backup').id, 'data/has-backup');
      assert.equal(of('Service.spec.port').topic, 'field');
      assert.ok(of('service/api --environment production').rows.some(({ path }: { path: string }) => path === 'port'));
      assert.ok(of('').defaults.length > 10);
    }),
  );
});

describe('colour', (it) => {
  it('follows the option, then FORCE_COLOR, NO_COLOR, CLICOLOR_FORCE, CLICOLOR, then the terminal', () => {
    const cases: readonly (readonly [Readonly<Record<string, string>>, boolean, boolean])[] = [
      [{}, true, true],
      [{}, false, false],
      [{ TERM: 'dumb' }, true, false],
      [{ NO_COLOR: '1' }, true, false],
      [{ NO_COLOR: '' }, true, true],
      [{ FORCE_COLOR: '1' }, false, true],
      [{ FORCE_COLOR: '0' }, true, false],
      [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
      [{ CLICOLOR_FORCE: '1' }, false, true],
      [{ CLICOLOR_FORCE: '0' }, false, false],
      [{ CLICOLOR_FORCE: '1', NO_COLOR: '1' }, false, false],
      [{ CLICOLOR: '0' }, true, false],
    ];
    for (const [env, isTerminal, wanted] of cases) {
      assert.equal(wantsColor('auto', env, isTerminal), wanted, JSON.stringify(env));
      assert.equal(wantsColor('never', env, isTerminal), false);
      assert.equal(wantsColor('always', env, isTerminal), true);
    }
  });
});
