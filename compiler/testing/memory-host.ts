/**
 * A file system in memory, for tests of loading: files, links, pipes and what refuses to be read.
 *
 * Owns just enough of POSIX for the loader: absolute link targets, links in the middle of a path, ELOOP after 40 links.
 */
import type { EntryKind, HostEntry, HostResult, SourceHost } from '../source/source-host.ts';

/** A text or bytes is a file; the rest says what it is. */
export type MemoryNode =
  | string
  | Uint8Array
  | { readonly link: string }
  | { readonly pipe: true }
  | { readonly fails: string; readonly isDirectory?: boolean };

/** Makes a host from absolute paths, such as `{ '/spec/a.yaml': 'kind: System' }`. Directories exist by what is in them. */
export function memoryHost(nodes: Readonly<Record<string, MemoryNode>>): SourceHost {
  const find = (path: string): HostResult<string> => resolve(nodes, path, 0);
  const at = <T>(path: string, use: (real: string) => HostResult<T>): HostResult<T> => {
    const real = find(path);
    return real.ok ? use(real.value) : real;
  };
  return {
    realPath: find,
    stat: (path) =>
      at(path, (real) => {
        const kind = kindAt(nodes, real);
        if (kind === undefined) return { ok: false, code: 'ENOENT' };
        return { ok: true, value: { kind: kind === 'link' ? 'other' : kind, size: sizeOf(nodes[real]) } };
      }),
    list: (path) => at(path, (real) => listAt(nodes, real)),
    read: (path) =>
      at(path, (real) => {
        const node = nodes[real];
        if (typeof node === 'string') return { ok: true, value: new TextEncoder().encode(node) };
        if (node instanceof Uint8Array) return { ok: true, value: node };
        return { ok: false, code: node && 'fails' in node ? node.fails : 'EISDIR' };
      }),
  };
}

type Nodes = Readonly<Record<string, MemoryNode>>;

function resolve(nodes: Nodes, path: string, links: number): HostResult<string> {
  let real = '';
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  for (const [index, segment] of segments.entries()) {
    real = segment === '..' ? real.slice(0, real.lastIndexOf('/')) : `${real}/${segment}`;
    const node = nodes[real];
    if (typeof node !== 'object' || !('link' in node)) continue;
    if (links > 40) return { ok: false, code: 'ELOOP' };
    const target = node.link.startsWith('/') ? node.link : `${real.slice(0, real.lastIndexOf('/'))}/${node.link}`;
    return resolve(nodes, [target, ...segments.slice(index + 1)].join('/'), links + 1);
  }
  return kindAt(nodes, real) === undefined ? { ok: false, code: 'ENOENT' } : { ok: true, value: real };
}

function kindAt(nodes: Nodes, path: string): EntryKind | undefined {
  const node = nodes[path];
  if (node === undefined) return Object.keys(nodes).some((key) => key.startsWith(`${path}/`)) ? 'directory' : undefined;
  if (typeof node === 'string' || node instanceof Uint8Array) return 'file';
  if ('link' in node) return 'link';
  if ('pipe' in node) return 'other';
  return node.isDirectory ? 'directory' : 'file';
}

function listAt(nodes: Nodes, path: string): HostResult<readonly HostEntry[]> {
  const node = nodes[path];
  if (typeof node === 'object' && 'fails' in node) return { ok: false, code: node.fails };
  const names = new Set<string>();
  for (const key of Object.keys(nodes)) {
    const name = key.startsWith(`${path}/`) ? key.slice(path.length + 1).split('/')[0] : undefined;
    if (name !== undefined) names.add(name);
  }
  return { ok: true, value: [...names].map((name) => ({ name, kind: kindAt(nodes, `${path}/${name}`) ?? 'other' })) };
}

function sizeOf(node: MemoryNode | undefined): number {
  if (typeof node === 'string') return new TextEncoder().encode(node).length;
  return node instanceof Uint8Array ? node.length : 0;
}
