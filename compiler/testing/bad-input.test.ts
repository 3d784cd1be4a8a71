/**
 * The corpus of bad input, through everything that judges a spec, and through the program as a user runs it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyse } from '../pipeline.ts';
import { loadSources } from '../source/load-sources.ts';
import { type FindProblems, runCorpus } from './bad-input/run-corpus.ts';
import { describe } from './suite.ts';

const wholeAnalysis: FindProblems = (host, directory) =>
  analyse(loadSources(host, directory), { specRoot: directory, today: '2026-11-21' }).diagnostics;

runCorpus(wholeAnalysis);

const CASES = join(import.meta.dirname, 'bad-input');
const MAIN = join(import.meta.dirname, '..', 'cli', 'main.ts');

describe('bad input :: the program', (it) => {
  for (const name of readdirSync(CASES).filter((entry) => existsSync(join(CASES, entry, 'spec')))) {
    it(`${name} :: exits 1 without a stack trace and writes nothing`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'seaworthy-'));
      try {
        const out = join(folder, 'generated');
        const { status, stdout, stderr } = spawnSync(
          process.execPath,
          ['--import', 'tsx', MAIN, 'compile', '--spec', join(CASES, name, 'spec'), '--out', out],
          { encoding: 'utf8' },
        );
        assert.equal(status, 1, stderr);
        assert.match(stderr, /(?:error|warning) SW-\d{3}/);
        assert.doesNotMatch(stdout + stderr, /^\s+at .+\(.+:\d+:\d+\)$/m);
        assert.equal(existsSync(out), false, 'nothing is written');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});
