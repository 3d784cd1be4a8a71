import assert from 'node:assert/strict';
import { printJson } from '../printers/json.ts';
import { describe } from '../testing/suite.ts';
import { digestOf } from './digest.ts';
import { planWrites, type WantedEnvironment } from './plan-writes.ts';
import { readIndex, sealIndex } from './read-index.ts';
import type { ExistingEntry, ExistingTree } from './scan-tree.ts';

describe('planWrites', (it) => {
  it('creates everything in an empty tree', () => {
    assert.deepEqual(plan(want({ 'a.yaml': 'a' }), {}), { 'a.yaml': 'create', 'index.json': 'create' });
  });

  it('keeps what is as it should be', () => {
    const files = want({ 'a.yaml': 'a' });
    assert.deepEqual(plan(files, files), { 'a.yaml': 'keep', 'index.json': 'keep' });
  });

  it('updates its own file', () => {
    assert.deepEqual(plan(want({ 'a.yaml': 'new' }), want({ 'a.yaml': 'old' })), {
      'a.yaml': 'update',
      'index.json': 'update',
    });
  });

  it('removes its own file that is no longer wanted', () => {
    assert.equal(plan(want({}), want({ 'a.yaml': 'a' }))['a.yaml'], 'remove');
  });

  it('makes a missing file again', () => {
    const before = want({ 'a.yaml': 'a' });
    assert.equal(plan(before, without(before, 'a.yaml'))['a.yaml'], 'create');
  });

  it('refuses an edited file', () => {
    const before = want({ 'a.yaml': 'a' });
    assert.equal(plan(before, { ...before, 'a.yaml': 'A' })['a.yaml'], 'refuse edited');
  });

  it('refuses an edited file :: also where it would be removed', () => {
    assert.equal(plan(want({}), { ...want({ 'a.yaml': 'a' }), 'a.yaml': 'A' })['a.yaml'], 'refuse edited');
  });

  it('takes an edit that is exactly what the spec says now', () => {
    const changes = plan(want({ 'a.yaml': 'new' }), { ...want({ 'a.yaml': 'old' }), 'a.yaml': 'new' });
    assert.equal(changes['a.yaml'], 'keep');
  });

  it('refuses a foreign file where it wants to write', () => {
    assert.equal(plan(want({ 'a.yaml': 'a' }), { ...want({}), 'a.yaml': 'mine' })['a.yaml'], 'refuse foreign');
  });

  it('leaves a foreign file alone', () => {
    assert.equal(plan(want({}), { ...want({}), 'mine.yaml': 'mine' })['mine.yaml'], 'foreign');
  });

  it('refuses everything that differs where there is no index', () => {
    assert.deepEqual(plan(want({ 'a.yaml': 'a' }), { 'a.yaml': 'other' }), {
      'a.yaml': 'refuse foreign',
      'index.json': 'create',
    });
  });

  it('refuses an edited index, even one space of it', () => {
    const before = want({ 'a.yaml': 'a' });
    const edited = { ...before, 'index.json': before['index.json']?.replace('{\n', '{ \n') ?? '' };
    assert.equal(plan(before, edited)['index.json'], 'refuse edited');
  });

  it('writes a blank file again, as a power cut leaves it', () => {
    const before = want({ 'a.yaml': 'aa' });
    assert.equal(plan(before, { ...before, 'a.yaml': '' })['a.yaml'], 'update');
    assert.equal(plan(before, { ...before, 'a.yaml': '\0\0' })['a.yaml'], 'update');
  });

  it('forces an edited and a foreign file', () => {
    const before = want({ 'a.yaml': 'a', 'gone.yaml': 'g' });
    const found = { ...before, 'a.yaml': 'A', 'b.yaml': 'mine', 'gone.yaml': 'G' };
    const actions = plan(want({ 'a.yaml': 'a', 'b.yaml': 'b' }), found, true);
    assert.deepEqual(actions, {
      'a.yaml': 'update',
      'b.yaml': 'update',
      'gone.yaml': 'remove',
      'index.json': 'update',
    });
  });

  it('forces what a merge tore: files of either side are its own', () => {
    const [ours, theirs] = [want({ 'a.yaml': '1', 'ours.yaml': 'o' }), want({ 'a.yaml': '2', 'theirs.yaml': 't' })];
    const torn = `<<<<<<< ours\n${ours['index.json']}=======\n${theirs['index.json']}>>>>>>> theirs\n`;
    const found = { 'index.json': torn, 'a.yaml': '<<<<<<<', 'ours.yaml': 'o', 'theirs.yaml': 't', 'mine.yaml': 'm' };
    assert.equal(plan(want({ 'a.yaml': '3' }), found)['index.json'], 'refuse edited');
    assert.deepEqual(plan(want({ 'a.yaml': '3' }), found, true), {
      'a.yaml': 'update',
      'index.json': 'update',
      'mine.yaml': 'foreign',
      'ours.yaml': 'remove',
      'theirs.yaml': 'remove',
    });
  });

  it('removes an environment that the spec no longer has', () => {
    const existing = tree({ ...want({ 'a.yaml': 'a' }), 'mine.yaml': 'm' });
    const actions = planWrites([], existing).environments[0]?.actions.map(({ path, kind }) => [path, kind]);
    assert.deepEqual(actions, [
      ['a.yaml', 'remove'],
      ['index.json', 'remove'],
      ['mine.yaml', 'foreign'],
    ]);
  });

  it('leaves a folder without an index alone', () => {
    const actions = planWrites([], tree({ 'a.yaml': 'a' })).environments[0]?.actions;
    assert.deepEqual(actions, [{ kind: 'foreign', path: 'a.yaml' }]);
  });

  it('refuses a foreign file where a folder has to be, and the other way round', () => {
    assert.equal(plan(want({ 'a/b.yaml': 'b' }), { ...want({}), a: 'mine' })['a'], 'refuse obstacle');
    assert.equal(plan(want({ a: 'a' }), { ...want({}), 'a/mine': 'mine' })['a'], 'refuse obstacle');
    assert.equal(plan(want({ 'a/b.yaml': 'b' }), want({ a: 'own' }))['a'], 'remove');
    assert.equal(plan(want({ a: 'a' }), want({ 'a/b.yaml': 'b' }))['a'], 'create');
  });

  it('refuses a link where a file has to be', () => {
    const existing = tree(want({ 'a.yaml': 'a' }), { 'a.yaml': { kind: 'link' } });
    assert.equal(summary(planWrites([wanted(want({ 'a.yaml': 'a' }))], existing))['a.yaml'], 'refuse obstacle');
  });

  it('refuses an environment whose folder is a link', () => {
    const existing: ExistingTree = { environments: [], obstacles: new Map([['shop', 'link']]), orphans: [] };
    assert.deepEqual(summary(planWrites([wanted(want({}))], existing)), { '/shop': 'refuse obstacle' });
  });
});

describe('readIndex', (it) => {
  it('knows a sealed index from one with any single character changed', () => {
    const text = want({ 'a.yaml': 'a' })['index.json'] ?? '';
    assert.equal(readIndex(text).kind, 'intact');
    for (let at = 0; at < text.length; at += 1) {
      const edited = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`;
      assert.equal(readIndex(edited).kind, 'damaged', `character ${at}`);
      assert.equal(readIndex(text.slice(0, at) + text.slice(at + 1)).kind, 'damaged', `without character ${at}`);
    }
  });
});

type Files = Readonly<Record<string, string>>;

/** Files together with the index over them. */
function want(files: Files): Files {
  const entries = Object.entries(files).map(([path, text]) => [path, { bytes: 1, sha256: digestOf(text) }]);
  const index = sealIndex(printJson({ digest: '', files: Object.fromEntries(entries) }));
  return { ...files, 'index.json': index };
}

const without = (files: Files, path: string): Files =>
  Object.fromEntries(Object.entries(files).filter(([name]) => name !== path));

const wanted = (files: Files): WantedEnvironment => ({
  system: 'shop',
  environment: 'staging',
  files: new Map(Object.entries(files)),
});

function tree(files: Files, more: Readonly<Record<string, ExistingEntry>> = {}): ExistingTree {
  const entries = Object.entries(files).map(([path, text]): [string, ExistingEntry] => [
    path,
    { kind: 'file', sha256: digestOf(text), isBlank: /^\0*$/.test(text) },
  ]);
  const environment = {
    system: 'shop',
    environment: 'staging',
    entries: new Map([...entries, ...Object.entries(more)]),
    indexText: files['index.json'],
  };
  return { environments: [environment], obstacles: new Map(), orphans: [] };
}

const plan = (files: Files, existing: Files, force = false): Files =>
  summary(planWrites([wanted(files)], tree(existing), { force }));

const summary = ({ environments }: ReturnType<typeof planWrites>): Files =>
  Object.fromEntries(
    environments
      .flatMap(({ actions }) => actions)
      .map((action) => [action.path, action.kind === 'refuse' ? `refuse ${action.reason}` : action.kind]),
  );
