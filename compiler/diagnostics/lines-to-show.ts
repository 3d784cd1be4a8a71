/**
 * The lines of a file as excerpts may show them: without secrets.
 *
 * Owns hiding what a finding says is secret and what shows itself to be one. Columns stay where they are.
 */
import type { SourceSpan } from './diagnostic.ts';
import { maskSecrets } from './mask-secrets.ts';

export function linesToShow(text: string | undefined, concealed: readonly SourceSpan[]): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const lines = maskSecrets(text).split('\n');
  for (const { line, column, endLine, endColumn } of concealed)
    for (let number = line; number <= endLine; number++) {
      const shown = lines[number - 1] ?? '';
      const from = number === line ? column - 1 : 0;
      const to = number === endLine ? endColumn - 1 : shown.length;
      lines[number - 1] = shown.slice(0, from) + shown.slice(from, to).replace(/\S/g, '•') + shown.slice(to);
    }
  return lines;
}
