/**
 * What is wrong with a body, in our words: where (a JSON Pointer, RFC 6901) and what was wanted.
 *
 * What was sent is never repeated, except for the names on the way to the fault. Figures come from the schema, which is the
 * contract with the caller.
 */
import type { ErrorObject } from 'ajv/dist/2020.js';

export interface BodyFault {
  readonly pointer: string;
  readonly detail: string;
}

const MAX_FAULTS = 20;
const MAX_POINTER = 200;
/** These say that something below did not fit, which says it itself. */
const SUMMARIES = new Set(['if', 'propertyNames', 'dependentSchemas']);

/** At most twenty, each place and sentence once. */
export function describeFaults(errors: readonly ErrorObject[]): readonly BodyFault[] {
  const told = new Map<string, BodyFault>();
  for (const error of errors) {
    if (SUMMARIES.has(error.keyword)) continue;
    const fault = { pointer: pointerOf(error).slice(0, MAX_POINTER), detail: detailOf(error) };
    told.set(`${fault.pointer} ${fault.detail}`, fault);
    if (told.size === MAX_FAULTS) break;
  }
  // Whatever was left out: a body that has a fault never comes out of here without one.
  return told.size === 0 ? [{ pointer: '', detail: 'is not allowed here' }] : [...told.values()];
}

/** A field that is missing or too many is pointed at itself. */
function pointerOf({ instancePath, params, keyword }: ErrorObject): string {
  const name = keyword === 'required' ? params['missingProperty'] : params['additionalProperty'];
  const last = typeof name === 'string' ? `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` : '';
  return instancePath + last;
}

function detailOf({ keyword, params }: ErrorObject): string {
  const limit = String(params['limit']);
  switch (keyword) {
    case 'required':
    case 'dependentRequired':
      return 'is required';
    case 'type':
      return `must be of type ${[params['type']].flat().join(' or ')}`;
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return 'is not a known field';
    case 'enum':
      return `must be one of ${listOf(params['allowedValues'])}`;
    case 'const':
      return `must be ${JSON.stringify(params['allowedValue'])}`;
    case 'format':
      return `must have the format ${String(params['format'])}`;
    case 'pattern':
      return 'does not have the required form';
    case 'minLength':
      return `must have at least ${limit} characters`;
    case 'maxLength':
      return `must have at most ${limit} characters`;
    case 'minItems':
      return `must have at least ${limit} items`;
    case 'maxItems':
      return `must have at most ${limit} items`;
    case 'uniqueItems':
      return 'must not have the same item twice';
    case 'minProperties':
      return `must have at least ${limit} fields`;
    case 'maxProperties':
      return `must have at most ${limit} fields`;
    case 'minimum':
      return `must be at least ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    case 'exclusiveMinimum':
      return `must be above ${limit}`;
    case 'exclusiveMaximum':
      return `must be below ${limit}`;
    case 'multipleOf':
      return `must be a multiple of ${String(params['multipleOf'])}`;
    case 'oneOf':
    case 'anyOf':
      return 'fits none of the allowed forms';
    default:
      return 'is not allowed here';
  }
}

function listOf(values: unknown): string {
  return Array.isArray(values) && values.length <= 20
    ? values.map((value) => JSON.stringify(value)).join(', ')
    : 'the allowed values';
}
