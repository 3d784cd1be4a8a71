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
}

/** Begins the line; the report follows as JSON. */
export const REPORT_PREFIX = '##seaworthy-tests ';
