/**
 * Runs small real test files and looks at the verdict: what must never be is a file that proves nothing and passes.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { describe } from '../../compiler/testing/suite.ts';
import { ROOT } from '../root.ts';
import { findLeftover, parseReport, runTestFile, type Verdict } from './run-test-file.ts';

const SUITE = `import { describe } from '${ROOT}compiler/testing/suite.ts';\n`;

/** Writes one test file into a folder of the project, where the loader is found, and runs it. */
async function run(text: string, timeoutMs = 60_000): Promise<Verdict> {
  mkdirSync(join(ROOT, '.seaworthy'), { recursive: true });
  const root = mkdtempSync(join(ROOT, '.seaworthy', 'test-'));
  try {
    writeFileSync(join(root, 'subject.test.ts'), text);
    return await runTestFile('subject.test.ts', { root, timeoutMs });
  } finally {
    rmSync(root, { recursive: true });
  }
}

const counts = ({ passed, failed, skipped }: Verdict): readonly number[] => [passed, failed, skipped];

describe('runTestFile', (it) => {
  it('counts the tests of a file that passes, and shows nothing of its output', async () => {
    const verdict = await run(
      `${SUITE}console.log('noise');
      describe('a', (it) => { it('1', () => {}); it('2', async () => {}); });
      describe('b', async (it) => { await null; it('3', () => {}); });`,
    );
    assert.equal(counts(verdict), [3, 0, 0]);
    assert.is(verdict.details, '');
  });

  it('counts failures and shows the output', async () => {
    const verdict = await run(
      `${SUITE}describe('a', (it) => { it('good', () => {}); it('bad', () => { throw new Error('no 42'); }); });`,
    );
    assert.equal(counts(verdict), [1, 1, 0]);
    assert.match(verdict.details, 'no 42');
  });

  it('fails a suite without a test', async () => {
    assert.equal(
      counts(await run(`${SUITE}describe('a', (it) => { it('1', () => {}); }); describe('b', () => {});`)),
      [1, 1, 0],
    );
  });

  it('fails a suite whose body throws', async () => {
    const verdict = await run(`${SUITE}describe('a', (it) => { it('1', () => {}); throw new Error('no 43'); });`);
    assert.equal(counts(verdict), [1, 1, 0]);
    assert.match(verdict.details, 'no 43');
  });

  it('counts what is skipped apart and says why', async () => {
    const verdict = await run(
      `${SUITE}import { SkipTest } from '${ROOT}compiler/testing/skip-test.ts';
      describe('a', (it) => { it('1', () => {}); it('2', () => { throw new SkipTest('no such tool'); }); });`,
    );
    assert.equal(counts(verdict), [1, 0, 1]);
    assert.is(verdict.details, 'SKIPPED a > 2: no such tool');
  });

  const silent: Readonly<Record<string, string>> = {
    'an empty file': '',
    'a file that never declares a suite': SUITE,
    'a uvu suite that nobody runs': "import { suite } from 'uvu'; suite('a')('1', () => {});",
    'a file that exits before its suites run': `${SUITE}describe('a', (it) => { it('1', () => {}); }); process.exit(0);`,
    'a test that exits with 0': `${SUITE}describe('a', (it) => { it('1', () => process.exit(0)); it('2', () => {}); });`,
    'a file that cannot be loaded': "import './no-such-file.ts';",
    'a test that waits for what never comes': `${SUITE}describe('a', (it) => { it('1', () => new Promise(() => {})); });`,
    'a body that waits for what never comes': `${SUITE}describe('a', async () => { await new Promise(() => {}); });`,
    'a suite declared after the others ran': `${SUITE}describe('a', (it) => { it('1', () => {}); });
      await new Promise((resolve) => setTimeout(resolve, 50));
      describe('b', (it) => { it('2', () => {}); });`,
    'an error after the tests': `${SUITE}describe('a', (it) => { it('1', () => { setTimeout(() => { throw new Error('late'); }, 20); }); });`,
  };
  for (const [title, text] of Object.entries(silent)) {
    it(`fails ${title}`, async () => {
      const verdict = await run(text);
      assert.ok(verdict.failed >= 1, JSON.stringify(verdict));
      assert.ok(verdict.details.length > 0);
    });
  }

  it('kills a file that hangs, with its children', async () => {
    await withHeartbeat(async (spawnChild, isBeating) => {
      const verdict = await run(
        `${SUITE}${spawnChild}
        describe('a', (it) => { it('1', () => new Promise((resolve) => setTimeout(resolve, 600_000))); });`,
        3_000,
      );
      assert.equal(counts(verdict), [0, 1, 0]);
      assert.match(verdict.details, 'did not end within 3 s');
      assert.not(await isBeating());
    });
  });

  it('ends what a file leaves running', async () => {
    await withHeartbeat(async (spawnChild, isBeating) => {
      const verdict = await run(
        `${SUITE}${spawnChild}
        describe('a', (it) => { it('1', () => new Promise((resolve) => setTimeout(resolve, 300))); });`,
      );
      assert.equal(counts(verdict), [1, 0, 0]);
      assert.not(await isBeating());
    });
  });

  it('refuses a file in which a test is singled out, without running it', async () => {
    const verdict = await run(`${SUITE}it${'.only'}('1', () => {});`);
    assert.equal(counts(verdict), [0, 1, 0]);
  });
});

describe('findLeftover', (it) => {
  it('finds what is singled out or switched off', () => {
    assert.is(findLeftover(`test${'.skip'}('x')`), `test${'.skip'}`);
    assert.is(findLeftover(`  describe${'.only'} ('x')`), `describe${'.only'}`);
  });
  it('lets other words pass', () => {
    assert.is(findLeftover("permit.only('x'); it('works .only( for members'); z.skip(3)"), undefined);
  });
});

describe('parseReport', (it) => {
  const line = '##seaworthy-tests {"registered":3,"passed":1,"failed":1,"skipped":1}';
  it('reads the last report, wherever it stands', () => {
    assert.equal(parseReport(`##seaworthy-tests {}\nnoise\n${line}\nnoise`), {
      registered: 3,
      passed: 1,
      failed: 1,
      skipped: 1,
      proofs: [],
    });
  });
  it('takes nothing else for a report', () => {
    for (const text of [
      '',
      `> ${line}`,
      '##seaworthy-tests',
      '##seaworthy-tests {"passed":1}',
      line.replace('3', '"3"'),
    ]) {
      assert.is(parseReport(text), undefined, text);
    }
  });
});

/** Gives code that starts a child which writes to a file for as long as it lives, and a way to see whether it still does. */
async function withHeartbeat(
  body: (spawnChild: string, isBeating: () => Promise<boolean>) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-'));
  const file = join(folder, 'heartbeat');
  const loop = JSON.stringify(`while :; do echo . >> '${file}'; sleep 0.05; done`);
  const isBeating = async (): Promise<boolean> => {
    const before = statSync(file).size;
    await setTimeout(500);
    return statSync(file).size > before;
  };
  try {
    await body(
      `import { spawn } from 'node:child_process';
      spawn('sh', ['-c', ${loop}], { stdio: 'inherit' }).unref();`,
      isBeating,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
