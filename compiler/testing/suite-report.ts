/**
 * What a test process says at its end, and how it is read back.
 *
 * Owns the one line that `suite.ts` writes and `tools/test-runner/` believes.
 */

/** A run is complete when the parts add up to `registered`. */
export interface SuiteReport {
  readonly registered: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Tests whose title begins with ids of requirements, such as `[SIQ-001] [SIQ-002] holds the pool`. */
  readonly proofs: readonly Proof[];
}

export interface Proof {
  readonly controls: readonly string[];
  readonly title: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  /** The compiled trees that the test took, as its helpers recorded. */
  readonly trees: readonly string[];
  /** It also ran a spec or policy that no system compiles to; then it shows a mechanism and nothing about a tree. */
  readonly isOwn: boolean;
}

const CONTROL = /\[([A-Z]{3}-\d{3})\] */g;

/** Splits the ids of requirements off a title. */
export function parseTitle(title: string): { readonly controls: readonly string[]; readonly text: string } {
  return {
    controls: [...title.matchAll(CONTROL)].map(([, id = '']) => id),
    text: title.replaceAll(CONTROL, '').trim(),
  };
}

/** Begins the line; the report follows as JSON. */
export const REPORT_PREFIX = '##seaworthy-tests ';
