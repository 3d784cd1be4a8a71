/**
 * The five real systems as acceptance: what is committed under `generated/` is what `spec/` says, whoever compiles it and wherever, and
 * the real tools accept it. `UPDATE_GOLDEN` is not needed here: run `seaworthy compile`.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { parse } from 'yaml';
import { metricsOf } from './derive/metrics-inventory.ts';
import { type Compilation, compile } from './pipeline.ts';
import { loadSources } from './source/load-sources.ts';
import type { SourceFile } from './source/source-document.ts';
import { diskHost } from './source/source-host.ts';
import { requireTool } from './testing/real-tools.ts';
import { describe } from './testing/suite.ts';
import { parsePromql } from './verify/promql.ts';

const ROOT = join(import.meta.dirname, '..');
const GENERATED = join(ROOT, 'generated');
const KUBE_VALIDATE = join(ROOT, '..', 'shared', 'tools', 'kube-validate');
const TODAY = '2026-11-21';

const compileFolder = (
  specRoot: string,
  order: (files: readonly SourceFile[]) => readonly SourceFile[] = (files) => files,
) => {
  const { value, diagnostics } = loadSources(diskHost, specRoot);
  return compile({ value: order(value ?? []), diagnostics }, { specRoot, today: TODAY });
};

/** Path in the tree -> text. */
const treeOf = ({ environments }: Compilation): ReadonlyMap<string, string> =>
  new Map(
    environments.flatMap(({ system, environment, files }) =>
      [...files].map(([path, text]) => [`${system}/${environment}/${path}`, text] as const),
    ),
  );

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();

const compiled = await compileFolder(join(ROOT, 'spec'));
const tree = treeOf(compiled);

describe('the five systems', (it) => {
  it('compile without an error or a warning, for twelve environments', () => {
    assert.deepEqual(
      compiled.diagnostics.filter(({ severity }) => severity !== 'info'),
      [],
    );
    const names = compiled.environments.map(({ system, environment }) => `${system}/${environment}`);
    assert.deepEqual(names, [...names].sort());
    for (const system of ['intent-engine', 'jamey', 'sentientiq', 'sentinel', 'sim-corp'])
      for (const environment of ['production', 'staging']) assert.ok(names.includes(`${system}/${environment}`));
  });

  it('are committed exactly as they compile, and nothing else is', () => {
    assert.deepEqual(filesBelow(GENERATED), [...tree.keys()].sort());
    for (const [path, text] of tree) assert.equal(readFileSync(join(GENERATED, path), 'utf8'), text, path);
  });

  it('compile to the same bytes from another folder and in any order of files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'seaworthy-'));
    try {
      cpSync(join(ROOT, 'spec'), join(folder, 'elsewhere'), { recursive: true });
      for (const seed of [1, 2]) {
        const shuffle = (files: readonly SourceFile[]) =>
          fc.sample(fc.shuffledSubarray([...files], { minLength: files.length }), { seed, numRuns: 1 })[0] ?? [];
        assert.deepEqual(treeOf(await compileFolder(join(folder, 'elsewhere'), shuffle)), tree);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('have no cluster on hosts and no containers where they are forbidden', () => {
    for (const path of tree.keys())
      if (/^(?:sentientiq|jamey)\//.test(path)) assert.doesNotMatch(path, /kubernetes|argocd|docker|compose/);
  });

  it('hold no origin of a developer in production', () => {
    for (const [path, text] of tree)
      if (path.includes('/production/') && /nginx|policy\.json/.test(path))
        // The address of a collector on the same host is no origin.
        assert.equal(/localhost:(?!4317)/.test(text), false, path);
  });

  it('name only metrics that somebody exports, in queries that parse', () => {
    const queries = compiled.models.flatMap((model) => {
      const prefix = `${model.system.name}/${model.environment.name}/`;
      const own = [...tree].filter(([path]) => path.startsWith(prefix));
      const inventory = metricsOf(model);
      return own.flatMap(([path, text]) => queriesOf(path, text).map((query) => ({ path, query, inventory })));
    });
    for (const { path, query, inventory } of queries) {
      const { errors, metrics } = parsePromql(query);
      assert.deepEqual(errors, [], `${path}: ${query}`);
      for (const metric of metrics) assert.ok(inventory.find(metric), `${path}: nobody exports ${metric}`);
    }
    assert.ok(queries.length > 500, `only ${queries.length} queries found`);
  });
});

describe('the generated tree, changed by one character', (it) => {
  it('fails the check and is named, whichever file it is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'seaworthy-'));
    const out = join(folder, 'generated');
    try {
      cpSync(GENERATED, out, { recursive: true });
      const check = () => run(['compile', '--check', '--out', out]);
      assert.equal(check().status, 0, check().stderr);
      for (const path of oneOfEachKind(filesBelow(out))) {
        const text = readFileSync(join(out, path), 'utf8');
        const at = Math.floor(text.length / 2);
        writeFileSync(join(out, path), `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`);
        const { status, stderr } = check();
        assert.equal(status, 1, path);
        assert.ok(stderr.replaceAll(/\s+/g, '').includes(path), `${path} is not named in:\n${stderr}`);
        writeFileSync(join(out, path), text);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('real tools over the five systems', (it) => {
  it('promtool and nginx accept every file', () => {
    requireTool('promtool');
    requireTool('nginx');
    const { status, stdout, stderr } = run(['verify']);
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout + stderr, / passed, 0 failed/);
  });

  if (existsSync(KUBE_VALIDATE)) {
    it('strict schemas know every field of every object', () => {
      const { status, stdout } = spawnSync(process.execPath, [KUBE_VALIDATE, '--known-only', GENERATED], {
        cwd: ROOT,
        encoding: 'utf8',
      });
      assert.equal(status, 0, stdout);
      assert.match(stdout, /[1-9]\d* objects checked, 0 invalid/);
    });
  }
});

function run(args: readonly string[]) {
  const main = join(ROOT, 'compiler', 'cli', 'main.ts');
  return spawnSync(process.execPath, ['--import', 'tsx', main, ...args], { cwd: ROOT, encoding: 'utf8' });
}

/** One file of each folder and ending, so that every emitter and the index have their turn. */
function oneOfEachKind(paths: readonly string[]): readonly string[] {
  const kinds = new Map<string, string>();
  for (const path of paths) {
    const [, , folder = '', ...rest] = path.split('/');
    const kind = rest.length === 0 ? folder : `${folder}${path.slice(path.lastIndexOf('.'))}`;
    if (!kinds.has(kind)) kinds.set(kind, path);
  }
  return [...kinds.values()];
}

/** The queries of a rules file or a dashboard. */
function queriesOf(path: string, text: string): readonly string[] {
  if (path.includes('/prometheus/rules/')) {
    const { groups } = parse(text) as { groups: readonly { rules: readonly { expr: string }[] }[] };
    return groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
  }
  if (!path.includes('/grafana/')) return [];
  return [...text.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(([, json = '""']) => JSON.parse(json) as string);
}
