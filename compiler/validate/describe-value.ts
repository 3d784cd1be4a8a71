/**
 * Values, types and places in words.
 *
 * Owns how a message names what was expected, what was found, and which field is meant.
 */
import { quoteText } from '../diagnostics/quote-text.ts';
import type { SpecPath } from '../source/source-document.ts';

/** The name that JSON Schema has for the type of a value. Whole numbers are `integer`. */
function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** Whether a value is of one of the types, counting an integer as a number. */
export function isOfType(value: unknown, types: readonly string[]): boolean {
  const type = typeOf(value);
  return types.includes(type) || (type === 'integer' && types.includes('number'));
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a mapping',
  null: 'nothing',
};

/** `a text or a number`. */
export const typeNames = (types: readonly string[]): string =>
  [...new Set(types.map((type) => TYPE_NAMES[type] ?? type))].join(' or ');

/** What was found: `the number \`15\``, `a list`, `nothing`. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty text' : `the text ${quoteText(value)}`;
  if (typeof value === 'number') return `the number ${quoteText(String(value))}`;
  if (typeof value === 'boolean') return quoteText(String(value));
  return typeNames([typeOf(value)]);
}

/** A field as people write it: `spec.routes[0].path`; `the document` for the root. */
export function describePath(path: SpecPath): string {
  if (path.length === 0) return 'the document';
  return quoteText(
    path
      .map((segment, index) => (typeof segment === 'number' ? `[${segment}]` : `${index > 0 ? '.' : ''}${segment}`))
      .join(''),
  );
}

/** A whole sentence from a hint's parts, with a capital and a period. */
export const sentence = (text: string): string =>
  text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
