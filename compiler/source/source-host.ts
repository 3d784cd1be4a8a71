/**
 * What loading needs from a file system, and the real one.
 *
 * Owns the only file system access of this stage. Failures are values with the system's error code, so that the loader, and a test with
 * an unreadable file, need no real disk. Paths use forward slashes.
 */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';

export type EntryKind = 'file' | 'directory' | 'link' | 'other';

export interface HostEntry {
  readonly name: string;
  readonly kind: EntryKind;
}

/** What was asked for, or the system's code for why not, such as `ENOENT` or `EACCES`. */
export type HostResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: string };

export interface SourceHost {
  /** What stands at the path, links followed, and its size in bytes. */
  stat(path: string): HostResult<{ readonly kind: Exclude<EntryKind, 'link'>; readonly size: number }>;
  /** The entries of a directory in any order; a link is a `link`, whatever it points at. */
  list(path: string): HostResult<readonly HostEntry[]>;
  /** The absolute path without links. */
  realPath(path: string): HostResult<string>;
  read(path: string): HostResult<Uint8Array>;
}

export const diskHost: SourceHost = {
  stat: (path) =>
    attempt(() => {
      const stats = statSync(path);
      return { kind: kindOf(stats), size: stats.size };
    }),
  list: (path) =>
    attempt(() =>
      readdirSync(path, { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        kind: entry.isSymbolicLink() ? 'link' : kindOf(entry),
      })),
    ),
  realPath: (path) => attempt(() => realpathSync(path).replaceAll('\\', '/')),
  read: (path) => attempt(() => readFileSync(path)),
};

interface Typed {
  isFile(): boolean;
  isDirectory(): boolean;
}

function kindOf(entry: Typed): 'file' | 'directory' | 'other' {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'directory' : 'other';
}

function attempt<T>(run: () => T): HostResult<T> {
  try {
    return { ok: true, value: run() };
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string')
      return { ok: false, code: error.code };
    throw error;
  }
}
