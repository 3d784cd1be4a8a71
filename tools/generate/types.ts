/**
 * TypeScript types from JSON Schemas: `x.schema.json` -> `x.gen.ts` beside it.
 *
 * Owns the options of json-schema-to-typescript and what it cannot do itself: everything becomes readonly.
 */
import { dirname, join, posix } from 'node:path';
import { compile } from 'json-schema-to-typescript';
import { ROOT } from '../root.ts';
import { type ReferringSchema, referToTypes } from './refer-to-types.ts';
import { BANNER, type GeneratedFile, type SchemaFile } from './schemas.ts';

/** Read by editors and by other programs; nothing here speaks of their types. */
const WITHOUT_TYPES = ['schemas/spec.schema.json', 'schemas/diagnostic.schema.json'];

export async function generateTypes(schemas: readonly SchemaFile[]): Promise<readonly GeneratedFile[]> {
  const wanted = schemas.filter(({ path }) => !WITHOUT_TYPES.includes(path));
  return Promise.all(wanted.map((schema) => generateType(schema, schemas)));
}

async function generateType(file: SchemaFile, all: readonly SchemaFile[]): Promise<GeneratedFile> {
  const { path, name } = file;
  const { schema, imports } = referToTypes(file, all);
  // The compiler rewrites the schema that it is given.
  const text = await compile(withoutAlternatives(structuredClone(schema)), name, {
    bannerComment: [`/* ${BANNER} */`, ...printImports(imports, path)].join('\n'),
    // Closed unless the schema says otherwise, as the validator has it; the lower bound of an array is the validator's business.
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    unreachableDefinitions: true,
    unknownAny: true,
    cwd: join(ROOT, dirname(path)),
    style: { singleQuote: true, printWidth: 120, semi: true, bracketSpacing: true },
  });
  return { path: typesOf(path), text: makeReadonly(dropReferrers(text)) };
}

function printImports(imports: ReferringSchema['imports'], from: string): readonly string[] {
  return [...imports].sort().map(([path, names]) => {
    const module = posix.relative(posix.dirname(from), typesOf(path));
    return `import type { ${[...names].sort().join(', ')} } from './${module}';`;
  });
}

const typesOf = (path: string): string => path.replace(/\.schema\.json$/, '.gen.ts');

/**
 * `oneOf: [{ required: [a] }, { required: [b] }]` says which fields exclude each other. The library makes `{ [k: string]: unknown }`
 * of it, which opens the type; the validator keeps the rule. Keys that begin with `x-` would open it too, and nobody may read them.
 */
function withoutAlternatives<T>(node: T): T {
  if (Array.isArray(node)) return node.map(withoutAlternatives) as T;
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).filter(
    ([key, value]) =>
      key !== 'patternProperties' && !(key === 'oneOf' && Array.isArray(value) && value.every(isRequiredOnly)),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutAlternatives(value)])) as T;
}

const isRequiredOnly = (branch: unknown): boolean =>
  typeof branch === 'object' && branch !== null && Object.keys(branch).join() === 'required';

/** The library says of each definition who refers to it; that is noise to whoever hovers over the type. */
const dropReferrers = (text: string): string =>
  text
    .replace(/(?: \*\n)? \* This (?:interface|type) was referenced by .*\n \* via the `.*\n/g, '')
    .replace(/\/\*\*\n \*\/\n/g, '');

/** Puts `readonly` before each property, index signature and array type of the generated declarations. */
export function makeReadonly(text: string): string {
  return text
    .replace(/: \((\n(?: +\| .*\n)+ *)\)\[\]/g, ': readonly ($1)[]')
    .split('\n')
    .map((line) => (/^\s*(?:\/?\*|\/\/)/.test(line) ? line : readonlyArrays(readonlyProperty(line))))
    .join('\n');
}

const readonlyProperty = (line: string): string =>
  line.replace(/^(\s+)(?=(?:[\w$]+|'[^']*'|"[^"]*"|\[k: string\])\??:(?: |$))/, '$1readonly ');

/** Walks back from each `[]` to where its element type begins: a matching bracket or a name. */
function readonlyArrays(line: string): string {
  const mark = 'readonly ';
  let out = line;
  for (let at = out.lastIndexOf('[]'); at > 0; at = out.lastIndexOf('[]', at - 1)) {
    const start = startOfType(out, at);
    // `)[]` on a line of its own closes a union over several lines, which already has its `readonly`.
    if (start === at) continue;
    if (out.slice(0, start).endsWith(mark)) continue;
    out = `${out.slice(0, start)}${mark}${out.slice(start)}`;
    at += mark.length;
  }
  return out;
}

function startOfType(line: string, end: number): number {
  if (line[end - 1] !== ')') return end - (/[\w$.]+$/.exec(line.slice(0, end))?.[0].length ?? 0);
  let depth = 0;
  for (let at = end - 1; at >= 0; at -= 1) {
    if (line[at] === ')') depth += 1;
    if (line[at] === '(') depth -= 1;
    if (depth === 0) return at;
  }
  return end;
}
