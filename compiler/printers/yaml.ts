/**
 * Prints plain data as YAML: keys in code-unit order, no aliases, no line folding, so equal data gives equal bytes.
 *
 * Owns every YAML text that the compiler emits. The layout is written here, because building a document tree for thousands of objects
 * costs more than all the rest of an emitter; every text that is not obviously plain is quoted by the `yaml` package, and a test holds
 * the two against each other. Texts that YAML 1.1 takes for something else (`on`, `012`, `12:30`) are quoted, because Kubernetes and
 * Prometheus read with a 1.1 parser.
 */
import { stringify } from 'yaml';

/** Prints one document, with a final newline. Undefined fields are left out. */
export function printYaml(value: unknown): string {
  const lines: string[] = [];
  if (isBlock(value)) printBlock(value, '', lines);
  else lines.push(scalarText(value, ''));
  return `${lines.join('\n')}\n`;
}

type Block = readonly unknown[] | Readonly<Record<string, unknown>>;

/** A list or mapping with entries; an empty one is printed on the line of its key. */
const isBlock = (value: unknown): value is Block =>
  Array.isArray(value) ? value.length > 0 : isMapping(value) && entriesOf(value).length > 0;

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function entriesOf(mapping: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  return Object.entries(mapping)
    .filter(([, entry]) => entry !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function printBlock(block: Block, indent: string, lines: string[]): void {
  if (isList(block)) for (const item of block) printItem(item, indent, lines);
  else for (const [key, entry] of entriesOf(block)) printEntry(key, entry, indent, lines);
}

const isList = (block: Block): block is readonly unknown[] => Array.isArray(block);

function printEntry(key: string, entry: unknown, indent: string, lines: string[]): void {
  const label = `${indent}${keyText(key)}:`;
  if (isBlock(entry)) {
    lines.push(label);
    printBlock(entry, `${indent}  `, lines);
    return;
  }
  lines.push(`${label} ${scalarText(entry, indent)}`);
}

/** The first line of what is inside an item stands behind its dash. */
function printItem(item: unknown, indent: string, lines: string[]): void {
  if (isBlock(item)) {
    const start = lines.length;
    printBlock(item, `${indent}  `, lines);
    lines[start] = `${indent}- ${(lines[start] ?? '').slice(indent.length + 2)}`;
    return;
  }
  lines.push(`${indent}- ${scalarText(item, indent)}`);
}

/** Begins with a letter or a slash and holds nothing that any version of YAML gives a meaning to. */
const PLAIN = /^[A-Za-z/](?:[\w./:-]*[\w/])?$/;
const WORDS = /^(?:true|false|null|yes|no|on|off|y|n|e\d+)$/i;

const isPlain = (text: string): boolean => PLAIN.test(text) && !WORDS.test(text);

/** A sentence, a command, a query: as a value plain too, where no colon or hash begins something else. */
const PROSE = /^[A-Za-z/][ -~]*$/;
const INTERRUPTED = /: | #|[ :-]$/;

const isProse = (text: string): boolean => PROSE.test(text) && !INTERRUPTED.test(text) && !WORDS.test(text);

/** Several lines, none of which ends in a blank, with at most one line break at the end. */
const LITERAL = /^[!-~](?:[ -~\n]*[!-~])?\n?$/;
const BLANK_END = / \n/;

const isLiteral = (text: string): boolean => text.includes('\n') && LITERAL.test(text) && !BLANK_END.test(text);

const keyText = (key: string): string => (isPlain(key) ? key : quoted(key, true));

/** Lines after the first are indented. */
function scalarText(value: unknown, indent: string): string {
  if (typeof value === 'string') return textOf(value, indent);
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return String(value);
  if (Array.isArray(value)) return '[]';
  if (isMapping(value)) return '{}';
  return stringify(value ?? null, OPTIONS).trimEnd();
}

function textOf(text: string, indent: string): string {
  if (isPlain(text) || isProse(text)) return text;
  if (isLiteral(text)) return `${text.endsWith('\n') ? '|' : '|-'}\n${indentLines(text.trimEnd(), `${indent}  `)}`;
  const printed = quoted(text, false);
  return printed.includes('\n') ? indentLines(printed, indent).slice(indent.length) : printed;
}

/** Empty lines stay empty. */
const indentLines = (text: string, indent: string): string => text.replaceAll(/^(?=.)/gm, indent);

const OPTIONS = { compat: 'yaml-1.1', lineWidth: 0, version: '1.2' } as const;

/** As the `yaml` package prints a text as a key, or as the value of one. */
function quoted(text: string, isKey: boolean): string {
  const printed = isKey ? stringify({ [text]: 0 }, OPTIONS) : stringify({ k: text }, OPTIONS);
  return isKey ? printed.slice(0, -': 0\n'.length) : printed.slice('k: '.length, -1);
}
