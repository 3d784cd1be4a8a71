/**
 * Prints plain data as JSON: keys in code-unit order, two spaces, final newline, so equal data gives equal bytes.
 */

/** Prints a document for people and Git to read. Undefined fields are left out. */
export const printJson = (value: unknown): string => `${JSON.stringify(sortKeys(value), null, 2)}\n`;

/** Prints without any white space, for digests. */
export const printCanonicalJson = (value: unknown): string => JSON.stringify(sortKeys(value));

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(sorted.map(([key, entry]) => [key, sortKeys(entry)]));
}
