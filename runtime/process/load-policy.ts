/**
 * From the text of a policy file to a policy that can be enforced.
 *
 * Owns the refusal of everything else: what the schema cannot say is in policy-rules.ts. All problems are told at once,
 * each with the path of the value. The digest is that of the bytes, the same as in the compiler's index.json.
 */
import { createHash } from 'node:crypto';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import schema from '../../schemas/runtime-policy.schema.json' with { type: 'json' };
import { checkPolicyRules } from './policy-rules.ts';

export type LoadedPolicy =
  | { readonly kind: 'policy'; readonly policy: RuntimePolicy; readonly digest: string }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

const validate = new Ajv2020({ allErrors: true }).compile<RuntimePolicy>(schema);

/** Loads a policy from the bytes of its file. */
export function loadPolicy(text: string): LoadedPolicy {
  const parsed = parseJson(text);
  if (parsed.kind === 'invalid') return parsed;
  const checked = checkPolicy(parsed.value);
  return checked.kind === 'invalid' ? checked : { ...checked, digest: digestOf(text) };
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export type CheckedPolicy =
  | { readonly kind: 'policy'; readonly policy: RuntimePolicy }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/** Shape and rules of a value that came from anywhere. */
export function checkPolicy(value: unknown): CheckedPolicy {
  if (!validate(value)) return { kind: 'invalid', problems: describeErrors(validate.errors ?? []) };
  const problems = checkPolicyRules(value);
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'policy', policy: value };
}

/** Problems of the shape alone. They hold paths, names of fields and bounds, and no value. */
export function checkShape(value: unknown): readonly string[] {
  return validate(value) ? [] : describeErrors(validate.errors ?? []);
}

type Parsed =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

function parseJson(text: string): Parsed {
  try {
    return { kind: 'json', value: JSON.parse(text) };
  } catch (error) {
    return { kind: 'invalid', problems: [`not JSON: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

function describeErrors(errors: readonly ErrorObject[]): readonly string[] {
  // An alternative that does not fit reports each of its arms; the arm that was meant is said by the others' `const`.
  const told = errors.filter((error) => error.keyword !== 'if' && error.keyword !== 'propertyNames');
  return [...new Set(told.map(describeError))];
}

function describeError({ instancePath, keyword, message, params }: ErrorObject): string {
  const where = instancePath === '' ? 'policy' : instancePath.slice(1).replaceAll('/', '.');
  switch (keyword) {
    case 'additionalProperties':
      return `${where}: unknown field ${String(params['additionalProperty'])}`;
    case 'required':
      return `${where}: the field ${String(params['missingProperty'])} is missing`;
    case 'enum':
      return `${where}: must be one of ${params['allowedValues'].join(', ')}`;
    case 'const':
      return `${where}: must be ${String(params['allowedValue'])}`;
    default:
      return `${where}: ${message ?? keyword}`;
  }
}
