import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compareKeys } from '../../schemas/data/texts.ts';
import { printJson } from '../printers/json.ts';
import { SkipTest } from '../testing/skip-test.ts';
import { describe } from '../testing/suite.ts';
import { digestOf } from './digest.ts';
import { diskHost, type WriterHost } from './host.ts';
import type { WantedEnvironment } from './plan-writes.ts';
import { sealIndex } from './read-index.ts';
import { type WriteOutcome, writeTree } from './write-plan.ts';

const OLD = [
  environment('shop', 'production', { 'kubernetes/a.yaml': 'a1', 'kubernetes/b.yaml': 'b1', 'nginx/n.conf': 'n1' }),
  environment('shop', 'staging', { 'kubernetes/a.yaml': 'a1' }),
  environment('stall', 'production', { 'x.yaml': 'x1' }),
];
const NEW = [
  environment('shop', 'production', { 'kubernetes/a.yaml': 'a2', 'kubernetes/c.yaml': 'c2', 'nginx/n.conf': 'n1' }),
  environment('shop', 'staging', { 'kubernetes/a.yaml': 'a1' }),
  environment('shop', 'test', { 'kubernetes/a.yaml': 'a2' }),
];
const FOREIGN = { 'shop/production/notes/mine.txt': 'mine', 'stall/production/mine.txt': 'mine' };

describe('writeTree', (it) => {
  it('brings the old tree to the new one and leaves foreign files where they are', () => {
    inFolder((root) => {
      makeOld(root);
      assert.equal(writeTree({ root, wanted: NEW }).kind, 'written');
      assert.deepEqual(read(root), { ...textsOf(NEW), ...FOREIGN });
    });
  });

  it('removes a whole environment, and the folder of its system, when nothing is left', () => {
    inFolder((root) => {
      writeTree({ root, wanted: OLD });
      writeTree({ root, wanted: OLD.slice(0, 1) });
      assert.deepEqual(readdirSync(root), ['shop']);
      assert.deepEqual(readdirSync(join(root, 'shop')), ['production']);
    });
  });

  it('touches nothing when nothing changed, and no unchanged file otherwise', () => {
    inFolder((root) => {
      makeOld(root);
      const paths = [...Object.keys(textsOf(OLD)), 'shop/staging', 'shop'].map((path) => join(root, path));
      for (const path of paths) utimesSync(path, 1, 1);
      writeTree({ root, wanted: OLD });
      for (const path of paths) assert.equal(statSync(path).mtimeMs, 1000, path);
      writeTree({ root, wanted: NEW });
      const kept = ['shop/production/nginx/n.conf', 'shop/staging', 'shop/staging/kubernetes/a.yaml'];
      for (const path of kept) assert.equal(statSync(join(root, path)).mtimeMs, 1000, path);
    });
  });

  it('writes nothing at all when one file is refused', () => {
    inFolder((root) => {
      makeOld(root);
      writeFileSync(join(root, 'shop/production/kubernetes/a.yaml'), 'edited');
      const before = read(root);
      assert.equal(writeTree({ root, wanted: NEW }).kind, 'refused');
      assert.deepEqual(read(root), before);
      assert.equal(writeTree({ root, wanted: NEW, force: true }).kind, 'written');
      assert.deepEqual(read(root), { ...textsOf(NEW), ...FOREIGN });
    });
  });

  it('looks only at what is selected', () => {
    inFolder((root) => {
      makeOld(root);
      writeTree({ root, wanted: NEW.slice(0, 1), selection: { system: 'shop', environment: 'production' } });
      const { 'shop/test/index.json': _, 'shop/test/kubernetes/a.yaml': __, ...rest } = textsOf(NEW);
      assert.deepEqual(read(root), { ...textsOf(OLD.slice(2)), ...rest, ...FOREIGN });
    });
  });

  it('never follows a link out of the tree', () => {
    inFolder((root) => {
      const outside = join(root, '..', 'outside');
      for (const [link, wanted] of [
        ['shop', OLD],
        ['stall/production', OLD],
        ['stall/production/kubernetes', [environment('stall', 'production', { 'kubernetes/a.yaml': 'a' })]],
      ] as const) {
        rmSync(root, { recursive: true, force: true });
        mkdirSync(outside, { recursive: true });
        mkdirSync(dirname(join(root, link)), { recursive: true });
        symlinkSync(outside, join(root, link));
        for (const force of [false, true]) assert.equal(writeTree({ root, wanted, force }).kind, 'refused', link);
        assert.deepEqual(readdirSync(outside), []);
      }
    });
  });

  it('keeps a foreign link as a link', () => {
    inFolder((root) => {
      makeOld(root);
      symlinkSync('/nowhere', join(root, 'shop/production/link'));
      writeTree({ root, wanted: NEW });
      assert.ok(readdirSync(join(root, 'shop/production'), { withFileTypes: true }).some((e) => e.isSymbolicLink()));
    });
  });
});

describe('writeTree under failures', (it) => {
  it('leaves the whole old tree when any single step fails', () => {
    const steps = countSteps();
    assert.ok(steps > 30, `${steps} steps`);
    for (let failing = 1; failing <= steps; failing += 1) {
      inFolder((root) => {
        makeOld(root);
        const error = attempt(() => writeTree({ root, wanted: NEW, host: faulty(failing, 'once') }));
        const state = nameState(read(root));
        // A step that only cleans up may fail without harm.
        assert.ok(state === 'new' || (state === 'old' && error !== undefined), `step ${failing}: ${state}, ${error}`);
        assert.equal(writeTree({ root, wanted: NEW }).kind, 'written', `step ${failing}`);
        assert.equal(nameState(read(root)), 'new', `step ${failing}, second run`);
      });
    }
  });

  it('leads from a death at any single step to the whole old or the whole new tree', () => {
    const steps = countSteps();
    const seen = new Set<string>();
    for (let failing = 1; failing <= steps; failing += 1) {
      for (const next of [OLD, NEW]) {
        inFolder((root) => {
          makeOld(root);
          attempt(() => writeTree({ root, wanted: NEW, host: faulty(failing, 'dead') }));
          killHolder(root);
          const isBegun = existsSync(join(root, '.seaworthy/commit.json'));
          const left = nameState(read(root));
          seen.add(left);
          assert.ok(left !== 'mixed' || isBegun, `step ${failing}: nothing says that the tree is between two states`);
          assert.equal(writeTree({ root, wanted: next }).kind, 'written', `step ${failing}`);
          assert.equal(nameState(read(root)), next === OLD ? 'old' : 'new', `step ${failing}, next run`);
          assert.deepEqual(
            readdirSync(root).filter((name) => name.startsWith('.')),
            [],
          );
        });
      }
    }
    assert.deepEqual([...seen].sort(), ['mixed', 'new', 'old']);
  });

  it('is finished by the next run after kill -9 at any time', async () => {
    const delays = [3, 60, 110, 170, 300];
    for (const delay of delays) {
      await inFolderAsync(async (root) => {
        writeTree({ root, wanted: big('1') });
        await killAfter(delay, root);
        const states = new Set(['1', '2']);
        const before = read(root);
        if (!existsSync(join(root, '.seaworthy/commit.json')))
          assert.ok(states.has(bigState(before)), `after ${delay} ms`);
        writeTree({ root, wanted: big('2') });
        assert.equal(bigState(read(root)), '2');
        assert.deepEqual(readdirSync(root), ['shop']);
      });
    }
  });

  it('leaves the old tree whole on a full disk', () => {
    const mount = mkdtempSync(join(tmpdir(), 'seaworthy-full-'));
    try {
      const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', mount], {
        encoding: 'utf8',
      });
      if (status !== 0)
        throw new SkipTest(`a small file system cannot be mounted here: ${stderr ?? 'no mount command'}`);
      try {
        const root = join(mount, 'generated');
        writeTree({ root, wanted: big('1') });
        const before = read(root);
        const large = [environment('shop', 'production', { 'large.yaml': 'x'.repeat(5_000_000) })];
        assert.throws(() => writeTree({ root, wanted: large }), /ENOSPC/);
        assert.deepEqual(read(root), before);
        assert.deepEqual(readdirSync(root), ['shop']);
      } finally {
        spawnSync('umount', [mount]);
      }
    } finally {
      rmSync(mount, { recursive: true, force: true });
    }
  });
});

describe('the lock', (it) => {
  it('keeps a second compile out while the first one lives', () => {
    inFolder((root) => {
      holdLock(root, `${process.ppid}@0@${hostname()}`);
      const outcome = writeTree({ root, wanted: OLD });
      assert.deepEqual(outcome, { kind: 'held', pid: process.ppid, machine: hostname() } satisfies WriteOutcome);
      assert.deepEqual(read(root), {});
    });
  });

  it('holds for a process of another machine', () => {
    inFolder((root) => {
      holdLock(root, '999999999@0@elsewhere');
      assert.equal(writeTree({ root, wanted: OLD }).kind, 'held');
    });
  });

  it('is taken over from a dead process, also when its number lives again', () => {
    for (const holder of [`999999999@1@${hostname()}`, `${process.pid}@1@${hostname()}`]) {
      inFolder((root) => {
        holdLock(root, holder);
        assert.equal(writeTree({ root, wanted: OLD }).kind, 'written', holder);
        assert.deepEqual(read(root), textsOf(OLD));
        assert.ok(!existsSync(join(root, '.seaworthy')));
      });
    }
  });
});

function environment(system: string, name: string, files: Readonly<Record<string, string>>): WantedEnvironment {
  const entries = Object.entries(files).map(([path, text]) => [path, { sha256: digestOf(text) }]);
  const index = sealIndex(printJson({ digest: '', files: Object.fromEntries(entries) }));
  return { system, environment: name, files: new Map(Object.entries({ ...files, 'index.json': index })) };
}

const textsOf = (environments: readonly WantedEnvironment[]): Record<string, string> =>
  Object.fromEntries(
    environments.flatMap(({ system, environment: name, files }) =>
      [...files].map(([path, text]) => [`${system}/${name}/${path}`, text]),
    ),
  );

function makeOld(root: string): void {
  writeTree({ root, wanted: OLD });
  for (const [path, text] of Object.entries(FOREIGN)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** Every file of the tree but the writer's own. */
function read(root: string): Record<string, string> {
  if (!existsSync(root)) return {};
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('.seaworthy'));
  return Object.fromEntries(paths.map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')]));
}

function nameState(files: Record<string, string>): 'old' | 'new' | 'mixed' {
  const isSame = (environments: readonly WantedEnvironment[]): boolean => {
    const expected = { ...textsOf(environments), ...FOREIGN };
    return (
      Object.keys(expected).length === Object.keys(files).length &&
      Object.entries(expected).every(([path, text]) => files[path] === text)
    );
  };
  if (isSame(OLD)) return 'old';
  return isSame(NEW) ? 'new' : 'mixed';
}

const CHANGING = ['write', 'link', 'makeDirectory', 'rename', 'removeFile', 'removeDirectory', 'removeTree'] as const;

/** A disk on which the n-th change fails: that one alone, or it and everything after it, as when the process dies there. */
function faulty(failing: number, mode: 'once' | 'dead', onStep: () => void = () => undefined): WriterHost {
  let step = 0;
  const guard =
    <Arguments extends readonly unknown[]>(run: (...args: Arguments) => void) =>
    (...args: Arguments): void => {
      step += 1;
      onStep();
      if (step === failing || (mode === 'dead' && step > failing))
        throw Object.assign(new Error('injected'), { code: 'EIO' });
      run(...args);
    };
  return {
    ...diskHost,
    ...({
      write: guard(diskHost.write),
      link: guard(diskHost.link),
      makeDirectory: guard(diskHost.makeDirectory),
      rename: guard(diskHost.rename),
      removeFile: guard(diskHost.removeFile),
      removeDirectory: guard(diskHost.removeDirectory),
      removeTree: guard(diskHost.removeTree),
    } satisfies Pick<WriterHost, (typeof CHANGING)[number]>),
  };
}

function countSteps(): number {
  let steps = 0;
  inFolder((root) => {
    makeOld(root);
    writeTree({
      root,
      wanted: NEW,
      host: faulty(0, 'once', () => {
        steps += 1;
      }),
    });
  });
  return steps;
}

function attempt(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

// The process that died on paper still runs this test, so its lock has to become that of a dead one.
function killHolder(root: string): void {
  const lock = join(root, '.seaworthy/lock');
  if (!existsSync(lock)) return;
  for (const name of readdirSync(lock)) unlinkSync(join(lock, name));
  writeFileSync(join(lock, `999999999@1@${hostname()}`), '');
}

function holdLock(root: string, holder: string): void {
  mkdirSync(join(root, '.seaworthy/lock'), { recursive: true });
  writeFileSync(join(root, '.seaworthy/lock', holder), '');
}

function big(version: string): readonly WantedEnvironment[] {
  return ['a', 'b', 'c'].map((name) =>
    environment(
      'shop',
      name,
      Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`${n % 7}/${n}.yaml`, `${version}`])),
    ),
  );
}

function bigState(files: Record<string, string>): string {
  const found = ['1', '2'].find(
    (version) => JSON.stringify(sorted(files)) === JSON.stringify(sorted(textsOf(big(version)))),
  );
  return found ?? 'mixed';
}

const sorted = (files: Record<string, string>) => Object.entries(files).sort(compareKeys);

/** Lets another process write versions 2 and 1 in turn, and kills it. */
async function killAfter(delay: number, root: string): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', import.meta.filename, '--write-for-ever', root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await new Promise((resolve) => setTimeout(resolve, delay));
  child.kill('SIGKILL');
  await ended;
}

if (process.argv[2] === '--write-for-ever') {
  process.stdout.write('begin\n');
  for (;;) for (const version of ['2', '1']) writeTree({ root: process.argv[3] ?? '', wanted: big(version) });
}

function inFolder(run: (root: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-writer-'));
  try {
    run(join(folder, 'generated'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inFolderAsync(run: (root: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-writer-'));
  try {
    await run(join(folder, 'generated'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
