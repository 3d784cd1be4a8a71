/** Sorting that is the same in every locale. */

/** A copy in code-unit order. */
export const sortTexts = (texts: Iterable<string>): string[] => [...texts].sort(compareTexts);

export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
