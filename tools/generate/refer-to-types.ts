/**
 * References between schemas, as references between types.
 *
 * json-schema-to-typescript writes the type of a definition again in every file that refers to it, and under another name (`Auth1`) wherever the
 * reference has a description of its own. Its keyword `tsType` puts a name in the place of a reference instead; the definition is declared
 * once, where it stands, and other files import it. Definitions of plain texts and numbers stay what they are: `string` reads better.
 */
import { posix } from 'node:path';
import type { SchemaFile } from './schemas.ts';

export interface ReferringSchema {
  readonly schema: SchemaFile['schema'];
  /** The names to import, by the path of the schema that declares them. */
  readonly imports: ReadonlyMap<string, ReadonlySet<string>>;
}

type Node = Readonly<Record<string, unknown>>;

/** The schema with a type's name in the place of each reference to a structure. */
export function referToTypes({ path, schema }: SchemaFile, all: readonly SchemaFile[]): ReferringSchema {
  const imports = new Map<string, Set<string>>();
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit);
    if (!isNode(node)) return node;
    const found = findStructure(node['$ref'], path, all);
    if (found === undefined) return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, visit(value)]));
    if (found.path !== path) imports.set(found.path, (imports.get(found.path) ?? new Set()).add(found.name));
    const { $ref: _, ...rest } = node;
    return { ...rest, tsType: found.name };
  };
  return { schema: Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, visit(value)])), imports };
}

interface Structure {
  readonly path: string;
  readonly name: string;
}

/** Where a reference leads, when it is `FILE#/$defs/NAME` and means an object or a list. */
function findStructure(ref: unknown, from: string, all: readonly SchemaFile[]): Structure | undefined {
  const { file, key } = (typeof ref === 'string' && /^(?<file>[^#]*)#\/\$defs\/(?<key>\w+)$/.exec(ref)?.groups) || {};
  if (file === undefined || key === undefined) return undefined;
  const path = file === '' ? from : posix.join(posix.dirname(from), file);
  const definitions = all.find((schema) => schema.path === path)?.schema['$defs'];
  const definition = isNode(definitions) ? definitions[key] : undefined;
  if (!isNode(definition) || (definition['type'] !== 'object' && definition['type'] !== 'array')) return undefined;
  const title = definition['title'] ?? key;
  return { path, name: String(title).replace(/^./, (letter) => letter.toUpperCase()) };
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
