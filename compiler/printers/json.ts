/**
 * Prints plain data as JSON: keys in code-unit order, two spaces, final newline, so equal data gives equal bytes.
 */

/** Prints a document for people and Git to read. Undefined fields are left out. */
export const printJson = (value: unknown): string => `${JSON.stringify(sortKeys(value), null, 2)}\n`;

/** Prints without any white space, for digests. */
export const printCanonicalJson = (value: unknown): string => JSON.stringify(sortKeys(value));

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isRecord(value)) return value;
  // Without a comparator the order is that of code units.
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sortKeys(value[key])]));
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
