/**
 * Prints nginx configuration from directives, blocks and comments.
 *
 * Owns quoting: whatever an argument holds, it reaches nginx as one argument and can never end a directive or open a block. Relies on
 * the lexer of nginx (src/core/ngx_conf_file.c, ngx_conf_read_token). Which directives exist is the business of the emitter. A node may
 * carry marks; their paths are made while the nodes are printed.
 */
import { type Claim, type Mark, type OriginMark, unwrap } from '../marks.ts';
import type { Printed } from './json.ts';

export type NginxNode = PlainNode | Mark<PlainNode>;
type PlainNode = NginxDirective | NginxBlock | NginxComment | NginxGap;

/** `name arguments;` */
export interface NginxDirective {
  readonly kind: 'directive';
  readonly name: string;
  readonly args: readonly NginxArgument[];
}

/** `name arguments { nodes }` */
export interface NginxBlock {
  readonly kind: 'block';
  readonly name: string;
  readonly args: readonly NginxArgument[];
  readonly nodes: readonly NginxNode[];
}

/** One line for each line of the text. */
export interface NginxComment {
  readonly kind: 'comment';
  readonly text: string;
}

/** An empty line between groups. */
export interface NginxGap {
  readonly kind: 'gap';
}

/**
 * A plain string is literal text. In directives that know variables, write it with `text`, and what is meant as a variable with
 * `variables`.
 */
export type NginxArgument =
  | string
  | { readonly kind: 'variables'; readonly template: string }
  | { readonly kind: 'condition'; readonly words: readonly string[] };

/** Variable that holds a dollar sign, since nginx has no escape for it. Declared by `dollarDeclaration`. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: this is nginx's own notation.
const DOLLAR = '${dollar}';

export const directive = (name: string, ...args: readonly NginxArgument[]): NginxDirective => ({
  kind: 'directive',
  name,
  args,
});

export const block = (name: string, args: readonly NginxArgument[], nodes: readonly NginxNode[]): NginxBlock => ({
  kind: 'block',
  name,
  args,
  nodes,
});

export const comment = (text: string): NginxComment => ({ kind: 'comment', text });

export const gap: NginxGap = { kind: 'gap' };

/** Text in which nginx replaces `$name`. Never built from values of the spec. */
export const variables = (template: string): NginxArgument => ({ kind: 'variables', template });

/** Literal text for a directive in which nginx would replace variables: a dollar sign stays one. */
export const text = (value: string): NginxArgument =>
  value.includes('$') ? variables(value.replaceAll('$', DOLLAR)) : value;

/** The parenthesised condition of an `if`: `condition('$request_method', '!~', '^(?:GET)$')`. */
export const condition = (...words: readonly string[]): NginxArgument => ({ kind: 'condition', words });

/** What makes `text` work with dollar signs; belongs into `http`. The values of `geo` are taken as they are. */
export const dollarDeclaration = (): NginxBlock => block('geo', [variables('$dollar')], [directive('default', '$')]);

/** A key of `map` that stands for exactly this text: never a pattern, a flag or the default. */
export const mapKey = (value: string): string =>
  /^(?:~|\\|\*\.|\.)|^(?:default|hostnames|include|volatile)$/i.test(value) ? `\\${value}` : value;

/**
 * Prints the nodes, indented by four spaces as nginx's own files are, with a final newline, and says where their marks are. The path of a node is its name after those of the blocks that it is in, with as many arguments as
 * tell it from its neighbours: `server api.example.com/listen 443`. A claim that several nodes make is one.
 */
export function printNginxConf(nodes: readonly NginxNode[]): Printed {
  const found: Found = { origins: [], claims: [] };
  const text = `${linesIn(nodes, '', 0, found).join('\n')}\n`;
  const claims = [...new Map(found.claims.map((claim) => [JSON.stringify(claim), claim])).values()];
  return { text, origins: found.origins, claims };
}

interface Found {
  readonly origins: OriginMark[];
  readonly claims: Claim[];
}

function linesIn(nodes: readonly NginxNode[], above: string, depth: number, found: Found): readonly string[] {
  const plain = nodes.map((node) => unwrap<PlainNode>(node));
  const names = namesOf(plain.map(({ value }) => value));
  return plain.flatMap(({ value, marks }, index) => {
    const part = above + (names[index] ?? '');
    for (const { origin, claim } of marks) {
      if (origin !== undefined) found.origins.push({ part, origin });
      if (claim !== undefined) found.claims.push(claim);
    }
    return linesOf(value, part, depth, found);
  });
}

function linesOf(node: PlainNode, part: string, depth: number, found: Found): readonly string[] {
  const indent = '    '.repeat(depth);
  switch (node.kind) {
    case 'gap':
      return [''];
    case 'comment':
      return node.text.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => `${indent}# ${printable(line)}`.trimEnd());
    case 'directive':
      return directiveLines(node, indent);
    case 'block':
      return [`${indent}${wordsOf(node)} {`, ...linesIn(node.nodes, `${part}/`, depth + 1, found), `${indent}}`];
  }
}

/** How marks call each of some neighbours: a block by all of its words, a directive by the first few that nothing else there begins with. */
function namesOf(nodes: readonly PlainNode[]): readonly string[] {
  const beginnings = nodes.map((node) => beginningsOf(node));
  const uses = new Map<string, number>();
  for (const text of beginnings.flat()) uses.set(text, (uses.get(text) ?? 0) + 1);
  return beginnings.map((all) => all.find((text) => uses.get(text) === 1) ?? all.at(-1) ?? '');
}

function beginningsOf(node: PlainNode): readonly string[] {
  if (node.kind === 'block') return [[wordsOf(node), ...serverNames(node)].join(' ')];
  if (node.kind !== 'directive') return [];
  const words = [node.name, ...node.args.map(printArgument)];
  return words.map((_, index) => words.slice(0, index + 1).join(' '));
}

/** All servers begin alike; their names tell them apart. */
const serverNames = ({ nodes }: NginxBlock): readonly string[] =>
  nodes.flatMap((inner) => {
    const { value } = unwrap<PlainNode>(inner);
    return value.kind === 'directive' && value.name === 'server_name' ? value.args.map(printArgument) : [];
  });

/** A long list stands one argument a line, like the parts of a log format. */
function directiveLines(node: NginxDirective, indent: string): readonly string[] {
  const line = `${indent}${wordsOf(node)};`;
  const [first, ...rest] = node.args.map(printArgument);
  if (line.length <= LONGEST_LINE || rest.length < 3) return [line];
  return [
    `${indent}${printWord(node.name)} ${first}`,
    ...rest.map((word, index) => `${indent}    ${word}${index === rest.length - 1 ? ';' : ''}`),
  ];
}

const wordsOf = ({ name, args }: NginxDirective | NginxBlock): string =>
  [printWord(name), ...args.map(printArgument)].join(' ');

function printArgument(argument: NginxArgument): string {
  if (typeof argument === 'string') return printWord(argument);
  if (argument.kind === 'variables') return printWord(argument.template);
  const [first = '', ...rest] = argument.words;
  // A quote after the parenthesis would be an ordinary character to nginx.
  if (!BARE.test(first)) throw new Error(`a condition of nginx begins with a variable, not with ${first}`);
  return [`(${first}`, ...rest.map(printWord)].join(' ').concat(')');
}

const LONGEST_LINE = 120;
const BARE = /^[A-Za-z0-9_$/=@~.:*[\],&+%!?|^-]+$/;

/** Bare where every character is harmless, else in the quotes that need fewer escapes. */
function printWord(word: string): string {
  if (word.includes('\0')) throw new Error('nginx has no way to write a NUL character');
  if (BARE.test(word)) return word;
  const quote = word.includes('"') && !word.includes("'") ? "'" : '"';
  return `${quote}${escapeWord(word, quote)}${quote}`;
}

/**
 * Inside quotes nginx undoes `\\`, `\"`, `\'`, `\n`, `\r` and `\t`. A backslash before anything else stays as it is, so it is doubled
 * only where it would be undone: patterns stay readable.
 */
function escapeWord(word: string, quote: string): string {
  return word.replace(/\\(?=[\\"'nrt\n\r\t]|$)|["'\n\r\t]/g, (found) => {
    if (found === '\\') return '\\\\';
    if (found === quote) return `\\${quote}`;
    return CONTROL[found] ?? found;
  });
}

const CONTROL: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Comments end with the line; control characters have no business in them. */
const printable = (line: string): string => line.replace(/\p{Cc}/gu, ' ');
