/**
 * The leaves of the spec language, and other values for each: what a test needs that changes one field at a time.
 *
 * Relies on the examples that every field of the schemas has. Knows nothing of what a field means.
 */
import { followRef, type SchemaNode, SPEC_SCHEMAS } from '../../schemas/spec/spec-fields.ts';

export interface Leaf {
  readonly kind: string;
  /** Steps below the document; `*` is any name of a map, `[]` any item of a list. */
  readonly path: readonly string[];
  readonly node: SchemaNode;
  readonly isRequired: boolean;
}

export const nameOf = ({ kind, path }: Leaf): string => `${kind}.${path.join('.').replaceAll('.[]', '[]')}`;

export const specLeaves = (): readonly Leaf[] =>
  Object.entries(SPEC_SCHEMAS).flatMap(([kind, schema]) =>
    leavesBelow(schema, { kind, path: [] }, false).filter(
      ({ path: [first] }) => first !== 'apiVersion' && first !== 'kind',
    ),
  );

type Place = Pick<Leaf, 'kind' | 'path'>;

function leavesBelow(written: SchemaNode, { kind, path }: Place, isRequired: boolean): readonly Leaf[] {
  const node = followRef(written);
  const required = node.required ?? [];
  const below = [
    ...Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
      leavesBelow(child, { kind, path: [...path, name] }, required.includes(name)),
    ),
    ...(typeof node.additionalProperties === 'object'
      ? leavesBelow(node.additionalProperties, { kind, path: [...path, '*'] }, false)
      : []),
    ...(node.items !== undefined && isObject(node.items)
      ? leavesBelow(node.items, { kind, path: [...path, '[]'] }, false)
      : []),
    ...(node.anyOf ?? []).flatMap((branch) => leavesBelow(branch, { kind, path }, isRequired)),
  ];
  const isLeaf =
    below.length === 0 || (node.anyOf ?? []).some((branch) => !isObject(branch) && branch.type !== undefined);
  return isLeaf && node.anyOf === undefined ? [{ kind, path, node: { ...node, ...written }, isRequired }] : below;
}

function isObject(written: SchemaNode): boolean {
  const node = followRef(written);
  return node.properties !== undefined || (node.anyOf ?? []).some(isObject);
}

/** The schema below a node by one step. */
export function childOf(written: SchemaNode, step: string): SchemaNode | undefined {
  const node = followRef(written);
  if (step === '[]' && node.items !== undefined) return node.items;
  if (step === '*' && typeof node.additionalProperties === 'object') return node.additionalProperties;
  const own = node.properties?.[step];
  return own ?? (node.anyOf ?? []).map((branch) => childOf(branch, step)).find((found) => found !== undefined);
}

/** Other values for a field, the likeliest to matter first. Some may not be valid; who tries them finds out. */
export function candidatesFor({ node }: Leaf, present: unknown): readonly unknown[] {
  const found = [
    ...(node.enum ?? []),
    ...enumLists(node, present),
    ...(QUANTITIES[node.$ref?.split('/').at(-1) ?? ''] ?? []),
    ...(node.examples ?? []),
    ...byType(present ?? node.examples?.[0] ?? node.default),
  ];
  const texts = new Set([JSON.stringify(present)]);
  return found.filter((value) => {
    const text = JSON.stringify(value);
    if (texts.has(text)) return false;
    texts.add(text);
    return true;
  });
}

const QUANTITIES: Readonly<Record<string, readonly unknown[]>> = {
  duration: ['17s', '7m', '47m', '5h', '61d'],
  durationOrZero: ['17s', '7m', '0s'],
  rate: ['7/s', '3/min', '900/s'],
  ratio: ['37%', '99.95%'],
  bytes: ['3Mi', '700Mi', '9Gi'],
  cpu: ['350m', '2'],
  cron: ['7 * * * *', '7 7 * * 1'],
  port: [4321],
  version: ['1.30', '2.40', '9.9'],
  path: ['/other'],
  host: ['other.example.com'],
  cidr: ['10.9.0.0/16'],
  origin: ['https://other.example.com'],
  name: ['other'],
  envName: ['OTHER_NAME'],
  metricName: ['other_total'],
};

/** A list of chosen words, with another one of them. */
function enumLists({ items }: SchemaNode, present: unknown): readonly unknown[] {
  const words = items === undefined ? [] : (followRef(items).enum ?? []);
  const has = Array.isArray(present) ? present : [];
  const others = words.filter((word) => !has.includes(word));
  return others.length === 0 ? [] : [others.slice(0, 1), [...has, ...others.slice(0, 1)]];
}

function byType(value: unknown): readonly unknown[] {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'number') return [value + 1, value - 1, value * 50, 1];
  if (typeof value === 'string') return [`${value}x`, `other-${value}`];
  if (Array.isArray(value)) return [value.slice(1), [...value, ...value.slice(-1).flatMap(byType)]];
  if (typeof value === 'object' && value !== null) return [{ ...value, title: 'other' }];
  return ['other'];
}
