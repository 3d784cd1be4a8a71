/**
 * Keys and certificates in files, read again when they change.
 *
 * Owns one timer that looks at every file it was asked for; it compares what `stat` says, which also sees a link that was
 * turned to another file, as Kubernetes does. A pair that does not fit together is never taken over: the last good one
 * stays, and the next change is looked at again. The timer never keeps a process alive.
 */
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

/** Paths of PEM files. */
export interface TlsPaths {
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly caFile?: string;
}

/** Their content. */
export interface TlsMaterial {
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly ca?: Buffer;
}

export const NO_TLS: TlsMaterial = {};

export type ReadResult =
  | { readonly kind: 'read'; readonly material: TlsMaterial }
  /** Names the file or the fault; holds nothing of its content. */
  | { readonly kind: 'unusable'; readonly reason: string };

export interface TlsFilesOptions {
  /** How often files are looked at. Default: 1000 ms. */
  readonly intervalMs?: number;
  readonly onTaken?: (paths: TlsPaths) => void;
  /** Said once for each change. */
  readonly onRefused?: (paths: TlsPaths, reason: string) => void;
}

export interface TlsFiles {
  /** The last good content. The same object until a change was taken over. Nothing when there never was any. */
  read(paths: TlsPaths): TlsMaterial;
  /** Calls back whenever a change was taken over. */
  watch(paths: TlsPaths, onChange: (material: TlsMaterial) => void): void;
  close(): void;
}

interface Watched {
  readonly paths: TlsPaths;
  readonly listeners: ((material: TlsMaterial) => void)[];
  material: TlsMaterial;
  seen: string;
}

const INTERVAL_MS = 1_000;

export function createTlsFiles({ intervalMs = INTERVAL_MS, onTaken, onRefused }: TlsFilesOptions = {}): TlsFiles {
  const watched = new Map<string, Watched>();
  let timer: NodeJS.Timeout | undefined;

  function entryOf(paths: TlsPaths): Watched {
    const key = JSON.stringify([paths.certFile, paths.keyFile, paths.caFile]);
    const known = watched.get(key);
    if (known !== undefined) return known;
    // Looked at before it is read: a change in between is then seen as one.
    const seen = describeFiles(paths);
    const result = readTlsFiles(paths);
    const material = result.kind === 'read' ? result.material : NO_TLS;
    const entry: Watched = { paths, listeners: [], material, seen };
    watched.set(key, entry);
    if (result.kind === 'unusable') onRefused?.(paths, result.reason);
    timer ??= setInterval(look, intervalMs).unref();
    return entry;
  }

  function look(): void {
    for (const entry of watched.values()) {
      const now = describeFiles(entry.paths);
      if (now === entry.seen) continue;
      entry.seen = now;
      const result = readTlsFiles(entry.paths);
      if (result.kind === 'unusable') {
        onRefused?.(entry.paths, result.reason);
        continue;
      }
      entry.material = result.material;
      for (const listener of entry.listeners) listener(result.material);
      onTaken?.(entry.paths);
    }
  }

  return {
    read: (paths) => entryOf(paths).material,
    watch(paths, onChange) {
      entryOf(paths).listeners.push(onChange);
    },
    close() {
      clearInterval(timer);
      watched.clear();
    },
  };
}

/** Reads the files and tries whether they make a usable whole. */
export function readTlsFiles({ certFile, keyFile, caFile }: TlsPaths): ReadResult {
  const material: { cert?: Buffer; key?: Buffer; ca?: Buffer } = {};
  for (const [part, path] of [
    ['cert', certFile],
    ['key', keyFile],
    ['ca', caFile],
  ] as const) {
    if (path === undefined) continue;
    try {
      material[part] = readFileSync(path);
    } catch (error) {
      return { kind: 'unusable', reason: `${path}: cannot be read (${codeOf(error)})` };
    }
  }
  try {
    createSecureContext(material);
  } catch (error) {
    const paths = [certFile, keyFile, caFile].filter((path) => path !== undefined).join(', ');
    return { kind: 'unusable', reason: `${paths}: no usable certificate and key (${codeOf(error)})` };
  }
  return { kind: 'read', material };
}

function describeFiles({ certFile, keyFile, caFile }: TlsPaths): string {
  return [certFile, keyFile, caFile].map((path) => (path === undefined ? '' : describeFile(path))).join(' ');
}

function describeFile(path: string): string {
  try {
    const { ino, mtimeMs, size } = statSync(path);
    return `${ino}:${mtimeMs}:${size}`;
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'invalid';
}
