/**
 * From text to YAML nodes, one tree a document.
 *
 * Owns the set-up of the `yaml` package (YAML 1.2 core schema whatever the file's directives say) and the guard on depth, which works
 * on the token stream: the composer recurses, so a hostile file must be stopped before it. What nodes mean is left to `build-value.ts`.
 */
import { Composer, type CST, type Document, Lexer, type ParsedNode, Parser, Schema } from 'yaml';

/** How many collections may stand inside each other. */
export const MAX_DEPTH = 64;

export interface TextDocuments {
  readonly documents: readonly Document.Parsed<ParsedNode>[];
  /** Where the first collection beyond `MAX_DEPTH` begins; nothing behind it was read. */
  readonly tooDeepAt: number | undefined;
}

export function readDocuments(text: string): TextDocuments {
  const { tokens, tooDeepAt } = readTokens(text);
  const composer = new Composer<ParsedNode>(OPTIONS);
  return { documents: [...composer.compose(tokens, tooDeepAt === undefined, text.length)], tooDeepAt };
}

// Duplicate keys, merge keys and tags are ours: the package finds duplicates by comparing every pair and does not say where the other is.
// One schema for all documents saves building it anew for each; without known tags the package never changes it.
const OPTIONS = {
  schema: new Schema({ schema: 'core', merge: false, resolveKnownTags: false }),
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

function readTokens(text: string): { readonly tokens: readonly CST.Token[]; readonly tooDeepAt: number | undefined } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > MAX_DEPTH && depthOf(parser.stack) > MAX_DEPTH)
      return { tokens, tooDeepAt: parser.offset - lexeme.length };
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens, tooDeepAt: undefined };
}

const COLLECTIONS: ReadonlySet<string> = new Set(['block-map', 'block-seq', 'flow-collection']);

const depthOf = (stack: readonly CST.Token[]): number => stack.filter(({ type }) => COLLECTIONS.has(type)).length;
