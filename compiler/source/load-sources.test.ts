import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MemoryNode, memoryHost } from '../testing/memory-host.ts';
import { describe } from '../testing/suite.ts';
import { MAX_FILE_BYTES } from './decode-text.ts';
import { loadSources } from './load-sources.ts';
import { diskHost } from './source-host.ts';

/** Loads `/spec` and says what came of it in short. */
function load(nodes: Readonly<Record<string, MemoryNode>>, directory = '/spec') {
  const { value, diagnostics } = loadSources(memoryHost(nodes), directory);
  return {
    files: value?.map(({ path }) => path),
    found: diagnostics.map(
      ({ code, span, message }) => `${code} ${span ? `${span.file}:${span.line}:${span.column} ` : ''}${message}`,
    ),
  };
}

describe('load sources', (it) => {
  it('finds .yaml and .yml below the directory, in code-unit order', () => {
    const { files, found } = load({
      '/spec/b.yaml': 'b',
      '/spec/a/z.yml': 'z',
      '/spec/B.YAML': 'B',
      '/spec/a.yaml': 'a',
      '/spec/a-b.yaml': 'ab',
      '/spec/notes.md': 'no',
      '/spec/.git/c.yaml': 'no',
      '/spec/.hidden.yaml': 'no',
    });
    assert.deepEqual(files, ['/spec/B.YAML', '/spec/a-b.yaml', '/spec/a.yaml', '/spec/a/z.yml', '/spec/b.yaml']);
    assert.deepEqual(found, []);
  });

  it('says what is wrong with the directory itself', () => {
    assert.deepEqual(load({ '/other/a.yaml': '' }).found, ['SW-101 the spec directory `/spec` does not exist']);
    assert.deepEqual(load({ '/spec': 'text' }).found, ['SW-102 `/spec` is not a directory']);
    assert.deepEqual(load({ '/spec/readme.md': '' }).found, ['SW-103 there is no .yaml or .yml file in `/spec`']);
    assert.deepEqual(load({ '/spec': { fails: 'EACCES', isDirectory: true } }).found, [
      'SW-104 /spec:1:1 `/spec` cannot be read: permission is denied (EACCES)',
    ]);
  });

  it('reports what cannot be read and goes on with the rest', () => {
    const { files, found } = load({
      '/spec/a.yaml': { fails: 'EACCES' },
      '/spec/b.yaml': 'b',
      '/spec/closed': { fails: 'EPERM', isDirectory: true },
      '/spec/x.yaml/inside.yaml': 'i',
      '/spec/y.yaml': { pipe: true },
      '/spec/socket': { pipe: true },
    });
    assert.deepEqual(files, ['/spec/b.yaml', '/spec/x.yaml/inside.yaml']);
    assert.deepEqual(found, [
      'SW-104 /spec/a.yaml:1:1 `/spec/a.yaml` cannot be read: permission is denied (EACCES)',
      'SW-104 /spec/closed:1:1 `/spec/closed` cannot be read: permission is denied (EPERM)',
      'SW-105 /spec/x.yaml:1:1 `x.yaml` is a directory',
      'SW-105 /spec/y.yaml:1:1 `y.yaml` is a device or pipe',
    ]);
  });

  it('never reads a file above the limit, and reads one at the limit', () => {
    const nodes = {
      '/spec/big.yaml': new Uint8Array(MAX_FILE_BYTES + 1),
      '/spec/full.yaml': new Uint8Array(MAX_FILE_BYTES),
    };
    const host = memoryHost(nodes);
    const read: string[] = [];
    const { value, diagnostics } = loadSources(
      {
        ...host,
        read: (path) => {
          read.push(path);
          return host.read(path);
        },
      },
      '/spec',
    );
    assert.deepEqual(read, ['/spec/full.yaml']);
    assert.equal(value?.length, 1);
    assert.equal(diagnostics[0]?.message, 'the file has 1048577 bytes, more than the 1048576 allowed');
  });

  it('follows links inside the directory and reads each file once', () => {
    const { files, found } = load({
      '/spec/real.yaml': 'r',
      '/spec/also.yaml': { link: 'real.yaml' },
      '/spec/from-text.yaml': { link: '/spec/base.txt' },
      '/spec/base.txt': 't',
      // How Kubernetes mounts a ConfigMap.
      '/spec/..2024/mounted.yaml': 'm',
      '/spec/..data': { link: '..2024' },
      '/spec/mounted.yaml': { link: '..data/mounted.yaml' },
    });
    assert.deepEqual(files, ['/spec/from-text.yaml', '/spec/mounted.yaml', '/spec/real.yaml']);
    assert.deepEqual(found, []);
  });

  it('reports links that loop, escape or dangle', () => {
    const { files, found } = load({
      '/spec/a/up': { link: '..' },
      '/spec/a/here': { link: '.' },
      '/spec/a/self.yaml': { link: 'self.yaml' },
      '/spec/b.yaml': { link: '/etc/b.yaml' },
      '/spec/out': { link: '/etc' },
      '/spec/gone.yaml': { link: 'missing.yaml' },
      '/spec/gone.txt': { link: 'missing.txt' },
      '/spec/ok.yaml': 'x',
      '/etc/b.yaml': 'secret',
    });
    assert.deepEqual(files, ['/spec/ok.yaml']);
    assert.deepEqual(found, [
      'SW-106 /spec/a/here:1:1 the link `here` leads back to a directory that it stands in',
      'SW-106 /spec/a/self.yaml:1:1 the link `self.yaml` points at itself',
      'SW-106 /spec/a/up:1:1 the link `up` leads back to a directory that it stands in',
      'SW-107 /spec/b.yaml:1:1 the link `b.yaml` leads out of the spec directory',
      'SW-108 /spec/gone.yaml:1:1 the link `gone.yaml` points at nothing',
      'SW-107 /spec/out:1:1 the link `out` leads out of the spec directory',
    ]);
  });

  it('ends when two directories link to each other', () => {
    const { files } = load({
      '/spec/a/x': { link: '../b' },
      '/spec/b/y': { link: '../a' },
      '/spec/a/one.yaml': '1',
      '/spec/b/two.yaml': '2',
    });
    assert.deepEqual(files, ['/spec/a/one.yaml', '/spec/b/two.yaml']);
  });

  it('does the same on a real disk', () => {
    const directory = mkdtempSync(join(tmpdir(), 'seaworthy-load-'));
    try {
      mkdirSync(join(directory, 'sub/dir.yaml'), { recursive: true });
      writeFileSync(join(directory, 'sub/a.yaml'), 'a: 1\n');
      symlinkSync('..', join(directory, 'sub/up'));
      symlinkSync('self.yaml', join(directory, 'self.yaml'));
      symlinkSync('/etc/hostname', join(directory, 'out.yaml'));
      const { value, diagnostics } = loadSources(diskHost, `${directory}/`);
      assert.deepEqual(
        value?.map(({ path }) => path),
        [`${directory}/sub/a.yaml`],
      );
      assert.deepEqual(
        diagnostics.map(({ code }) => code),
        ['SW-105', 'SW-107', 'SW-106', 'SW-106'],
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
