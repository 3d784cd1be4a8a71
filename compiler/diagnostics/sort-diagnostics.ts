/**
 * The one order of findings: by file, line, column and code, so that equal input prints equal output.
 *
 * Owns the order and that the same finding is said once. Text is compared by code units, never by the locale of the machine.
 */
import { compareTexts } from '../../schemas/data/texts.ts';
import type { Diagnostic } from './diagnostic.ts';

/** Sorts and drops findings that say the same about the same place. Findings without a place come first. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = [...diagnostics].sort(compareDiagnostics);
  return sorted.filter((diagnostic, index) => {
    const previous = sorted[index - 1];
    return previous === undefined || compareDiagnostics(previous, diagnostic) !== 0;
  });
}

function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return (
    compareTexts(a.span?.file ?? '', b.span?.file ?? '') ||
    (a.span?.line ?? 0) - (b.span?.line ?? 0) ||
    (a.span?.column ?? 0) - (b.span?.column ?? 0) ||
    compareTexts(a.code, b.code) ||
    compareTexts(a.message, b.message) ||
    compareTexts(details(a), details(b))
  );
}

// Two findings of one place and message may still differ in what they relate to.
const details = ({ span, related, arithmetic, check, hint }: Diagnostic): string =>
  JSON.stringify([span?.endLine, span?.endColumn, related, arithmetic, check, hint]);
