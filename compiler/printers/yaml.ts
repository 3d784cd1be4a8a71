/**
 * Prints plain data as YAML: keys in code-unit order, no aliases, no line folding, so equal data gives equal bytes.
 *
 * Owns the layout of every YAML text that the compiler emits, because building a document tree for thousands of objects costs more than
 * all the rest of an emitter. Quoting is in `yaml-text.ts`; a test holds the result against the `yaml` package.
 */

import { isMapping } from '../../schemas/data/mapping.ts';
import { compareKeys } from '../../schemas/data/texts.ts';
import { type Marked, separate } from '../marks.ts';
import type { Printed } from './json.ts';
import { printKey, printText } from './yaml-text.ts';

/** Prints a document that carries marks. */
export function printMarkedYaml<T>(marked: Marked<T>): Printed {
  const { value, origins, claims } = separate<T>(marked);
  return { text: printYaml(value), origins, claims };
}

/** Prints one document, with a final newline. Undefined fields are left out. */
export function printYaml(value: unknown): string {
  const lines: string[] = [];
  if (isBlock(value)) printBlock(value, '', lines);
  else lines.push(printScalar(value, '  '));
  return `${lines.join('\n')}\n`;
}

type Block = readonly unknown[] | Readonly<Record<string, unknown>>;

/** A list or mapping with entries; an empty one is printed on the line of its key. */
const isBlock = (value: unknown): value is Block =>
  Array.isArray(value) ? value.length > 0 : isMapping(value) && entriesOf(value).length > 0;

/** Most mappings are written in order already, and sorting is most of the work on a small one. */
function entriesOf(mapping: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  const entries = Object.entries(mapping).filter(([, entry]) => entry !== undefined);
  const isSorted = entries.every(([key], index) => index === 0 || (entries[index - 1]?.[0] ?? '') < key);
  return isSorted ? entries : entries.sort(compareKeys);
}

function printBlock(block: Block, indent: string, lines: string[]): void {
  if (isList(block)) for (const item of block) printItem(item, indent, lines);
  else for (const [key, entry] of entriesOf(block)) printEntry(key, entry, indent, lines);
}

const isList = (block: Block): block is readonly unknown[] => Array.isArray(block);

function printEntry(key: string, entry: unknown, indent: string, lines: string[]): void {
  const label = `${indent}${printKey(key)}:`;
  if (isBlock(entry)) {
    lines.push(label);
    printBlock(entry, `${indent}  `, lines);
  } else lines.push(`${label} ${printScalar(entry, `${indent}  `)}`);
}

/** The first line of what is inside an item stands behind its dash. */
function printItem(item: unknown, indent: string, lines: string[]): void {
  if (isBlock(item)) {
    const start = lines.length;
    printBlock(item, `${indent}  `, lines);
    lines[start] = `${indent}- ${(lines[start] ?? '').slice(indent.length + 2)}`;
  } else lines.push(`${indent}- ${printScalar(item, `${indent}  `)}`);
}

function printScalar(value: unknown, indent: string): string {
  if (typeof value === 'string') return printText(value, indent);
  if (typeof value === 'number') return printNumber(value);
  if (Array.isArray(value)) return '[]';
  return typeof value === 'object' && value !== null ? '{}' : String(value ?? null);
}

/** JavaScript and YAML agree on all numbers but the ones that are none. */
function printNumber(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  return Number.isFinite(value) ? String(value) : `${value < 0 ? '-' : ''}.inf`;
}
