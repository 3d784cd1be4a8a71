/**
 * From a file to its documents: the whole source stage for one file.
 *
 * Owns the order (decode, read, build) and which documents survive: one with broken syntax is withheld, so that later stages do not
 * complain about a half-read text; one with a repeated or refused key goes on without it, and every one without its top-level `x-` keys.
 * Pure; relies on `load-sources.ts` for bytes.
 */
import type { Alias, Document, Node, ParsedNode } from 'yaml';
import { SOURCE } from '../diagnostics/codes/source.ts';
import type { Diagnostic, Outcome } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/make-diagnostic.ts';
import { buildValue, type NodeProblem } from './build-value.ts';
import { decodeText } from './decode-text.ts';
import { explainSyntax } from './explain-syntax.ts';
import { locatePath } from './locate-path.ts';
import { nodeRange } from './node-range.ts';
import { MAX_DEPTH, readDocuments } from './read-documents.ts';
import type { SourceDocument, SourceFile } from './source-document.ts';
import { createSpanAt, type SpanAt } from './text-position.ts';

/** Parses every document of a file. The value holds those that can be relied on; it is absent when the file is no text. */
export function parseSource(file: SourceFile): Outcome<readonly SourceDocument[]> {
  const { value: text, diagnostics: refusals } = decodeText(file);
  if (text === undefined) return { value: undefined, diagnostics: refusals };
  const context: Context = { file: file.path, text, spanAt: createSpanAt(file.path, text) };
  const { documents, tooDeepAt } = readDocuments(text);
  const diagnostics: Diagnostic[] = [];
  if (tooDeepAt !== undefined) diagnostics.push(tooDeep(context, tooDeepAt));
  const isEmptyFile = tooDeepAt === undefined && documents.every(isEmpty);
  if (isEmptyFile) diagnostics.push(emptyFile(context));
  const value: SourceDocument[] = [];
  for (const [index, document] of documents.entries()) {
    const outcome = isEmpty(document)
      ? { value: undefined, diagnostics: isEmptyFile ? [] : [emptyDocument(context, document)] }
      : parseDocument(context, document, index);
    diagnostics.push(...outcome.diagnostics);
    if (outcome.value) value.push(outcome.value);
    if (diagnostics.length > MAX_FINDINGS) break;
  }
  return { value, diagnostics: limit(diagnostics) };
}

/** How many findings a file is worth: whoever has more has one cause, such as a file that is no YAML at all. */
const MAX_FINDINGS = 100;

function limit(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.length <= MAX_FINDINGS) return diagnostics;
  const shown = diagnostics.slice(0, MAX_FINDINGS);
  const message = `this file has more than ${MAX_FINDINGS} problems; those behind this one are not shown`;
  return [...shown, makeDiagnostic(SOURCE.tooManyFindings, { span: shown.at(-1)?.span, message })];
}

interface Context {
  readonly file: string;
  readonly text: string;
  readonly spanAt: SpanAt;
}

type YamlDocument = Document.Parsed<ParsedNode>;

function parseDocument(context: Context, document: YamlDocument, index: number): Outcome<SourceDocument> {
  if (document.errors.length > 0 || document.warnings.length > 0)
    return { value: undefined, diagnostics: explainSyntax(document, context, MAX_FINDINGS + 1) };
  const root: Node | null = document.contents;
  if (root === null) return { value: undefined, diagnostics: [] };
  const { value, targets, problems } = buildValue(root);
  const diagnostics = problems.slice(0, MAX_FINDINGS + 1).map((problem) => toDiagnostic(context, problem));
  if (problems.some(({ isFatal }) => isFatal)) return { value: undefined, diagnostics };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { value: undefined, diagnostics: [...diagnostics, notAMapping(context, root, value)] };
  return { value: createDocument({ context, root, targets, index, value: withoutExtensions(value) }), diagnostics };
}

/** Without keys such as `x-common`, a home for anchors as in Compose files: no stage reads them, and no digest depends on them. */
const withoutExtensions = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-')));

interface Parts {
  readonly context: Context;
  readonly root: Node;
  readonly targets: ReadonlyMap<Alias, Node>;
  readonly index: number;
  readonly value: unknown;
}

function createDocument({ context, root, targets, index, value }: Parts): SourceDocument {
  return {
    file: context.file,
    index,
    value,
    spanOf(path, part = 'value') {
      const located = locatePath(root, targets, path);
      return spanOfNode(context, part === 'key' ? (located.key ?? located.value) : located.value);
    },
  };
}

function toDiagnostic(context: Context, { info, node, message, hint, related }: NodeProblem): Diagnostic {
  return makeDiagnostic(info, {
    span: spanOfNode(context, node),
    message,
    hint,
    related: related && [{ span: spanOfNode(context, related.node), note: related.note }],
  });
}

const spanOfNode = ({ text, spanAt }: Context, node: Node) => spanAt(...nodeRange(node, text));

/** Nothing but comments and blanks between two document markers, and nothing wrong with them either. */
function isEmpty({ contents, errors, warnings }: YamlDocument): boolean {
  if (errors.length > 0 || warnings.length > 0) return false;
  // The package makes an empty plain scalar of a document without content; an explicit `null` has a source.
  const { source, anchor, tag }: { source?: unknown; anchor?: unknown; tag?: unknown } = contents ?? { source: '' };
  return source === '' && anchor === undefined && tag === undefined && isPlainNull(contents);
}

function isPlainNull(contents: unknown): boolean {
  return contents === null || (typeof contents === 'object' && 'value' in contents && contents.value === null);
}

const emptyFile = ({ spanAt, text }: Context): Diagnostic =>
  makeDiagnostic(SOURCE.emptyFile, {
    span: spanAt(0, 0),
    message: text.trim() === '' ? 'the file is empty' : 'the file holds no document, only comments or markers',
  });

const emptyDocument = ({ spanAt, text }: Context, { range }: YamlDocument): Diagnostic => {
  const marker = text.startsWith('---', range[0]) ? 3 : 1;
  return makeDiagnostic(SOURCE.emptyDocument, {
    span: spanAt(range[0], range[0] + marker),
    message: 'the document is empty',
  });
};

const SCALARS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: '`true` or `false`',
};

function notAMapping(context: Context, root: Node, value: unknown): Diagnostic {
  const actual = Array.isArray(value) ? 'a list' : (SCALARS[typeof value] ?? '`null`');
  const [start, end] = nodeRange(root, context.text);
  const lineEnd = context.text.indexOf('\n', start);
  const span = context.spanAt(start, lineEnd === -1 ? end : Math.min(end, lineEnd));
  return makeDiagnostic(SOURCE.notAMapping, { span, message: `the document is ${actual}, but a mapping was expected` });
}

const tooDeep = ({ spanAt }: Context, offset: number): Diagnostic =>
  makeDiagnostic(SOURCE.tooDeep, {
    span: spanAt(offset, offset + 1),
    message: `the text is nested more than ${MAX_DEPTH} levels deep; nothing behind this was read`,
  });
