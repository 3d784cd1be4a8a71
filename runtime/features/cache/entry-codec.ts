/**
 * Entries as bytes for a shared store: length of the head, head as JSON, body as it is.
 *
 * What another release wrote, or another program, is no entry.
 */
import type { CacheEntry } from './cache-store.ts';

export interface DecodedEntry {
  readonly entry: CacheEntry;
  /** Marks of its tags when it was fetched. */
  readonly marks: readonly string[];
}

const VERSION = 1;
const LENGTH_BYTES = 4;

export function encodeEntry({ body, ...head }: CacheEntry, marks: readonly string[]): Buffer {
  const json = Buffer.from(JSON.stringify({ version: VERSION, marks, ...head }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, body]);
}

/** Undefined when the bytes are not of this form. */
export function decodeEntry(bytes: Buffer): DecodedEntry | undefined {
  if (bytes.length < LENGTH_BYTES) return undefined;
  const end = LENGTH_BYTES + bytes.readUInt32BE();
  const head = parseHead(bytes.subarray(LENGTH_BYTES, end).toString());
  if (head === undefined || end > bytes.length) return undefined;
  const { marks, version: _version, ...rest } = head;
  return { entry: { ...rest, body: bytes.subarray(end) }, marks };
}

type StoredForm = Omit<CacheEntry, 'body'> & { readonly marks: readonly string[]; readonly version: number };

function parseHead(text: string): StoredForm | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isStoredForm(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Only this program writes under this prefix: the version says which form the rest has. */
function isStoredForm(value: unknown): value is StoredForm {
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    value.version === VERSION &&
    'marks' in value &&
    Array.isArray(value.marks)
  );
}
