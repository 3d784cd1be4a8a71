/**
 * What is wrong with a number: below or above what the field takes.
 */
import type { SchemaNode } from '../../schemas/spec/spec-fields.ts';
import { VALIDATE } from '../diagnostics/codes/validate.ts';
import type { SpecPath } from '../source/source-document.ts';
import { describePath } from './describe-value.ts';
import type { ShapeProblem } from './problem.ts';

export function explainNumber(path: SpecPath, node: SchemaNode, value: number): readonly ShapeProblem[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = node;
  const tooLow =
    (typeof minimum === 'number' && value < minimum) ||
    (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum);
  const tooHigh =
    (typeof maximum === 'number' && value > maximum) ||
    (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum);
  if (!tooLow && !tooHigh) return [];
  const message = `${describePath(path)} must be ${describeRange(node)}, got \`${value}\``;
  const bound = tooHigh ? maximum : minimum;
  const hint =
    typeof bound === 'number'
      ? `Write a number that is ${tooHigh ? 'at most' : 'at least'} ${bound}${such(node)}.`
      : undefined;
  return [{ info: VALIDATE.outOfRange, path, part: 'value', message, hint }];
}

function describeRange({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaNode): string {
  if (typeof minimum === 'number' && typeof maximum === 'number') return `between ${minimum} and ${maximum}`;
  const low =
    typeof minimum === 'number'
      ? `at least ${minimum}`
      : typeof exclusiveMinimum === 'number'
        ? `above ${exclusiveMinimum}`
        : '';
  const high =
    typeof maximum === 'number'
      ? `at most ${maximum}`
      : typeof exclusiveMaximum === 'number'
        ? `below ${exclusiveMaximum}`
        : '';
  return [low, high].filter((part) => part !== '').join(' and ');
}

const such = ({ examples }: SchemaNode): string => {
  const example = examples?.find((item) => typeof item === 'number');
  return typeof example === 'number' ? `, such as \`${example}\`` : '';
};
