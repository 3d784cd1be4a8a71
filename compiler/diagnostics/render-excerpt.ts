/**
 * The lines of a file that a span covers, with marks under the exact characters.
 *
 * Owns the gutter, the marks and the window: a line that is too long is shown around its mark, a span of many lines by its first and
 * last. Everything shown goes through `display-text.ts`.
 */
import type { SourceSpan } from './diagnostic.ts';
import { type Cell, toCells } from './display-text.ts';
import { wrapText } from './wrap-text.ts';

export interface ExcerptOptions {
  /** The lines of the file. */
  readonly lines: readonly string[];
  readonly span: SourceSpan;
  /** `^` for where to look first, `-` for what explains it. */
  readonly mark: '^' | '-';
  /** Said behind the marks. */
  readonly note?: string | undefined;
  /** Columns of the whole excerpt. */
  readonly width: number;
  /** Digits of the largest line number, so that the excerpts of one finding align. */
  readonly digits: number;
}

/** An excerpt line by line. `kind` tells a renderer with colours what it is. */
export interface ExcerptLine {
  readonly gutter: string;
  readonly kind: 'source' | 'mark';
  readonly text: string;
}

export function renderExcerpt(options: ExcerptOptions): readonly ExcerptLine[] {
  const { span, lines } = options;
  const first = lines[span.line - 1];
  if (first === undefined) return [];
  const from = span.column - 1;
  if (span.endLine === span.line) return markedLine(options, span.line, from, span.endColumn - 1, options.note);
  const last = lines[span.endLine - 1] ?? '';
  const lastFrom = last.length - last.trimStart().length;
  const between = span.endLine - span.line - 1;
  const gap: ExcerptLine[] = between > 0 ? [{ gutter: gutter(options, '…'), kind: 'source', text: '' }] : [];
  return [
    ...markedLine(options, span.line, from, first.length, undefined),
    ...gap,
    ...markedLine(options, span.endLine, lastFrom, span.endColumn - 1, options.note),
  ];
}

function markedLine(
  options: ExcerptOptions,
  number: number,
  from: number,
  to: number,
  note: string | undefined,
): readonly ExcerptLine[] {
  const cells = toCells((options.lines[number - 1] ?? '').replace(/\r$/, ''));
  const room = Math.max(options.width - options.digits - 5, 20);
  const { shown, before, after, start } = cut(cells, from, room);
  const indent = start + widthBetween(shown, 0, from);
  const length = Math.min(Math.max(widthBetween(shown, from, to), 1), Math.max(room - indent, 1));
  const text = `${before}${shown.map((cell) => cell.text).join('')}${after}`;
  const marks = ' '.repeat(indent) + options.mark.repeat(length);
  return [
    { gutter: gutter(options, String(number)), kind: 'source', text: text.trimEnd() },
    ...noted(marks, note, indent, room).map(
      (line) => ({ gutter: gutter(options, ''), kind: 'mark', text: line }) as const,
    ),
  ];
}

const gutter = ({ digits }: ExcerptOptions, label: string): string => `  ${label.padStart(digits)} | `;

interface Cut {
  readonly shown: readonly Cell[];
  readonly before: '' | '…';
  readonly after: '' | '…';
  /** Columns taken by `before`. */
  readonly start: 0 | 1;
}

/** The part of a line that fits into the room: from its beginning when the mark is in sight, otherwise from a little before it. */
function cut(cells: readonly Cell[], from: number, room: number): Cut {
  const total = widthBetween(cells, 0, Number.POSITIVE_INFINITY);
  if (total <= room) return { shown: cells, before: '', after: '', start: 0 };
  const lead = Math.floor(room / 3);
  const skipped = widthBetween(cells, 0, from) < room - lead ? 0 : skipTo(cells, from, lead);
  const start = skipped > 0 ? 1 : 0;
  const shown: Cell[] = [];
  let used = start + 1;
  for (const cell of cells.slice(skipped)) {
    if (used + cell.width > room) break;
    used += cell.width;
    shown.push(cell);
  }
  return { shown, before: start ? '…' : '', after: skipped + shown.length < cells.length ? '…' : '', start };
}

/** The index of the first cell that is at most `lead` columns before the offset. */
function skipTo(cells: readonly Cell[], from: number, lead: number): number {
  const index = cells.findIndex(({ offset }) => offset >= from);
  let at = index === -1 ? cells.length : index;
  for (let room = lead; at > 0 && room > 0; at--) room -= cells[at - 1]?.width ?? 0;
  return at;
}

function widthBetween(cells: readonly Cell[], from: number, to: number): number {
  return cells.reduce((sum, { offset, width }) => (offset >= from && offset < to ? sum + width : sum), 0);
}

/** The note behind the marks where it fits, otherwise below them. */
function noted(marks: string, note: string | undefined, indent: number, room: number): readonly string[] {
  if (note === undefined) return [marks];
  if (marks.length + 1 + note.length <= room) return [`${marks} ${note}`];
  const margin = ' '.repeat(Math.max(Math.min(indent, room - 40), 0));
  return [marks, ...wrapText(note, room, margin, margin)];
}
