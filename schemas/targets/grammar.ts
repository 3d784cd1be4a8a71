/**
 * What a grammar of a target is.
 *
 * A grammar says which texts a target takes in one place, such as the name of an object, and where that is written. It judges and repairs
 * nothing: `compiler/testing/targets/reaches.ts` says which texts of the spec come there, and what
 * keeps the wider ones away.
 */

export interface TargetGrammar {
  /** `kubernetes: DNS-1035 label`. */
  readonly name: string;
  /** Where the target documents or checks it. */
  readonly source: string;
  accepts(text: string): boolean;
}

/** A grammar by a pattern and the most characters. */
export const byPattern = (name: string, source: string, pattern: RegExp, longest = 4096): TargetGrammar => ({
  name,
  source,
  accepts: (text) => text.length <= longest && pattern.test(text),
});

/** A grammar of whole numbers between two bounds. */
export const byRange = (name: string, source: string, low: number, high: number): TargetGrammar => ({
  name,
  source,
  accepts: (text) => /^\d+$/.test(text) && Number(text) >= low && Number(text) <= high,
});
