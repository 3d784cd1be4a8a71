/**
 * Builds a finding from its code.
 *
 * Owns that severity and hint come from the table unless the place that found it knows better, and that absent parts stay absent.
 */
import type { CodeInfo, Diagnostic, RelatedSpan, SourceSpan } from './diagnostic.ts';

/** What only the place that found it can say. */
export interface Particulars {
  readonly message: string;
  readonly span?: SourceSpan | undefined;
  /** Replaces the hint of the code where more is known, such as the nearest name. */
  readonly hint?: string | undefined;
  readonly arithmetic?: readonly string[] | undefined;
  readonly related?: readonly RelatedSpan[] | undefined;
  /** What to write in place of what `span` marks. */
  readonly fix?: string | undefined;
  readonly check?: string | undefined;
  readonly conceal?: boolean | undefined;
}

export function makeDiagnostic(info: CodeInfo, particulars: Particulars): Diagnostic {
  const { message, span, hint = info.hint, arithmetic, related, fix, check, conceal } = particulars;
  return {
    code: info.code,
    severity: info.severity,
    ...(span && { span }),
    message,
    hint,
    ...(arithmetic && arithmetic.length > 0 && { arithmetic }),
    ...(related && related.length > 0 && { related }),
    ...(fix !== undefined && span && { fix: { span, text: fix } }),
    ...(check !== undefined && { check }),
    ...(conceal === true && { conceal }),
  };
}
