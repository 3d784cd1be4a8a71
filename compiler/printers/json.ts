/**
 * Prints plain data as JSON: keys in code-unit order, two spaces, final newline, so equal data gives equal bytes.
 */
import { isMapping } from '../../schemas/data/mapping.ts';
import { type Marked, type Separated, separate } from '../marks.ts';

/** A printed document, and what is said of its parts. */
export type Printed = Pick<Separated<unknown>, 'origins' | 'claims'> & { readonly text: string };

/** Prints a document that carries marks. */
export function printMarkedJson<T>(marked: Marked<T>): Printed {
  const { value, origins, claims } = separate<T>(marked);
  return { text: printJson(value), origins, claims };
}

/** Prints a document for people and Git to read. Undefined fields are left out. */
export const printJson = (value: unknown): string => `${JSON.stringify(sortKeys(value), null, 2)}\n`;

/** Prints without any white space, for digests. */
export const printCanonicalJson = (value: unknown): string => JSON.stringify(sortKeys(value));

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isMapping(value)) return value;
  // Without a comparator the order is that of code units.
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sortKeys(value[key])]));
}
