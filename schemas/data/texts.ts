/** Order of texts by code units, which is the same in every locale. */

/** Negative, 0 or positive, as `sort` wants it. */
export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A sorted copy. */
export const sortTexts = (texts: Iterable<string>): string[] => [...texts].sort(compareTexts);

/** Compares entries of a mapping by their keys. */
export const compareKeys = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  compareTexts(a, b);

/** A copy of the mapping with its keys in order. */
export const sortKeys = <T>(mapping: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(mapping).sort(compareKeys));
