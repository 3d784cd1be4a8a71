/**
 * Every field of the spec language, by kind: dotted paths below `spec`, `*` for the names of a map; lists add no part.
 *
 * Owns the walk over the JSON Schemas, which are the source of truth. Used for suggestions and by `explain`.
 */
import checklist from './checklist.schema.json' with { type: 'json' };
import common from './common.schema.json' with { type: 'json' };
import datastore from './datastore.schema.json' with { type: 'json' };
import environment from './environment.schema.json' with { type: 'json' };
import policy from './policy.schema.json' with { type: 'json' };
import provider from './provider.schema.json' with { type: 'json' };
import service from './service.schema.json' with { type: 'json' };
import system from './system.schema.json' with { type: 'json' };

/** The part of a JSON Schema that the walk reads. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}

/** The schema of each kind's document. */
export const SPEC_SCHEMAS: Readonly<Record<string, SchemaNode>> = {
  Checklist: checklist,
  Datastore: datastore,
  Environment: environment,
  Policy: policy,
  Provider: provider,
  Service: service,
  System: system,
};

const DEFINITIONS: Readonly<Record<string, SchemaNode>> = common.$defs;
const cache = new Map<string, readonly string[]>();

/** Sorted dotted paths; empty for an unknown kind. */
export function specFieldsOf(kind: string): readonly string[] {
  const known = cache.get(kind);
  if (known !== undefined) return known;
  const spec = SPEC_SCHEMAS[kind]?.properties?.['spec'];
  const fields = spec === undefined ? [] : [...new Set(fieldsBelow(spec, ''))].sort();
  cache.set(kind, fields);
  return fields;
}

/** Follows a `$ref` into the common definitions; keywords beside the reference win. */
export function followRef(node: SchemaNode): SchemaNode {
  const name = node.$ref?.split('/').at(-1);
  const target = name === undefined ? undefined : DEFINITIONS[name];
  return target === undefined ? node : { ...target, ...node };
}

function fieldsBelow(written: SchemaNode, prefix: string): string[] {
  const node = followRef(written);
  const own = Object.entries(node.properties ?? {}).flatMap(([name, child]) => withChildren(child, join(prefix, name)));
  const values =
    typeof node.additionalProperties === 'object' ? withChildren(node.additionalProperties, join(prefix, '*')) : [];
  const items = node.items === undefined ? [] : fieldsBelow(node.items, prefix);
  const branches = (node.anyOf ?? []).flatMap((branch) => fieldsBelow(branch, prefix));
  return [...own, ...values, ...items, ...branches];
}

const withChildren = (node: SchemaNode, path: string): string[] => [path, ...fieldsBelow(node, path)];
const join = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`);
