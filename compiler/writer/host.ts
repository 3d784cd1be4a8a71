/**
 * What the writer needs of a file system, one call a system call.
 *
 * Owns the seam between plans and the disk: the rest of `writer/` reaches the disk through this alone, so a test can let every single step fail.
 * Calls are synchronous on purpose: nothing else of the process runs between the two renames that swap an environment.
 */
import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

export type EntryKind = 'file' | 'directory' | 'link' | 'other';

export interface WriterHost {
  /** Entries of a directory, unsorted; undefined when there is no such directory. Links are never followed. */
  list(directory: string): readonly { readonly name: string; readonly kind: EntryKind }[] | undefined;
  /** Undefined when nothing is there. */
  kindOf(path: string): EntryKind | undefined;
  read(path: string): Uint8Array;
  /** Creates a new file; fails when one is there. `durable` waits until it is on the disk. */
  write(path: string, content: string, options?: { readonly durable?: boolean }): void;
  /** A second name for the same file. */
  link(from: string, to: string): void;
  /** Creates the directory and those above it. */
  makeDirectory(path: string): void;
  rename(from: string, to: string): void;
  removeFile(path: string): void;
  /** Removes an empty directory. */
  removeDirectory(path: string): void;
  /** Removes whatever is there, if anything is. */
  removeTree(path: string): void;
}

export const diskHost: WriterHost = {
  list(directory) {
    try {
      return readdirSync(directory, { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        kind: kindOfEntry(entry),
      }));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  kindOf(path) {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats && kindOfEntry(stats);
  },
  read: (path) => readFileSync(path),
  write(path, content, { durable = false } = {}) {
    const file = openSync(path, 'wx');
    try {
      writeAll(file, Buffer.from(content, 'utf8'));
      if (durable) fsyncSync(file);
    } finally {
      // A file system over the network reports a full disk here at the latest.
      closeSync(file);
    }
  },
  link: (from, to) => linkSync(from, to),
  makeDirectory,
  rename: (from, to) => renameSync(from, to),
  removeFile: (path) => unlinkSync(path),
  removeDirectory: (path) => rmdirSync(path),
  removeTree: (path) => rmSync(path, { recursive: true, force: true }),
};

/**
 * Creates the directory and those above it. Not by the recursive form of `mkdir`: on a read-only file system that says ENOENT, which is
 * what a folder that vanished meanwhile says, too.
 */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const parent = dirname(path);
    if (hasCode(error, 'ENOENT') && parent !== path) {
      makeDirectory(parent);
      mkdirSync(path);
      return;
    }
    // It may be there already; a read-only file system says EROFS all the same. A link to a folder is one.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

/** Whether an error says that nothing is at the path. */
export const isMissing = (error: unknown): boolean => hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR');

export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

// One write may take less than all of it, on a disk that is nearly full for one.
function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

interface Typed {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

function kindOfEntry(entry: Typed): EntryKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'other';
}
