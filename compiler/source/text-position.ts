/**
 * From an offset in a text to a line and column.
 *
 * Owns the counting: lines and columns from 1, columns in UTF-16 units, a line ends at LF. Lines are counted on first use, because
 * most files never have a finding.
 */
import type { SourceSpan } from '../diagnostics/diagnostic.ts';

/** Gives the span of `[start, end)` in the file it was made for. Offsets beyond the text are moved to its end. */
export type SpanAt = (start: number, end: number) => SourceSpan;

export function createSpanAt(file: string, text: string): SpanAt {
  let starts: readonly number[] | undefined;
  return (from, to) => {
    starts ??= lineStarts(text);
    const start = clamp(from, text.length);
    const end = Math.max(start, clamp(to, text.length));
    const line = lineOf(starts, start);
    const endLine = lineOf(starts, end);
    return {
      file,
      line: line + 1,
      column: start - (starts[line] ?? 0) + 1,
      endLine: endLine + 1,
      endColumn: end - (starts[endLine] ?? 0) + 1,
    };
  };
}

const clamp = (offset: number, length: number): number => Math.min(Math.max(offset, 0), length);

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The last line that starts at or before the offset, by bisection. */
function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
