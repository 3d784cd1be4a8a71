/**
 * One JSON Schema (2020-12) made ready to check bodies.
 *
 * Owns how schemas are read: strictly, with formats, from within themselves alone. Compiled once for each policy. A first
 * look stops at the first fault; only a small body that has one is looked at again for all of them, so that a large one
 * cannot make a report of a million lines.
 */
import { Ajv2020, type AnySchemaObject, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type BodyFault, describeFaults } from './describe-faults.ts';

export type CompiledSchema =
  | { readonly kind: 'schema'; readonly schema: BodySchema }
  | { readonly kind: 'refused'; readonly problem: string };

export interface BodySchema {
  /** Faults of a value, none when it fits. `values`: how many values it holds in all. */
  faultsOf(value: unknown, values: number): readonly BodyFault[];
}

/** Values up to which all faults are told. */
const ALL_FAULTS_VALUES = 2_000;

/** Compiling takes milliseconds, and the same policy is checked when it is loaded and used after. */
const COMPILED = new WeakMap<object, CompiledSchema>();

export function compileBodySchema(schema: Readonly<Record<string, unknown>>): CompiledSchema {
  const compiled = COMPILED.get(schema) ?? compileOnce(schema);
  COMPILED.set(schema, compiled);
  return compiled;
}

function compileOnce(schema: Readonly<Record<string, unknown>>): CompiledSchema {
  const remote = findRemote(schema);
  if (remote !== undefined) return { kind: 'refused', problem: `${remote}: must point into this schema (#...)` };
  try {
    const first = compile(schema, false);
    let all: Check | undefined;
    return {
      kind: 'schema',
      schema: {
        faultsOf(value, values) {
          if (first(value)) return [];
          if (values > ALL_FAULTS_VALUES) return describeFaults(first.errors ?? []);
          all ??= compile(schema, true);
          all(value);
          return describeFaults(all.errors ?? []);
        },
      },
    };
  } catch (error) {
    return { kind: 'refused', problem: error instanceof Error ? error.message : String(error) };
  }
}

interface Check {
  (value: unknown): boolean;
  readonly errors?: readonly ErrorObject[] | null;
}

function compile(schema: AnySchemaObject, allErrors: boolean): Check {
  const ajv = new Ajv2020({
    allErrors,
    strict: true,
    // A schema may give a list of types, and require what its `if` describes.
    strictTypes: false,
    strictRequired: false,
    allowUnionTypes: true,
    // Own properties alone: `toString` is not a field that was sent.
    ownProperties: true,
    logger: false,
  });
  addFormats.default(ajv);
  const validate: ValidateFunction = ajv.compile(schema);
  // Compiled as asynchronous, a check would say yes to everything: its promise is truthy.
  if ('$async' in validate) throw new Error('$async schemas are not supported');
  return validate;
}

/** The path of the first reference that leaves the schema, or of an id that gives it another base. */
function findRemote(node: unknown, path = ''): string | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  for (const [name, child] of Object.entries(node)) {
    const here = path === '' ? name : `${path}.${name}`;
    const isReference = name === '$ref' || name === '$dynamicRef';
    if (isReference && typeof child === 'string' && !child.startsWith('#')) return here;
    const found = findRemote(child, here);
    if (found !== undefined) return found;
  }
  return undefined;
}
