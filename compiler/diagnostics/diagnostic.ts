/**
 * The shape of a finding.
 *
 * Owns the data that every stage reports; relies on nothing. Rendering for people, JSON, SARIF and GitHub lives beside it.
 * Findings are data, never exceptions: a stage returns what it could make together with everything it found.
 */

/** A range in a file as a person counts it: lines and columns start at 1, columns count UTF-16 units, the end is exclusive. */
export interface SourceSpan {
  /** Path as the user would type it: relative to the working directory, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/**
 * How much a finding matters.
 * `error` means that production would break or the promise cannot be kept: nothing is written, exit 1.
 * `warning` means that it works, but the reader should know: exit 0, or 1 with `--strict`.
 * `info` states a fact, such as a value that the team has not decided yet: exit 0.
 */
export type Severity = 'error' | 'warning' | 'info';

/** A second place that explains the first: the other side of a conflict, or where a value was set. */
export interface RelatedSpan {
  readonly span: SourceSpan;
  readonly note: string;
}

/** Puts a text in place of a range of the spec. */
export interface Fix {
  readonly span: SourceSpan;
  readonly text: string;
}

/** One finding, complete enough that every renderer can show it without looking anything up. */
export interface Diagnostic {
  /** Permanent code such as `SW-201`; `seaworthy explain SW-201` tells the whole story. */
  readonly code: string;
  readonly severity: Severity;
  /** Where to look first. Absent only when there is no file to point at, such as an empty spec folder. */
  readonly span?: SourceSpan;
  /** What is wrong, with the actual and the expected value, in the words of the spec. No trailing period. */
  readonly message: string;
  /** What to do about it, one imperative sentence that ends in a period. */
  readonly hint: string;
  /** The calculation behind the finding, one step a line. */
  readonly arithmetic?: readonly string[];
  readonly related?: readonly RelatedSpan[];
  /** What stands at the span is a secret: no excerpt of any finding shows it. */
  readonly conceal?: boolean;
  /** An edit that does what the hint says, where it is known to the letter: a machine may offer it, a person accepts it. */
  readonly fix?: Fix;
  /** The check that found it, such as `data/rpo-within-backup-interval`; absent for findings of earlier stages. */
  readonly check?: string;
}

/** What a stage made, if it could make anything, and all that it found on the way. */
export interface Outcome<T> {
  readonly value: T | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** What `explain` and the documents say about a code. Codes are permanent; a retired one leaves a gap. */
export interface CodeInfo {
  readonly code: string;
  readonly severity: Severity;
  /** A claim or a short noun phrase, no period. */
  readonly title: string;
  /** Why this matters in production, one or two sentences. */
  readonly why: string;
  /** What to do, ends in a period. */
  readonly hint: string;
}
