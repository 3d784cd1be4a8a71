/**
 * Looks at the generated tree as it is on the disk.
 *
 * Owns the snapshot that plans are made from: every entry of every environment with its digest. Symbolic links are seen and never followed.
 */

import { compareTexts } from '../../schemas/data/texts.ts';
import { INDEX_PATH } from './build-index.ts';
import { type Digest, digestOf } from './digest.ts';
import type { EntryKind, WriterHost } from './host.ts';
import { WORK_FOLDER } from './work-folder.ts';

export type ExistingEntry =
  /** `isBlank`: empty, or zero bytes only, as a power cut leaves files. Nobody's work is lost with it. */
  | { readonly kind: 'file'; readonly sha256: Digest; readonly isBlank: boolean }
  | { readonly kind: 'directory' | 'link' | 'other' };

export interface ExistingEnvironment {
  readonly system: string;
  readonly environment: string;
  /** By path within the environment's folder. Of directories only the empty ones. */
  readonly entries: ReadonlyMap<string, ExistingEntry>;
  readonly indexText: string | undefined;
}

export interface ExistingTree {
  readonly environments: readonly ExistingEnvironment[];
  /** What stands where a folder of the tree would be, by path from the tree's root: a link, a file. */
  readonly obstacles: ReadonlyMap<string, EntryKind>;
  /** Files in a system's folder, outside of its environments. */
  readonly orphans: readonly string[];
}

export interface Selection {
  readonly system?: string | undefined;
  readonly environment?: string | undefined;
}

export function scanTree(host: WriterHost, root: string, selection: Selection = {}): ExistingTree {
  const environments: ExistingEnvironment[] = [];
  const obstacles = new Map<string, EntryKind>();
  const orphans: string[] = [];
  for (const system of sorted(host.list(root))) {
    if (system.name === WORK_FOLDER || isDeselected(selection.system, system.name)) continue;
    if (system.kind !== 'directory') {
      obstacles.set(system.name, system.kind);
      continue;
    }
    for (const entry of sorted(host.list(`${root}/${system.name}`))) {
      const path = `${system.name}/${entry.name}`;
      if (entry.kind !== 'directory') {
        obstacles.set(path, entry.kind);
        orphans.push(path);
      } else if (!isDeselected(selection.environment, entry.name)) {
        environments.push(scanEnvironment(host, root, system.name, entry.name));
      }
    }
  }
  return { environments, obstacles, orphans };
}

const isDeselected = (selected: string | undefined, name: string): boolean =>
  selected !== undefined && selected !== name;

function scanEnvironment(host: WriterHost, root: string, system: string, environment: string): ExistingEnvironment {
  const folder = `${root}/${system}/${environment}`;
  const entries = new Map<string, ExistingEntry>();
  for (const path of walk(host, folder, '')) {
    const kind = path.endsWith('/') ? 'directory' : host.kindOf(`${folder}/${path}`);
    if (kind === 'file') entries.set(path, describeFile(host.read(`${folder}/${path}`)));
    else if (kind !== undefined) entries.set(path.replace(/\/$/, ''), { kind });
  }
  const hasIndex = entries.get(INDEX_PATH)?.kind === 'file';
  const indexText = hasIndex ? Buffer.from(host.read(`${folder}/${INDEX_PATH}`)).toString('utf8') : undefined;
  return { system, environment, entries, indexText };
}

/** Everything below that is no directory, and directories without anything in them with a slash at the end. */
function* walk(host: WriterHost, folder: string, prefix: string): Generator<string> {
  const children = sorted(host.list(`${folder}/${prefix}`));
  if (children.length === 0 && prefix !== '') yield prefix;
  for (const { name, kind } of children) {
    if (kind === 'directory') yield* walk(host, folder, `${prefix}${name}/`);
    else yield `${prefix}${name}`;
  }
}

const describeFile = (bytes: Uint8Array): ExistingEntry => ({
  kind: 'file',
  sha256: digestOf(bytes),
  isBlank: bytes.every((byte) => byte === 0),
});

function sorted(entries: ReturnType<WriterHost['list']>) {
  return [...(entries ?? [])].sort((a, b) => compareTexts(a.name, b.name));
}
