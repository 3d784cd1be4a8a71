/**
 * Prints plain data as YAML in block style, fast: for files that are large because they repeat themselves.
 *
 * Same contract as `yaml.ts` (keys in code-unit order, no aliases, no folding) without building a document tree first, which for the
 * rules of some hundred services is most of the time. A test holds it against the `yaml` package.
 */

export type BlockValue = Scalar | readonly BlockValue[] | BlockMap;
type Scalar = string | number | boolean;
interface BlockMap {
  readonly [key: string]: BlockValue | undefined;
}

/** Prints one document, with a final newline. Undefined fields are left out. */
export function printBlockYaml(value: BlockValue): string {
  const lines: string[] = [];
  if (isScalar(value) || isEmpty(value)) return `${printScalar(value, '')}\n`;
  printBlock(value, '', lines);
  return `${lines.join('\n')}\n`;
}

function printBlock(value: readonly BlockValue[] | BlockMap, indent: string, lines: string[]): void {
  if (isList(value)) printList(value, indent, lines);
  else printMap(value, indent, lines);
}

function printMap(value: BlockMap, indent: string, lines: string[]): void {
  for (const key of sortedKeys(value)) {
    const entry = value[key];
    if (entry === undefined) continue;
    const name = printKey(key);
    if (isScalar(entry) || isEmpty(entry)) lines.push(`${indent}${name}: ${printScalar(entry, `${indent}  `)}`);
    else {
      lines.push(`${indent}${name}:`);
      printBlock(entry, `${indent}  `, lines);
    }
  }
}

/** An item begins on the line of its dash. */
function printList(items: readonly BlockValue[], indent: string, lines: string[]): void {
  for (const item of items) {
    if (isScalar(item) || isEmpty(item)) {
      lines.push(`${indent}- ${printScalar(item, `${indent}  `)}`);
      continue;
    }
    const first = lines.length;
    printBlock(item, `${indent}  `, lines);
    lines[first] = `${indent}- ${(lines[first] ?? '').slice(indent.length + 2)}`;
  }
}

/** Most maps are written in order already, and sorting is most of the work on a small one. */
function sortedKeys(value: BlockMap): readonly string[] {
  const keys = Object.keys(value);
  return keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') < key) ? keys : keys.sort(byCodeUnits);
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const isScalar = (value: BlockValue): value is Scalar => typeof value !== 'object';
const isList = (value: BlockValue): value is readonly BlockValue[] => Array.isArray(value);
const isEmpty = (value: BlockValue): boolean => typeof value === 'object' && countEntries(value) === 0;
const countEntries = (value: BlockValue): number =>
  Array.isArray(value) ? value.length : Object.values(value).filter((entry) => entry !== undefined).length;

function printScalar(value: BlockValue, indent: string): string {
  if (typeof value === 'string') return printText(value, indent);
  if (typeof value === 'object') return Array.isArray(value) ? '[]' : '{}';
  return String(value);
}

const printKey = (key: string): string => (isPlain(key) ? key : printText(key, undefined));

/** Plain where nothing can be misread, several lines as a literal block, otherwise in quotes. */
function printText(text: string, indent: string | undefined): string {
  if (isPlain(text)) return text;
  if (indent !== undefined && isBlock(text)) return `|-\n${indent}${text.replaceAll('\n', `\n${indent}`)}`;
  return hasOnlyPrintable(text) ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}

/**
 * Short, begins with a letter, holds no indicator, and is none of the words that some version of YAML takes for something else. Stricter
 * than the standard on purpose: sentences and queries are always quoted.
 */
function isPlain(text: string): boolean {
  if (text.length > LONGEST_PLAIN) return false;
  const known = plain.get(text);
  if (known !== undefined) return known;
  const answer = PLAIN.test(text) && !RESERVED.test(text);
  if (plain.size < 10_000) plain.set(text, answer);
  return answer;
}

const LONGEST_PLAIN = 64;
const PLAIN = /^[A-Za-z_](?:[A-Za-z0-9_./,%()=+@-]|:(?=[A-Za-z0-9_/])| (?=[A-Za-z0-9(]))*$/;
const RESERVED = /^(?:true|false|yes|no|on|off|null|y|n|\.inf|\.nan|inf|nan)$/i;
/** Keys, labels and names come again and again. */
const plain = new Map<string, boolean>();

/** No line may be empty, or begin or end with a blank, which a reader could not see. */
const isBlock = (text: string): boolean =>
  text.includes('\n') && /^[\n -~]*$/.test(text) && !/^[\n ]|[\n ]$|\n[\n ]| \n/.test(text);

const hasOnlyPrintable = (text: string): boolean => /^[ -~\u00a0-\ud7ff]*$/.test(text);
