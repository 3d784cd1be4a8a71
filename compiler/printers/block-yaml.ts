/**
 * Prints plain data as YAML in block style, fast: for files that are large because they repeat themselves.
 *
 * Same contract as `yaml.ts` (keys in code-unit order, no aliases, no folding) without building a document tree first, which for the
 * rules of some hundred services is most of the time. A test holds it against the `yaml` package.
 */

export type BlockValue =
  | string
  | number
  | boolean
  | readonly BlockValue[]
  | { readonly [key: string]: BlockValue | undefined };

/** Prints one document, with a final newline. Undefined fields are left out. */
export function printBlockYaml(value: BlockValue): string {
  const lines: string[] = [];
  if (isScalar(value) || isEmpty(value)) return `${printScalar(value, '')}\n`;
  printBlock(value, '', lines);
  return `${lines.join('\n')}\n`;
}

function printBlock(value: BlockValue, indent: string, lines: string[]): void {
  if (Array.isArray(value)) printList(value, indent, lines);
  else printMap(value, indent, lines);
}

function printMap(value: BlockValue, indent: string, lines: string[]): void {
  for (const [key, entry] of sortedEntries(value)) {
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

function sortedEntries(value: BlockValue): (readonly [string, BlockValue])[] {
  const entries: (readonly [string, BlockValue])[] = [];
  for (const [key, entry] of Object.entries(value)) if (entry !== undefined) entries.push([key, entry]);
  return entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

const isScalar = (value: BlockValue): value is string | number | boolean => typeof value !== 'object';
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
 * Begins with a letter, holds no indicator, and is none of the words that some version of YAML takes for something else. Stricter
 * than the standard on purpose.
 */
const isPlain = (text: string): boolean =>
  /^[A-Za-z_](?:[A-Za-z0-9_./,%()=+@-]|:(?=[A-Za-z0-9_/])| (?=[A-Za-z0-9(]))*$/.test(text) &&
  !/^(?:true|false|yes|no|on|off|null|y|n|\.inf|\.nan|inf|nan)$/i.test(text);

/** No line may begin or end with a blank, which a reader could not see. */
const isBlock = (text: string): boolean =>
  text.includes('\n') && text.split('\n').every((line) => /^[!-~](?:[ -~]*[!-~])?$/.test(line));

const hasOnlyPrintable = (text: string): boolean => /^[ -~\u00a0-\ud7ff]*$/.test(text);
