/**
 * Collects what resolution finds.
 *
 * Owns nothing but the list; codes and their hints come from the table, spans from origins. One report serves one run.
 */
import { resolveCodes } from '../diagnostics/codes/resolve.ts';
import type { Diagnostic, SourceSpan } from '../diagnostics/diagnostic.ts';
import { type Origin, type SpecPointer, spanOfOrigin } from './model/origin.ts';

export interface Note {
  readonly at: Origin | SpecPointer;
  readonly note: string;
}

/** What else a finding may carry. */
export interface FindingDetails {
  readonly hint?: string;
  readonly related?: readonly Note[];
  /** What to write in place of what is marked. */
  readonly fix?: string;
  /** Points at the key instead of the value. */
  readonly part?: 'key' | 'value';
}

export class Report {
  readonly diagnostics: Diagnostic[] = [];

  add(
    code: ResolveCode,
    at: Origin | SpecPointer,
    message: string,
    { hint, related, fix, part = 'value' }: FindingDetails = {},
  ): void {
    const info = resolveCodes.find((row) => row.code === code);
    if (info === undefined) throw new Error(`no such code: ${code}`);
    const span = spanAt(at, part);
    this.diagnostics.push({
      code,
      severity: info.severity,
      span,
      message,
      hint: hint ?? info.hint,
      ...(fix !== undefined && { fix: { span, text: fix } }),
      ...(related !== undefined && {
        related: related.map((row) => ({ span: spanAt(row.at, 'value'), note: row.note })),
      }),
    });
  }
}

export type ResolveCode = (typeof resolveCodes)[number]['code'];

const spanAt = (at: Origin | SpecPointer, part: 'key' | 'value'): SourceSpan =>
  'kind' in at ? spanOfOrigin(at) : at.document.spanOf(at.path, part);
