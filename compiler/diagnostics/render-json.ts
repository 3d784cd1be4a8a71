/**
 * Findings for programs: `schemas/diagnostic.schema.json` is the contract.
 *
 * Owns the order of keys and the version of the shape. A field may be added within a version; none changes its meaning or goes away.
 */
import { findCode } from './codes.ts';
import type { Diagnostic, Severity } from './diagnostic.ts';

/** The report as `--format json` prints it, with a line end. Absent parts of a finding are left out, never null. */
export function renderJson(
  diagnostics: readonly Diagnostic[],
  why: (code: string) => string | undefined = (code) => findCode(code)?.why,
): string {
  const count = (severity: Severity): number =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  const report = {
    version: 1,
    summary: { errors: count('error'), warnings: count('warning'), infos: count('info') },
    diagnostics: diagnostics.map((diagnostic) => orderKeys(diagnostic, why(diagnostic.code))),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

const orderKeys = (
  { code, severity, check, message, hint, span, related, arithmetic, fix }: Diagnostic,
  why: string | undefined,
) => ({
  code,
  severity,
  ...(check !== undefined && { check }),
  message,
  ...(why !== undefined && { why }),
  hint,
  ...(span && { span }),
  ...(arithmetic && { arithmetic }),
  ...(related && { related }),
  ...(fix && { fix }),
});
