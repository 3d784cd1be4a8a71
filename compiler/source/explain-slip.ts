/**
 * The commonest slips in YAML, told from what stands on the line.
 *
 * Owns values that begin with a character that YAML keeps for itself, templates, and list items and fields that are out of line. The
 * `yaml` package reports where it gave up; the finding is about the line that a person has to change.
 */
import type { YAMLError } from 'yaml';
import { SOURCE } from '../diagnostics/codes/source.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/make-diagnostic.ts';
import { quoteText } from '../diagnostics/quote-text.ts';
import type { SpanAt } from './text-position.ts';

export interface Marked {
  readonly text: string;
  readonly spanAt: SpanAt;
}

/** For `{{ .Values.x }}` and its like, wherever it turns up. */
export const TEMPLATE_HINT =
  'Write the value itself, because the spec is no template; what differs between environments goes into the Environment document.';

/** The finding about a known slip on the line of the error; undefined when it is another one. */
export function explainSlip(error: YAMLError, start: number, marked: Marked): Diagnostic | undefined {
  const line = lineAt(marked.text, start);
  return template(line, marked) ?? specialValue(error, start, line, marked) ?? outOfLine(error, line, marked);
}

interface Line {
  readonly start: number;
  readonly text: string;
}

function lineAt(text: string, offset: number): Line {
  const start = text.lastIndexOf('\n', Math.max(offset - 1, 0)) + 1;
  const end = text.indexOf('\n', start);
  return { start, text: text.slice(start, end === -1 ? text.length : end) };
}

function template({ start, text }: Line, { spanAt }: Marked): Diagnostic | undefined {
  const [written = ''] = /\{\{.*?\}\}|\{%.*?%\}/.exec(text) ?? [];
  if (written === '') return undefined;
  const at = start + text.indexOf(written);
  const message = `${quoteText(written)} is a template, and the spec is read as it stands`;
  return makeDiagnostic(SOURCE.syntax, { span: spanAt(at, at + written.length), message, hint: TEMPLATE_HINT });
}

/** `* 3 * * *` is no alias, and `@daily` no text. Marked from its beginning, wherever the package noticed. */
function specialValue(error: YAMLError, start: number, line: Line, { spanAt }: Marked): Diagnostic | undefined {
  if (!SPECIAL_CODES.includes(error.code)) return undefined;
  const [, before = '', value = ''] = /^(.*?(?:[:[,-]\s+|\[))([*@%&][^\]},#]*)/.exec(line.text) ?? [];
  const written = value.trimEnd();
  const at = line.start + before.length;
  if (written === '' || start < at) return undefined;
  const first = written.charAt(0);
  const key = /([\w.-]+:\s+)$/.exec(before)?.[1] ?? '';
  return makeDiagnostic(SOURCE.syntax, {
    span: spanAt(at, at + written.length),
    message: `${quoteText(written)} is not in quotes, and \`${first}\` at the beginning of a value ${MEANINGS[first] ?? 'is reserved'}`,
    hint: `Write \`${key}${JSON.stringify(written)}\`.`,
  });
}

const SPECIAL_CODES: readonly YAMLError['code'][] = ['BAD_ALIAS', 'UNEXPECTED_TOKEN', 'BAD_SCALAR_START'];
const MEANINGS: Readonly<Record<string, string>> = { '*': 'makes an alias of it', '&': 'makes an anchor of it' };

/** A list item further left or right than those above, and lines that are indented below a field which has a value. */
function outOfLine(
  { code }: YAMLError,
  { start, text }: Line,
  { text: whole, spanAt }: Marked,
): Diagnostic | undefined {
  if (code !== 'BAD_INDENT' && code !== 'BLOCK_AS_IMPLICIT_KEY') return undefined;
  const indent = indentOf(text);
  const span = spanAt(start + indent, start + text.trimEnd().length);
  if (/^\s*- /.test(text)) {
    const sibling = itemAbove(whole.slice(0, start));
    if (sibling === undefined || sibling === indent) return undefined;
    const hint = `Indent it by ${sibling} spaces, as the items above.`;
    return makeDiagnostic(SOURCE.syntax, { span, message: 'this item is out of line with the list above', hint });
  }
  const key = /^\s*([\w.-]+): +\S/.exec(text)?.[1];
  const next = whole.slice(start + text.length + 1).split('\n', 1)[0] ?? '';
  if (key === undefined || code === 'BAD_INDENT' || indentOf(next) <= indent) return undefined;
  const message = `the next line is indented deeper, but ${quoteText(key)} has a value already`;
  const hint = 'Align the two lines; put `- ` in front of the first if it begins an item of a list.';
  return makeDiagnostic(SOURCE.syntax, { span, message, hint });
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** The indent of the nearest list item above. */
function itemAbove(text: string): number | undefined {
  const line = text.split('\n').findLast((above) => /^\s*- /.test(above));
  return line === undefined ? undefined : indentOf(line);
}
