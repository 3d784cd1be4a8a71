/**
 * The interface of a check, the same for built-in ones and third parties.
 *
 * A check is an opinion about a whole model, or about all models of a spec beside each other, and returns what it found; it never prints or throws. Which document a finding points at,
 * whether a waiver covers it and how it is shown is left to `run-checks.ts` and the renderers.
 */
import type { CodeInfo, Severity } from '../diagnostics/diagnostic.ts';
import type { Model, Origin } from '../resolve/model/index.ts';
import type { DocumentKind } from '../validate/valid-document.ts';

export interface Check extends CodeInfo {
  /** Same as the folder path, such as `data/rpo-within-backup-interval`; also what a waiver names. */
  readonly id: string;
  /** Kinds of documents that could bring what it misses: it is silent while one of them is withheld for mistakes of its own. */
  readonly misses?: readonly DocumentKind[];
  run(model: Model): readonly Finding[];
  /** What only all environments of all systems together show. */
  across?(models: readonly Model[]): readonly Finding[];
}

export interface Finding {
  /** The value at fault. */
  readonly at: Origin;
  readonly message: string;
  /** Steps of the calculation, one a line. */
  readonly arithmetic?: readonly string[];
  /** Replaces the check's general hint when the exact fix is known. */
  readonly hint?: string;
  /** Milder than the check's own severity where the circumstances allow it. */
  readonly severity?: Severity;
  /** What stands at the value is a secret, which no excerpt shows. */
  readonly conceal?: boolean;
  readonly related?: readonly { readonly at: Origin; readonly note: string }[];
}
