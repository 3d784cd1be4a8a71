/**
 * The nearest valid name to a mistyped one.
 *
 * Owns the distance (restricted Damerau-Levenshtein) and when a name is near enough to be offered.
 */

/** The nearest candidate, or undefined when none is closer than a third of the name's length. Ties go to the first candidate; an abbreviation will do where it is clear. */
export function suggestName(name: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(Math.max(name.length, 3) / 3));
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const distance = distanceBetween(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate ?? beginningOf(name, candidates);
}

/** Fewer letters are the beginning of too much. */
const FEWEST = 3;

/** `prod` for `production`: the only candidate that begins so. */
function beginningOf(name: string, candidates: readonly string[]): string | undefined {
  if (name.length < FEWEST) return undefined;
  const found = new Set(candidates.filter((candidate) => candidate.toLowerCase().startsWith(name.toLowerCase())));
  return found.size === 1 ? [...found][0] : undefined;
}

function distanceBetween(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, (beforePrevious[j - 2] ?? 0) + 1);
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
