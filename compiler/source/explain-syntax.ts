/**
 * Syntax errors of the `yaml` package in our words.
 *
 * Owns the wording and the place: a quote that is never closed is marked where it opens, a tab is called a tab whatever it led to, and
 * a line is complained about once, because one slip makes the package report several. The commonest slips are `explain-slip.ts`.
 */
import { type Document, isCollection, isScalar, Scalar, visit, type YAMLError } from 'yaml';
import { SOURCE } from '../diagnostics/codes/source.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/make-diagnostic.ts';
import { quoteText } from '../diagnostics/quote-text.ts';
import { explainSlip, TEMPLATE_HINT } from './explain-slip.ts';
import type { SpanAt } from './text-position.ts';

/** The text of a file and how to mark a place in it. */
export interface MarkedText {
  readonly text: string;
  readonly spanAt: SpanAt;
}

/** The first syntax errors of a document, at most one a line and `limit` in all. */
export function explainSyntax(document: Document.Parsed, marked: MarkedText, limit: number): readonly Diagnostic[] {
  const errors = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  const openings = errors.some(isUnclosed) ? openingsOf(document, marked.text) : new Map<number, Opening>();
  const lines = new Set<number | undefined>();
  const found: Diagnostic[] = [];
  let isShifted = false;
  // Several errors may share a line, so more are looked at than are kept; a bound all the same, for a file of errors only.
  for (const error of errors.slice(0, 10 * limit)) {
    const diagnostic = explain(error, openings, marked);
    if (lines.has(diagnostic.span?.line) || (isShifted && isStructural(error))) continue;
    isShifted ||= isStructural(error) || diagnostic.code === SOURCE.tabIndent.code;
    lines.add(diagnostic.span?.line);
    if (found.push(diagnostic) >= limit || diagnostic.hint === TEMPLATE_HINT) break;
  }
  return found;
}

/** Once a line is out of place, the package takes the lines behind it for misplaced as well. */
const isStructural = ({ code }: YAMLError): boolean =>
  code === 'BAD_INDENT' || code === 'BLOCK_AS_IMPLICIT_KEY' || code === 'MULTILINE_IMPLICIT_KEY';

const isUnclosed = ({ code }: YAMLError): boolean => code === 'MISSING_CHAR' || code === 'BAD_INDENT';

function explain(error: YAMLError, openings: ReadonlyMap<number, Opening>, { text, spanAt }: MarkedText): Diagnostic {
  const [start, end] = narrow(error.pos, text);
  const tab = tabBefore(text, start);
  if (tab !== undefined)
    return makeDiagnostic(SOURCE.tabIndent, { span: spanAt(tab, tab + 1), message: 'a tab is used for indentation' });
  const slip = explainSlip(error, start, { text, spanAt });
  if (slip !== undefined) return slip;
  if (error.code === 'TAG_RESOLVE_FAILED' || error.code === 'BAD_COLLECTION_TYPE') {
    const message = `the tag ${quoteText(text.slice(start, end))} is not supported for this value`;
    return makeDiagnostic(SOURCE.badTag, { span: spanAt(start, end), message });
  }
  if (error.code === 'MULTILINE_IMPLICIT_KEY') return missingColon(start, text, spanAt);
  const opening = isUnclosed(error) ? openings.get(error.pos[0]) : undefined;
  if (opening) return unclosed(opening, start, text, spanAt);
  return makeDiagnostic(SOURCE.syntax, { span: spanAt(start, end), message: wording(error), hint: HINTS[error.code] });
}

/** The first line of the marked text, without its leading blanks. */
function narrow([start, end]: readonly [number, number], text: string): readonly [number, number] {
  const marked = text.slice(start, end);
  const blanks = /^[^\S\n]*/.exec(text.slice(start, start + 1000))?.[0].length ?? 0;
  const from = start + (marked.startsWith(' ') ? blanks : 0);
  const lineEnd = text.indexOf('\n', from);
  const to = Math.max(end, from + 1);
  return [from, lineEnd === -1 ? to : Math.max(Math.min(to, lineEnd), from)];
}

/** A tab among the blanks in front of what stands at the offset. */
function tabBefore(text: string, offset: number): number | undefined {
  const lineStart = text.lastIndexOf('\n', Math.max(offset - 1, 0)) + 1;
  const blanks = /^[ \t]*/.exec(text.slice(lineStart, offset + 1))?.[0] ?? '';
  const tab = blanks.indexOf('\t');
  return tab !== -1 && lineStart + blanks.length >= offset ? lineStart + tab : undefined;
}

function missingColon(start: number, text: string, spanAt: SpanAt): Diagnostic {
  const line = text.slice(start, lineEndAfter(text, start)).trimEnd();
  const glued = /^[\w.-]+:(?=\S)/.exec(line)?.[0];
  const [message, hint] = glued
    ? [`there is no space after ${quoteText(glued)}`, 'Put a space after the colon.']
    : [
        `${quoteText(line)} has no \`:\` after its key`,
        'Write `key: value`, or indent the line if it continues the one above.',
      ];
  return makeDiagnostic(SOURCE.syntax, { span: spanAt(start, start + line.length), message, hint });
}

interface Opening {
  readonly at: number;
  readonly closing: string;
}

/** What was opened, by the offset where it ends: the innermost bracket or quote. */
function openingsOf(document: Document.Parsed, text: string): ReadonlyMap<number, Opening> {
  const openings = new Map<number, Opening>();
  visit(document, {
    Node: (_, node) => {
      if (!node.range) return;
      const [at, end] = node.range;
      if (isScalar(node) && (node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE))
        openings.set(end, { at, closing: text.charAt(at) });
      else if (isCollection(node) && node.flow) openings.set(end, { at, closing: text.charAt(at) === '{' ? '}' : ']' });
    },
  });
  return openings;
}

function unclosed({ at, closing }: Opening, noticed: number, text: string, spanAt: SpanAt): Diagnostic {
  const isQuote = closing === '"' || closing === "'";
  const noticedAt = { span: spanAt(noticed, noticed + 1), note: `a \`${closing}\` was expected before this` };
  return makeDiagnostic(SOURCE.syntax, {
    span: spanAt(at, isQuote ? lineEndAfter(text, at) : at + 1),
    message: isQuote
      ? `the quote that opens here is never closed`
      : `the \`${text.charAt(at)}\` that opens here is not closed`,
    hint: isQuote
      ? `Add the closing \`${closing}\`.`
      : `Add the closing \`${closing}\`, and indent every line inside the brackets.`,
    related: isQuote ? [] : [noticedAt],
  });
}

function lineEndAfter(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end;
}

/** The package's sentence, as the middle of ours. */
function wording({ code, message }: YAMLError): string {
  return MESSAGES[code] ?? message.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase()).replace(/\.$/, '');
}

const MESSAGES: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BLOCK_AS_IMPLICIT_KEY: 'a second mapping begins on the same line',
  BLOCK_IN_FLOW: 'a block collection stands between brackets; a comma is probably missing',
  MULTIPLE_ANCHORS: 'a value has two anchors',
  MULTIPLE_TAGS: 'a value has two tags',
  ALIAS_PROPS: 'an alias has an anchor or tag of its own',
  BAD_INDENT: 'this line is indented differently from its neighbours',
  RESOURCE_EXHAUSTION: 'the text is too complex to be read',
};

const HINTS: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BLOCK_AS_IMPLICIT_KEY: 'Put quotes around a value that contains `: `, or start the mapping on its own line.',
  BAD_INDENT: 'Align the line with the others of its mapping or list.',
  BAD_SCALAR_START: 'Put the value in quotes.',
  BAD_DQ_ESCAPE: 'Use single quotes, or write `\\\\` for a backslash.',
  BAD_DIRECTIVE: 'Remove the line that starts with `%`.',
};
