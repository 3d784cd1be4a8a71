/**
 * What a cache needs of the place that keeps its entries, in this process or shared.
 *
 * A store never fails: one that is away finds nothing and takes nothing, which costs calls and no errors.
 */

/** Something that was worth keeping. */
export interface CacheEntry {
  /** How long it is fresh, in milliseconds from when it was put. */
  readonly freshMs: number;
  /** How long after that it may still stand in for a source that fails. */
  readonly staleMs: number;
  /** The head of a response; undefined for a value of the host. */
  readonly head?: StoredHead;
  /** Set when the entry says only which request fields choose among entries of other keys. */
  readonly vary?: readonly string[];
  readonly body: Buffer;
}

export interface StoredHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** How old the response was when it was put (RFC 9111, 4.2.3). */
  readonly ageMs: number;
}

export interface Kept {
  readonly entry: CacheEntry;
  /** Time since it was put. */
  readonly residentMs: number;
}

/**
 * Puts what was fetched after the look-up. Nothing is put when a tag was invalidated in between: what was fetched may be
 * from before. Settles when it is there, or will not be; undefined when it was done at once.
 */
export type Put = (key: string, entry: CacheEntry) => Promise<void> | undefined;

export interface Found {
  /** Fresh or stale; undefined when nothing is there. */
  readonly kept: Kept | undefined;
  /** Undefined while the store takes nothing. */
  readonly put: Put | undefined;
}

export interface StoreSize {
  /** Undefined while a shared store does not answer. */
  readonly entries: number | undefined;
  /** Undefined where the store does not know. */
  readonly bytes: number | undefined;
}

export interface CacheStore {
  /** Looks up a key whose entry has these tags. */
  read(key: string, tags: readonly string[]): Found | Promise<Found>;
  /** Drops the entries that have one of these tags, also those that are being fetched. Settles when it is done, or will be done later. */
  invalidate(tags: readonly string[]): Promise<void>;
  /** Drops everything. */
  clear(): Promise<void>;
  size(): StoreSize | Promise<StoreSize>;
  close(): void;
}

export const NOTHING: Found = { kept: undefined, put: undefined };

export function isFresh({ entry, residentMs }: Kept): boolean {
  return residentMs < entry.freshMs;
}
