/**
 * Fields of the spec language, from its schemas: `Service.spec.shutdown.drain`, `Service.spec.routes[].path`.
 *
 * Owns the walk by a written path. Brackets may be left out, and `spec` may, too.
 */
import { followRef, type SchemaNode, SPEC_SCHEMAS, specFieldsOf } from '../../schemas/spec/spec-fields.ts';
import { DEFAULTS } from '../resolve/defaults.ts';

/** Undefined when there is no such field. */
export function explainField(topic: string): string | undefined {
  const [kind = '', ...steps] = topic.replaceAll(/\[\d*\]/g, '').split('.');
  const schema = SPEC_SCHEMAS[kind];
  if (schema === undefined) return undefined;
  if (steps.length === 0) return formatField(kind, schema, false);
  const inSpec = ['spec', 'metadata', 'undecided', 'waivers', 'kind', 'apiVersion'].includes(steps[0] ?? '');
  return descend([kind], schema, inSpec ? steps : ['spec', ...steps]);
}

/** Every field, as `explain` lists them. */
export const fieldNames = (): readonly string[] =>
  Object.keys(SPEC_SCHEMAS).flatMap((kind) => specFieldsOf(kind).map((path) => `${kind}.spec.${path}`));

function descend(walked: readonly string[], written: SchemaNode, steps: readonly string[]): string | undefined {
  let node = followRef(written);
  let isRequired = false;
  for (const step of steps) {
    const parent = containerOf(node, step);
    const child = parent && childOf(parent, step);
    if (parent === undefined || child === undefined) return undefined;
    isRequired = parent.required?.includes(step) === true;
    node = followRef(child);
  }
  return formatField([...walked, ...steps].join('.'), node, isRequired);
}

/** The mapping that has the field: the node, its items, or one of its alternatives. */
function containerOf(node: SchemaNode, step: string): SchemaNode | undefined {
  if (childOf(node, step) !== undefined) return node;
  const inner = [...(node.items === undefined ? [] : [node.items]), ...(node.anyOf ?? [])].map(followRef);
  return inner.map((candidate) => containerOf(candidate, step)).find((found) => found !== undefined);
}

function childOf({ properties = {}, additionalProperties }: SchemaNode, step: string): SchemaNode | undefined {
  if (Object.hasOwn(properties, step)) return properties[step];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

function formatField(name: string, node: SchemaNode, isRequired: boolean): string {
  const fields = Object.keys({ ...node.properties, ...followRef(node.items ?? {}).properties });
  const rows: readonly (readonly [string, string])[] = [
    ['type', typeOf(node)],
    ['required', isRequired ? 'yes' : 'no'],
    ...defaultsOf(name, node),
    ...(node.examples ?? []).slice(0, 3).map((example) => ['example', print(example)] as const),
    ...(fields.length === 0 ? [] : [['fields', fields.join(', ')] as const]),
  ];
  const body = rows.map(([label, text]) => `${`${label}:`.padEnd(9)} ${text}\n`).join('');
  return `${name}: ${node.description ?? ''}\n\n${body}`;
}

/** The named default of the field with its reason, or else the plain one of the schema. */
function defaultsOf(name: string, node: SchemaNode): readonly (readonly [string, string])[] {
  const named = Object.entries(DEFAULTS).filter(([, { field }]) => field.replaceAll('[]', '') === name);
  if (named.length === 0) return node.default === undefined ? [] : [['default', print(node.default)]];
  return named.map(([id, { value, reason }]) => ['default', `${value} (${id}). ${reason}`]);
}

function typeOf({ type, enum: values, const: constant, items, ...rest }: SchemaNode): string {
  if (values !== undefined) return values.map(String).join(' | ');
  if (constant !== undefined) return String(constant);
  const quantity = rest['x-quantity'];
  if (typeof quantity === 'string') return quantity;
  const inner = items === undefined ? '' : ` of ${typeOf(followRef(items))}`;
  return `${[type ?? 'any'].flat().join(' or ')}${inner}`;
}

const print = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
