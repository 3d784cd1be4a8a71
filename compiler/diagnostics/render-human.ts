/**
 * Findings for people at a terminal.
 *
 * Owns the layout: place, severity, code and message; the source with marks; the arithmetic; why it matters, once a code; what to do.
 * Expects findings in the order they shall appear (`sort-diagnostics.ts`). Colours only when asked for.
 */
import { findCode } from './codes.ts';
import type { Diagnostic, RelatedSpan, Severity } from './diagnostic.ts';
import { escapeText } from './display-text.ts';
import { linesToShow } from './lines-to-show.ts';
import { type ExcerptLine, renderExcerpt } from './render-excerpt.ts';
import { summarize } from './summarize.ts';
import { wrapText } from './wrap-text.ts';

export interface HumanOptions {
  /** The text of a file, for excerpts; a file it does not know is named without one. */
  readonly source: (file: string) => string | undefined;
  /** Columns of the terminal. Default: 100; between 60 and 100 is used as given. */
  readonly width?: number;
  /** Default: false. */
  readonly colour?: boolean;
  /** Why a code matters, for codes of checks. Default: the table of the stages. */
  readonly why?: (code: string) => string | undefined;
}

/** The whole report, ending in a summary line and a line end. */
export function renderHuman(diagnostics: readonly Diagnostic[], options: HumanOptions): string {
  const view = createView(options, diagnostics);
  const explained = new Set<string>();
  const blocks = diagnostics.map((diagnostic) => {
    const isFirst = !explained.has(diagnostic.code);
    explained.add(diagnostic.code);
    return renderOne(diagnostic, view, isFirst).join('\n');
  });
  const gaps = diagnostics.map(({ severity }, index) =>
    severity === 'info' && diagnostics[index + 1]?.severity === 'info' ? '\n' : '\n\n',
  );
  const report = blocks.map((block, index) => `${block}${gaps[index] ?? ''}`).join('');
  return `${report}${view.paint('bold', summarize(diagnostics))}\n`;
}

type Style = Severity | 'bold' | 'dim';

interface View {
  readonly width: number;
  readonly paint: (style: Style, text: string) => string;
  readonly why: (code: string) => string | undefined;
  readonly lines: (file: string) => readonly string[] | undefined;
}

function createView(
  { source, width = 100, colour = false, why }: HumanOptions,
  diagnostics: readonly Diagnostic[],
): View {
  const concealed = diagnostics.flatMap(({ conceal, span }) => (conceal === true && span ? [span] : []));
  const cache = new Map<string, readonly string[] | undefined>();
  return {
    width: Math.min(Math.max(width, 60), 100),
    paint: (style, text) => (colour && text !== '' ? `\u{1b}[${STYLES[style]}m${text}\u{1b}[0m` : text),
    why: why ?? ((code) => findCode(code)?.why),
    lines(file) {
      if (!cache.has(file))
        cache.set(
          file,
          linesToShow(
            source(file),
            concealed.filter((span) => span.file === file),
          ),
        );
      return cache.get(file);
    },
  };
}

const STYLES: Readonly<Record<Style, string>> = { error: '1;31', warning: '1;33', info: '1;36', bold: '1', dim: '2' };

function renderOne(diagnostic: Diagnostic, view: View, isFirst: boolean): readonly string[] {
  const { arithmetic = [], hint, code } = diagnostic;
  // A note states a fact and asks for nothing now, so it takes a line or two.
  if (diagnostic.severity === 'info') return header(diagnostic, view);
  const why = isFirst ? view.why(code) : undefined;
  return [
    ...header(diagnostic, view),
    ...excerpts(diagnostic, view),
    ...arithmetic.flatMap((step) => wrapText(escapeText(step), view.width, '  = ', '    ')),
    ...(why === undefined ? [] : labelled('why:  ', why, view)),
    ...labelled('hint: ', hint, view),
  ];
}

function header({ span, severity, code, message, check }: Diagnostic, { paint, width }: View): readonly string[] {
  const place = span ? `${escapeText(span.file)}:${span.line}:${span.column}  ` : '';
  const label = `${severity} ${code}`;
  const said = escapeText(message) + (check === undefined ? '' : ` (${check})`);
  const [first = '', ...rest] = wrapText(said, width, `${place}${label}  `, '    ');
  // Painted after wrapping, so that colours take no columns.
  return [paint('bold', place) + paint(severity, label) + first.slice(place.length + label.length), ...rest];
}

const labelled = (label: string, text: string, { width, paint }: View): readonly string[] =>
  wrapText(escapeText(text), width, `  ${label}`, ' '.repeat(label.length + 2)).map((line, index) =>
    index === 0 ? `  ${paint('dim', label)}${line.slice(label.length + 2)}` : line,
  );

function excerpts({ span, related = [], severity }: Diagnostic, view: View): readonly string[] {
  const spans = [...(span ? [span] : []), ...related.map((item) => item.span)];
  const digits = Math.max(...spans.map(({ endLine }) => String(endLine).length), 1);
  const lines = span ? view.lines(span.file) : undefined;
  const primary = span && lines ? renderExcerpt({ lines, span, mark: '^', width: view.width, digits }) : [];
  return [
    ...primary.map((line) => paintLine(line, severity, view)),
    ...related.flatMap((item) => relatedExcerpt(item, span?.file, digits, view)),
  ];
}

function relatedExcerpt(
  { span, note }: RelatedSpan,
  file: string | undefined,
  digits: number,
  view: View,
): readonly string[] {
  const place = `${escapeText(span.file)}:${span.line}:${span.column}`;
  const lines = view.lines(span.file);
  if (!lines) return wrapText(escapeText(note), view.width, `  ${place}: `, '    ');
  const shown = renderExcerpt({ lines, span, mark: '-', note: escapeText(note), width: view.width, digits });
  const heading = span.file === file ? [] : [view.paint('dim', `  ${' '.repeat(digits)}--> ${place}`)];
  return [...heading, ...shown.map((line) => paintLine(line, 'info', view))];
}

const paintLine = ({ gutter, kind, text }: ExcerptLine, style: Style, { paint }: View): string =>
  (paint('dim', gutter) + (kind === 'mark' ? paint(style, text) : text)).trimEnd();
