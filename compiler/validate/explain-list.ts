/**
 * What is wrong with a list as a whole: too short, too long, or saying something twice.
 */
import { isDeepStrictEqual } from 'node:util';
import type { SchemaNode } from '../../schemas/spec/spec-fields.ts';
import { VALIDATE } from '../diagnostics/codes/validate.ts';
import type { SpecPath } from '../source/source-document.ts';
import { describePath, describeValue } from './describe-value.ts';
import type { ShapeProblem } from './problem.ts';

export function explainList(path: SpecPath, node: SchemaNode, value: readonly unknown[]): readonly ShapeProblem[] {
  const { minItems, maxItems, uniqueItems } = node;
  const count = (limit: number) => (limit === 1 ? 'one entry' : `${limit} entries`);
  if (typeof minItems === 'number' && value.length < minItems) {
    const message = `${describePath(path)} must have at least ${count(minItems)}${value.length === 0 ? ', and is empty' : ''}`;
    return [{ info: VALIDATE.wrongCount, path, part: 'value', message, hint: 'Add an entry, or leave the field out.' }];
  }
  if (typeof maxItems === 'number' && value.length > maxItems) {
    const message = `${describePath(path)} must have at most ${count(maxItems)} and has ${value.length}`;
    return [{ info: VALIDATE.wrongCount, path, part: 'value', message, hint: 'Remove entries.' }];
  }
  return uniqueItems === true ? explainRepeats(path, value) : [];
}

function explainRepeats(path: SpecPath, value: readonly unknown[]): readonly ShapeProblem[] {
  return value.flatMap((item, index) => {
    const first = value.findIndex((other) => isDeepStrictEqual(other, item));
    if (first === index) return [];
    return [
      {
        info: VALIDATE.repeatedItem,
        path: [...path, index],
        part: 'value' as const,
        message: `${describePath(path)} holds ${describeValue(item)} twice`,
        related: { path: [...path, first], part: 'value' as const, note: 'first given here' },
      },
    ];
  });
}
