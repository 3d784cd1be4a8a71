/**
 * A value of the wrong type: what was expected, and the line to write.
 *
 * Owns the examples, which come from the schema: a list instead of a mapping, a mapping instead of a list, one value instead of a list of
 * them. What the reader wrote is used where it can stay.
 */

import { isMapping } from '../../schemas/data/mapping.ts';
import { followRef, type SchemaNode } from '../../schemas/spec/spec-fields.ts';
import { VALIDATE } from '../diagnostics/codes/validate.ts';
import { TEMPLATE_HINT } from '../source/explain-slip.ts';
import type { SpecPath } from '../source/source-document.ts';
import { describePath, describeValue, isOfType, typeNames } from './describe-value.ts';
import type { ShapeProblem } from './problem.ts';

export function explainWrongType(path: SpecPath, value: unknown, nodes: readonly SchemaNode[]): ShapeProblem {
  const types = nodes.flatMap(typesOf);
  return {
    info: VALIDATE.wrongType,
    path,
    part: value === null ? 'key' : 'value',
    message: `${describePath(path)} must be ${typeNames(types)}, got ${describeValue(value)}`,
    hint: typeHint(path, value, nodes),
  };
}

export const typesOf = ({ type }: SchemaNode): readonly string[] =>
  type === undefined ? [] : typeof type === 'string' ? [type] : type;

function typeHint(path: SpecPath, value: unknown, nodes: readonly SchemaNode[]): string | undefined {
  const types = nodes.flatMap(typesOf);
  if (value === null) return 'Write a value behind the colon, or remove the line.';
  if (typeof value === 'string' && value.includes('{{')) return TEMPLATE_HINT;
  if (typeof value === 'string' && types.some(isNumeric) && /^-?\d+(\.\d+)?$/.test(value)) return 'Remove the quotes.';
  if (typeof value === 'string' && types.includes('boolean') && /^(yes|no|on|off|y|n)$/i.test(value))
    return `Write \`${/^(yes|on|y)$/i.test(value)}\`.`;
  if ((typeof value === 'number' || typeof value === 'boolean') && types.includes('string'))
    return 'Put the value in quotes if it is meant as text.';
  const list = nodes.find((node) => typesOf(node).includes('array'));
  if (list !== undefined) return listHint(path, value, list);
  const mapping = nodes.find((node) => typesOf(node).includes('object'));
  const example = mapping && exampleOf(mapping);
  return example === undefined ? undefined : `Write a mapping, such as \`${keyOf(path)}${printFlow(example)}\`.`;
}

const isNumeric = (type: string): boolean => type === 'integer' || type === 'number';

function listHint(path: SpecPath, value: unknown, list: SchemaNode): string | undefined {
  const item = followRef(list.items ?? {});
  if (isMapping(value)) return mappingAsList(value, item);
  if (isOfType(value, typesOf(item))) return `Write \`${keyOf(path)}${printFlow([value])}\`.`;
  const example = exampleOf(list);
  return example === undefined ? undefined : `Write a list, such as \`${keyOf(path)}${printFlow(example)}\`.`;
}

/** `env: { LEVEL: info }` names its items by keys, as other tools do; `routes: { path: /x }` is one item without its dash. */
function mappingAsList(value: Readonly<Record<string, unknown>>, item: SchemaNode): string | undefined {
  const keys = Object.keys(value);
  const fields = Object.keys(item.properties ?? {});
  if (keys.some((key) => fields.includes(key)))
    return `Put \`- \` in front of \`${keys[0]}\`, and indent the lines below it by two.`;
  const example = exampleOf(item);
  const [first] = keys;
  if (isMapping(example) && first !== undefined && fields.includes('name'))
    return `Write a list with one entry for each name, such as \`- ${printFlow({ ...example, name: first })}\`.`;
  return example === undefined ? undefined : `Write a list of entries such as \`- ${printFlow(example)}\`.`;
}

/** The example of the schema, or one made from those of its required fields. */
export function exampleOf(node: SchemaNode): unknown {
  const [own] = node.examples ?? [];
  if (own !== undefined) return own;
  if (node.items !== undefined) {
    const item = exampleOf(followRef(node.items));
    return item === undefined ? undefined : [item];
  }
  const names = node.required ?? Object.keys(node.properties ?? {}).slice(0, 1);
  const entries = names.flatMap((name): [string, unknown][] => {
    const example = exampleOf(followRef(node.properties?.[name] ?? {}));
    return example === undefined ? [] : [[name, example]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function keyOf(path: SpecPath): string {
  const last = path.at(-1);
  return typeof last === 'string' ? `${last}: ` : '';
}

/** A value on one line as YAML in brackets. */
export function printFlow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printFlow).join(', ')}]`;
  if (!isMapping(value))
    return typeof value === 'string' && !/^[\w./@-][\w ./@%-]*$/.test(value) ? JSON.stringify(value) : String(value);
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${printFlow(item)}`)
    .join(', ')} }`;
}
