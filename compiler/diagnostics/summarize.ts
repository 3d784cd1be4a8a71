/**
 * One line at the end for people: `2 errors, 1 warning in 3 files`.
 */
import type { Diagnostic, Severity } from './diagnostic.ts';

export function summarize(diagnostics: readonly Diagnostic[]): string {
  if (diagnostics.length === 0) return 'no problems found';
  const count = (severity: Severity): number =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  const counts = [
    plural(count('error'), 'error'),
    plural(count('warning'), 'warning'),
    plural(count('info'), 'note'),
  ].filter((text) => text !== '');
  const files = new Set(diagnostics.flatMap(({ span }) => span?.file ?? []));
  return files.size === 0 ? counts.join(', ') : `${counts.join(', ')} in ${plural(files.size, 'file')}`;
}

function plural(count: number, noun: string): string {
  if (count === 0) return '';
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
