import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { findTool, installCommand, packagesOf, REAL_TOOLS, requireTool, requireVersion } from './real-tools.ts';
import { SkipTest } from './skip-test.ts';
import { describe } from './suite.ts';

/** Runs with these environment variables, and puts the old ones back. */
function withEnv(changes: Readonly<Record<string, string>>, run: () => void): void {
  const before = { ...process.env };
  Object.assign(process.env, changes);
  try {
    run();
  } finally {
    process.env = before;
  }
}

/** Runs with a folder on PATH that holds one file named like a tool that no machine has elsewhere. */
function withFolder(run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-'));
  try {
    withEnv({ PATH: `${folder}:${process.env['PATH'] ?? ''}` }, () => run(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('findTool', (it) => {
  it('finds an executable file on PATH, first come first', () => {
    withFolder((folder) => {
      writeFileSync(join(folder, 'nginx'), '');
      chmodSync(join(folder, 'nginx'), 0o755);
      assert.is(findTool('nginx'), join(folder, 'nginx'));
    });
  });
  it('passes over a file that cannot be run and a folder of the name', () => {
    withFolder((folder) => {
      writeFileSync(join(folder, 'nginx'), '', { mode: 0o644 });
      mkdirSync(join(folder, 'amtool'));
      assert.is.not(findTool('nginx'), join(folder, 'nginx'));
      assert.is.not(findTool('amtool'), join(folder, 'amtool'));
    });
  });
});

describe('requireTool', (it) => {
  // Not a literal in the call: the installer takes that for a need, and would install the tool.
  const tool = 'chromium';
  const nowhere: readonly string[] = [];
  it('skips a test where the tool is missing, and says how to install it', () => {
    withEnv({ CI: '' }, () => assert.throws(() => requireTool(tool, nowhere), isSkip));
  });
  it('fails a test where the tool is missing and CI=true', () => {
    withEnv({ CI: 'true' }, () => {
      assert.throws(
        () => requireTool(tool, nowhere),
        (error: unknown) => error instanceof Error && !isSkip(error),
      );
    });
  });
});

describe('requireVersion', (it) => {
  const curl = 'curl';
  const isAnother = (error: unknown) => error instanceof SkipTest && /this needs curl 7\.88/.test(error.message);
  /** A curl that says this, before any other on PATH. */
  const saying = (said: string, run: () => void) =>
    withFolder((folder) => {
      writeFileSync(join(folder, 'curl'), `#!/bin/sh\necho '${said}'\n`, { mode: 0o755 });
      run();
    });
  it('gives the tool of this version, whatever its patch', () => {
    for (const said of ['curl 7.88.1 (x86_64)', 'curl version: curl/7.88'])
      saying(said, () => assert.match(requireVersion(curl, '7.88', '--version'), /\/curl$/));
  });
  it('skips a test where it is another, also with CI=true :: a longer number, none', () => {
    for (const said of ['curl 8.14.1', 'curl 7.880.1', 'curl 17.88', 'none'])
      saying(said, () =>
        withEnv({ CI: 'true' }, () => assert.throws(() => requireVersion(curl, '7.88', '--version'), isAnother)),
      );
  });
});

describe('installCommand', (it) => {
  it('names each package once, sorted', () => {
    assert.is(
      installCommand(['promtool', 'amtool', 'promtool']),
      'apt-get install --no-install-recommends prometheus prometheus-alertmanager',
    );
  });
  it('knows a package for every tool', () => {
    for (const tool of Object.keys(REAL_TOOLS) as (keyof typeof REAL_TOOLS)[]) assert.is(packagesOf([tool]).length, 1);
  });
});

const isSkip = (error: unknown): boolean => error instanceof SkipTest && error.message.includes('apt-get install');
