/**
 * Reads an `index.json` of an earlier run and tells whether it is what the compiler wrote.
 *
 * Owns the seal: the index ends in a digest over its own text with that digest left empty, so an edit of any single character,
 * white space included, breaks it. The seal finds accidents and edits by hand, not forgery: who can compute it owns the tree anyway.
 */
import { isMapping } from '../../schemas/data/mapping.ts';
import { type Digest, digestOf } from './digest.ts';

export type PreviousIndex =
  | { readonly kind: 'absent' }
  /** As written: the files are the compiler's, each with the digest it was written with. */
  | { readonly kind: 'intact'; readonly files: ReadonlyMap<string, Digest> }
  /** Edited, or torn by a merge. `files` holds what can still be read from it, a file perhaps with several digests. */
  | { readonly kind: 'damaged'; readonly files: ReadonlyMap<string, readonly Digest[]> };

/** Puts the digest into a text that was printed with an empty one. */
export const sealIndex = (open: string): string =>
  open.replace(OPEN_SEAL, (line) => line.replace('""', JSON.stringify(digestOf(open))));

// Only the index itself has fields two columns in, and no text of JSON holds a line break.
const OPEN_SEAL = /^ {2}"digest": "",?$/m;

export function readIndex(text: string | undefined): PreviousIndex {
  if (text === undefined) return { kind: 'absent' };
  const files = isSealed(text) ? filesOf(text) : undefined;
  return files === undefined ? { kind: 'damaged', files: salvage(text) } : { kind: 'intact', files };
}

const SEAL = /^ {2}"digest": "(sha256:[0-9a-f]{64})",?$/m;

function isSealed(text: string): boolean {
  const digest = SEAL.exec(text)?.[1];
  return digest !== undefined && digestOf(text.replace(SEAL, (line) => line.replace(digest, ''))) === digest;
}

function filesOf(text: string): ReadonlyMap<string, Digest> | undefined {
  const index: unknown = JSON.parse(text);
  if (!isMapping(index) || !isMapping(index['files'])) return undefined;
  const files = new Map<string, Digest>();
  for (const [path, entry] of Object.entries(index['files'])) {
    if (!isMapping(entry) || !isDigest(entry['sha256'])) return undefined;
    files.set(path, entry['sha256']);
  }
  return files;
}

// Both sides of a merge conflict are read: a file that either side wrote is the compiler's.
function salvage(text: string): ReadonlyMap<string, readonly Digest[]> {
  const files = new Map<string, Digest[]>();
  let path: string | undefined;
  for (const line of text.split('\n')) {
    path = /^ {4}"([^"\\]+)": \{$/.exec(line)?.[1] ?? path;
    const digest = /^ {6}"sha256": "([^"]+)",?$/.exec(line)?.[1];
    if (path !== undefined && isDigest(digest)) files.set(path, [...(files.get(path) ?? []), digest]);
  }
  return files;
}

const isDigest = (value: unknown): value is Digest => typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value);
