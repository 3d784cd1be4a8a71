import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inProgramFolder, type ProgramFolder } from '../testing/run-program.ts';
import { describe } from '../testing/suite.ts';

const FILE = 'generated/shop/production/kubernetes/api/deployment-api.yaml';

describe('compile', (it) => {
  it('brings the starter spec of init to a tree at once, ends in a table and proves it', () =>
    inShop(({ run }) => {
      const first = run('compile');
      assert.equal(first.stderr, '');
      const table =
        /^systems {7}1\nenvironments {2}2\nservices {6}2\nartifacts {5}(\d+) \(\1 created\)\nfindings {6}.*\nmilliseconds {2}\d+\n$/;
      assert.match(first.stdout, table);
      assert.equal(first.status, 0);
      assert.match(run('compile').stdout, /\(unchanged\)/);
      const check = run('compile --check');
      assert.match(check.stdout, /\(as the spec says\)/);
      assert.deepEqual([check.status, check.stderr], [0, '']);
    }));

  it('writes nothing while the spec has an error', () =>
    inShop(({ run, folder }) => {
      edit(join(folder, 'spec/shop/services/api.yaml'), 'port: 3000', 'prot: 3000');
      const { status, stdout, stderr } = run('compile');
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, /^spec\/shop\/services\/api\.yaml:\d+:\d+ {2}error SW-\d+ /);
      assert.match(stderr, /Did you mean `port`\?/);
      assert.match(stderr, /\nnothing was written\n$/);
      assert.throws(() => statSync(join(folder, 'generated')), /ENOENT/);
    }));

  it('prints one document for machines, whatever happens', () =>
    inShop(({ run, folder }) => {
      run('compile');
      edit(join(folder, FILE), 'cpu: 250m', 'cpu: 999m');
      for (const args of ['compile', 'compile --check']) {
        const { status, stdout, stderr } = run(`${args} --format json`);
        assert.deepEqual([status, stderr], [1, '']);
        const errors = JSON.parse(stdout).diagnostics.filter((row: { severity: string }) => row.severity === 'error');
        assert.deepEqual(
          errors.map((row: { code: string; span: { file: string } }) => [row.code, row.span.file]),
          [['SW-901', FILE]],
        );
      }
      assert.match(run('compile --check --format github').stdout, new RegExp(`^::error file=${FILE},line=\\d+`, 'm'));
      assert.equal(JSON.parse(run('compile --check --format sarif').stdout).version, '2.1.0');
    }));

  it('refuses a hand-edited file with its diff, and overwrites it when forced', () =>
    inShop(({ run, folder }) => {
      run('compile');
      const before = readFileSync(join(folder, FILE), 'utf8');
      edit(join(folder, FILE), 'cpu: 250m', 'cpu: 999m');
      const refused = run('compile');
      assert.equal(refused.status, 1);
      assert.match(refused.stderr, /^--- generated.*\ton the disk\n\+\+\+ generated.*\twhat the spec says\n/);
      assert.match(refused.stderr, /^-\s+cpu: 999m\n\+\s+cpu: 250m$/m);
      assert.match(refused.stderr, /1 file refused; nothing was written\n$/);
      assert.match(readFileSync(join(folder, FILE), 'utf8'), /999m/);
      assert.match(run('compile --force').stdout, /\(1 updated\)/);
      assert.equal(readFileSync(join(folder, FILE), 'utf8'), before);
    }));

  it('refuses an edited index', () =>
    inShop(({ run, folder }) => {
      run('compile');
      edit(join(folder, 'generated/shop/staging/index.json'), '"compiler"', '"compilor"');
      const { status, stderr } = run('compile');
      assert.equal(status, 1);
      assert.match(stderr, /generated\/shop\/staging\/index\.json:\d+:\d+ {2}error SW-901/);
    }));

  it('names with --check what is edited, missing, stale and foreign, and touches nothing', () =>
    inShop(({ run, folder }) => {
      run('compile');
      edit(join(folder, FILE), 'cpu: 250m', 'cpu: 999m');
      rmSync(join(folder, 'generated/shop/staging/kubernetes/api/service-api.yaml'));
      writeFileSync(join(folder, 'generated/shop/staging/kubernetes/mine.yaml'), 'mine\n');
      rmSync(join(folder, 'spec/shop/environments/staging.yaml'));
      writeFileSync(join(folder, 'spec/shop/environments/test.yaml'), testEnvironment);
      const { status, stdout } = run('compile --check --format json');
      assert.equal(status, 1);
      const found: { code: string; message: string; span?: { file: string } }[] = JSON.parse(stdout).diagnostics;
      const codes = new Map(found.map(({ code, message, span }) => [span?.file ?? message, code]));
      assert.equal(codes.get(FILE), 'SW-901');
      assert.equal(codes.get('generated/shop/staging/kubernetes/api/deployment-api.yaml'), 'SW-905');
      assert.equal(codes.get('generated/shop/staging/kubernetes/mine.yaml'), 'SW-906');
      assert.equal(
        [...codes].find(([name]) => name.startsWith('generated/shop/test holds none of the '))?.[1],
        'SW-904',
      );
      assert.throws(() => statSync(join(folder, 'generated/shop/test')), /ENOENT/);
    }));

  it('removes what the spec no longer asks for and leaves the rest alone', () =>
    inShop(({ run, folder }) => {
      run('compile');
      writeFileSync(join(folder, 'generated/shop/staging/notes.txt'), 'mine\n');
      rmSync(join(folder, 'spec/shop/environments/staging.yaml'));
      const { status, stdout, stderr } = run('compile');
      assert.equal(status, 0);
      assert.match(stdout, /\(\d+ removed\)/);
      assert.equal(stderr, 'left alone: generated/shop/staging/notes.txt is not from the compiler\n');
      assert.equal(readFileSync(join(folder, 'generated/shop/staging/notes.txt'), 'utf8'), 'mine\n');
      assert.throws(() => statSync(join(folder, 'generated/shop/staging/index.json')), /ENOENT/);
    }));

  it('compiles one environment and leaves the others as they are', () =>
    inShop(({ run, folder }) => {
      assert.equal(run('compile --system shop --environment staging').status, 0);
      assert.throws(() => statSync(join(folder, 'generated/shop/production')), /ENOENT/);
      assert.equal(run('compile --check --environment staging').status, 0);
      assert.equal(run('compile --check').status, 1);
    }));

  it('offers the nearest name for one that the spec does not have', () =>
    inShop(({ run }) => {
      for (const command of ['compile', 'check']) {
        assert.deepEqual(run(`${command} --system shp`), {
          status: 2,
          stdout: '',
          stderr: 'seaworthy: the spec has no system `shp`\n  Did you mean `shop`?\n',
        });
      }
      assert.equal(
        run('compile --environment prod').stderr,
        'seaworthy: the spec has no environment `prod`\n  Did you mean `production`?\n',
      );
    }));

  it('explains a disk that cannot be written, without a stack', () =>
    inShop(({ run, folder }) => {
      writeFileSync(join(folder, 'file'), '');
      assert.deepEqual(run('compile --out file/generated'), {
        status: 2,
        stdout: '',
        stderr:
          'seaworthy: file/generated cannot be written: a file stands where a folder has to be (ENOTDIR)\n  What was there before is still there.\n',
      });
    }));

  it('writes through no link', () =>
    inShop(({ run, folder }) => {
      mkdirSync(join(folder, 'generated'));
      mkdirSync(join(folder, 'elsewhere'));
      symlinkSync(join(folder, 'elsewhere'), join(folder, 'generated/shop'));
      const { status, stderr } = run('compile');
      assert.equal(status, 1);
      assert.match(stderr, /^generated\/shop:1:1 {2}error SW-907/);
    }));

  it('repeats a proof only while nothing has changed, and --check notes none', () =>
    inShop(({ run, folder }) => {
      const cache = join(folder, '.cache');
      run('compile --check');
      assert.throws(() => statSync(cache), /ENOENT/);
      run('compile');
      const [note] = readdirSync(join(cache, 'seaworthy'));
      assert.ok(note);
      // A note that says something else shows whether it was the note that answered.
      const path = join(cache, 'seaworthy', note);
      edit(path, '"services":2', '"services":77');
      assert.match(run('compile --check').stdout, /services {6}77/);
      assert.match(run('compile --check --no-cache').stdout, /services {6}2\n/);
      assert.match(run('compile --check --system shop').stdout, /services {6}2\n/);
      const spec = join(folder, 'spec/shop/services/api.yaml');
      writeFileSync(spec, `${readFileSync(spec, 'utf8')}# a comment\n`);
      assert.match(run('compile --check').stdout, /services {6}2\n/);
      edit(spec, '# a comment\n', '');
      assert.match(run('compile --check').stdout, /services {6}77/);
      writeFileSync(join(folder, 'generated/shop/staging/mine.yaml'), '');
      assert.equal(run('compile --check').status, 1);
    }));

  it('says that there is no spec', () =>
    inProgramFolder(({ run }) => {
      const { status, stdout, stderr } = run('compile');
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, /^seaworthy: the spec directory `spec` does not exist\n/);
    }));
});

describe('check', (it) => {
  it('exits 0 with notes alone, and 1 with --strict only for warnings', () =>
    inShop(({ run, folder }) => {
      const { status, stdout, stderr } = run('check --strict');
      assert.deepEqual([status, stdout], [0, '']);
      assert.match(stderr, /info SW-390 {2}`image` of Service api is undecided/);
      const waiver = "waivers:\n  - { check: data/has-backup, owner: ops, reason: None., expires: '2999-01-01' }\n";
      const path = join(folder, 'spec/shop/system.yaml');
      writeFileSync(path, readFileSync(path, 'utf8') + waiver);
      assert.equal(run('check').status, 0);
      const strict = run('check --strict');
      assert.equal(strict.status, 1);
      assert.match(strict.stderr, /warning SW-393/);
    }));
});

describe('explain', (it) => {
  it('tells about a code, a check, a field and a default', () =>
    inProgramFolder(({ run }) => {
      assert.match(
        run('explain sw-301').stdout,
        /^SW-301 \(error\): A reference leads nowhere\n\nwhy: {2}.*\nhint: .*\n/,
      );
      assert.match(run('explain data/has-backup').stdout, /^SW-\d+ \(error\): .*\ncheck: data\/has-backup\n/);
      assert.match(
        run('explain Service.spec.shutdown.drain').stdout,
        /^Service\.spec\.shutdown\.drain: .*\n\ntype: .*\nrequired: no\ndefault: {2}30s \(drain\)\. .*\nexample: /,
      );
      assert.match(
        run('explain Service.routes[0].path').stdout,
        /^Service\.spec\.routes\.path: [\s\S]*required: yes\n/,
      );
      assert.match(
        run('explain drain').stdout,
        /^default drain: 30s\n\nfor: {2}Service\.spec\.shutdown\.drain\nwhy: {2}/,
      );
    }));

  it('lists everything it can tell about', () =>
    inProgramFolder(({ run }) => {
      const { stdout } = run('explain');
      for (const name of ['data/has-backup', 'SW-101', 'SW-901', 'drain', 'Service.spec.shutdown.drain'])
        assert.ok(stdout.includes(`\n  ${name}`), name);
    }));

  it('shows where each value of a service comes from, overrides included', () =>
    inShop(({ run }) => {
      const { stdout, status } = run('explain service/api --system shop --environment staging');
      assert.equal(status, 0);
      assert.match(
        stdout,
        /^scale\.max +3 +override:staging shop\/environments\/staging\.yaml#\/spec\/services\/api\/scale\/max <- shop\/services\/api\.yaml#\/spec\/scale\/max$/m,
      );
      assert.match(stdout, /^probes\.period +10000 +default:probe-period$/m);
      assert.match(
        run('explain service/apo --system shop --environment staging').stderr,
        /Did you mean `service\/api`\?/,
      );
    }));
});

describe('init', (it) => {
  it('never overwrites', () =>
    inShop(({ run }) => {
      assert.deepEqual(run('init --name shop'), {
        status: 2,
        stdout: '',
        stderr: 'seaworthy: `spec/shop` is not empty\n  Choose another name with `--name NAME`; nothing was written.\n',
      });
    }));
});

const testEnvironment =
  'apiVersion: seaworthy.dev/v1alpha1\nkind: Environment\nmetadata: { name: test, system: shop }\nspec: { stage: development }\n';

const inShop = (body: (program: ProgramFolder) => void): Promise<void> =>
  inProgramFolder((program) => {
    assert.deepEqual([program.run('init --name shop').status], [0]);
    body(program);
  });

function edit(path: string, from: string, to: string): void {
  const text = readFileSync(path, 'utf8');
  assert.ok(text.includes(from), `${path} holds no ${from}`);
  writeFileSync(path, text.replace(from, to));
}
