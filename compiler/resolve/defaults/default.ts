/** What is said of each default. */

export interface Default {
  /** As it would stand in the spec. */
  readonly value: string | number | boolean;
  /** Field it stands in for, as `Kind.spec.path`. */
  readonly field: string;
  readonly reason: string;
}
