/**
 * The Cache-Control field (RFC 9111, 5.2) as directives.
 */
export type Directives = ReadonlyMap<string, string>;

const DIRECTIVE = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?/g;

/** Names in lower case; a directive without a value has ''. Of one that stands twice, the first counts. */
export function parseCacheControl(field: string | readonly string[] | undefined): Directives {
  const directives = new Map<string, string>();
  if (field === undefined) return directives;
  const text = typeof field === 'string' ? field : field.join(',');
  for (const [, name = '', quoted, token] of text.matchAll(DIRECTIVE)) {
    const key = name.toLowerCase();
    if (!directives.has(key)) directives.set(key, quoted ?? token ?? '');
  }
  return directives;
}

/** Seconds of such a directive in milliseconds; 0 when it says nothing usable, undefined when it is not there. */
export function durationMs(directives: Directives, name: string): number | undefined {
  const value = directives.get(name);
  if (value === undefined) return undefined;
  return /^\d{1,10}$/.test(value) ? Number(value) * 1_000 : 0;
}
