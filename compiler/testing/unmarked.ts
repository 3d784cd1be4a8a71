/**
 * Which parts of an artifact nobody marked with where they come from.
 *
 * Owns the rule: a leaf counts as marked when it, or something that holds it, has an origin; the mark of a whole document says nothing
 * about its parts. Paths are JSON pointers.
 */

/** The leaves of `data` without an origin, each once, with `*` in the place of positions in lists. */
export function unmarkedLeaves(data: unknown, marked: ReadonlySet<string>): readonly string[] {
  const found = new Set<string>();
  visit(data, '', '');
  return [...found].sort();

  function visit(value: unknown, part: string, pattern: string): void {
    if (part !== '' && marked.has(part)) return;
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) visit(item, `${part}/${index}`, `${pattern}/*`);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, entry] of Object.entries(value)) {
        const step = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        visit(entry, part + step, pattern + step);
      }
    } else found.add(pattern);
  }
}

/** Whether a path fits a pattern with `*` for any part of one step, and `**` for any number of steps. */
export function fitsPattern(path: string, pattern: string): boolean {
  const wanted = pattern.split('/').map((step) => {
    if (step === '**') return '(?:.*)';
    return step.split('*').map(escapeForRegExp).join('[^/]*');
  });
  return new RegExp(`^${wanted.join('/').replaceAll('(?:.*)/', '(?:.*/)?')}$`).test(path);
}

const escapeForRegExp = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
