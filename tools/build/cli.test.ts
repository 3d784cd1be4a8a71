/**
 * Builds a small command line the way ours is built, and runs it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { describe } from '../../compiler/testing/suite.ts';
import { ROOT } from '../root.ts';
import { buildCli } from './cli.ts';

const MAIN = `
import { parse } from 'yaml';
const [command] = process.argv.slice(2);
async function main() {
  if (command === 'yaml') console.log(JSON.stringify(parse('a: [1, é]')));
  if (command === 'lazy') console.log((await import('cdk8s')).Size.mebibytes(3).toKibibytes());
  if (command === 'runtime') console.log((await import('./runtime/main.ts')).answer);
  if (command === 'where') console.log(import.meta.url.endsWith('/cli.cjs'));
  if (command === 'fail') process.exitCode = 2;
  if (command === 'throw') throw new Error('no 44');
}
void main();
`;

/** Builds the program into a folder of the project, where its packages are found. */
async function withCli(
  body: (run: (command: string) => ReturnType<typeof spawn>, outdir: string) => void,
): Promise<void> {
  mkdirSync(join(ROOT, '.seaworthy'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.seaworthy', 'build-'));
  try {
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'main.ts'), MAIN);
    writeFileSync(join(folder, 'dist', 'runtime.mjs'), 'export const answer = 45;');
    await buildCli(join(folder, 'main.ts'), join(folder, 'dist'));
    body((command) => spawn(join(folder, 'dist', 'cli.js'), command), join(folder, 'dist'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function spawn(launcher: string, command: string) {
  return spawnSync(launcher, [command], { encoding: 'utf8', cwd: '/' });
}

const COMMANDS: Readonly<Record<string, string>> = {
  yaml: '{"a":[1,"é"]}\n',
  lazy: '3072\n',
  runtime: '45\n',
  where: 'true\n',
};

describe('buildCli', (it) => {
  it('makes an executable that runs from anywhere, with its code cache and without', async () => {
    await withCli((run, outdir) => {
      assert.ok(existsSync(join(outdir, 'cli.cache')));
      const runAll = (): void => {
        for (const [command, stdout] of Object.entries(COMMANDS)) {
          const result = run(command);
          assert.is(result.stderr, '', command);
          assert.is(result.stdout, stdout, command);
        }
      };
      runAll();
      writeFileSync(join(outdir, 'cli.cache'), readFileSync(join(outdir, 'cli.cache')).fill(0, 0, 64));
      runAll();
      rmSync(join(outdir, 'cli.cache'));
      runAll();
    });
  });

  it('passes on how the program ended', async () => {
    await withCli((run) => {
      assert.is(run('fail').status, 2);
      const crash = run('throw');
      assert.is(crash.status, 1);
      assert.match(crash.stderr, 'no 44');
      assert.ok(crash.stderr.length < 4_000, 'a crash is short enough to read');
    });
  });
});
