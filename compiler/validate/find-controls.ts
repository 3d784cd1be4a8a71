/**
 * Control characters that came in through escapes such as "\u0007".
 *
 * Owns the one rule about text that no schema states: what is printed, logged or written into a configuration holds none of them.
 * Line feeds and tabs are fine in values, as descriptions and scripts have them.
 */
import { VALIDATE } from '../diagnostics/codes/validate.ts';
import { quoteText } from '../diagnostics/quote-text.ts';
import type { SpecPath } from '../source/source-document.ts';
import { describePath } from './describe-value.ts';
import type { ShapeProblem } from './problem.ts';

export function findControls(value: unknown, path: SpecPath = []): readonly ShapeProblem[] {
  if (typeof value === 'string') return CONTROL.test(value) ? [toProblem(value, path, 'value')] : NONE;
  if (typeof value !== 'object' || value === null) return NONE;
  let found = NONE;
  for (const [key, item] of Object.entries(value)) {
    const inner = [...path, Array.isArray(value) ? Number(key) : key];
    if (CONTROL.test(key)) found = [...found, toProblem(key, inner, 'key')];
    const below = findControls(item, inner);
    if (below.length > 0) found = [...found, ...below];
  }
  return found;
}

const NONE: readonly ShapeProblem[] = [];

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;

function toProblem(text: string, path: SpecPath, part: 'key' | 'value'): ShapeProblem {
  const code = CONTROL.exec(text)?.[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  const where = part === 'key' ? `the key ${quoteText(text)}` : describePath(path);
  return { info: VALIDATE.controlInText, path, part, message: `${where} holds the control character U+${code}` };
}
