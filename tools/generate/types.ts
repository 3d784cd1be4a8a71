/**
 * TypeScript types from JSON Schemas: `x.schema.json` -> `x.gen.ts` beside it.
 *
 * Owns the options of json-schema-to-typescript and what it cannot do itself: everything becomes readonly.
 */
import { dirname, join } from 'node:path';
import { compile } from 'json-schema-to-typescript';
import { ROOT } from '../root.ts';
import { BANNER, type GeneratedFile, type SchemaFile } from './schemas.ts';

export async function generateTypes(schemas: readonly SchemaFile[]): Promise<readonly GeneratedFile[]> {
  return Promise.all(schemas.map(generateType));
}

async function generateType({ path, name, schema }: SchemaFile): Promise<GeneratedFile> {
  // The compiler rewrites the schema that it is given.
  const text = await compile(structuredClone(schema), name, {
    bannerComment: `/* ${BANNER} */`,
    // Closed unless the schema says otherwise, as the validator has it; the lower bound of an array is the validator's business.
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    unreachableDefinitions: true,
    unknownAny: true,
    cwd: join(ROOT, dirname(path)),
    style: { singleQuote: true, printWidth: 120, semi: true },
  });
  return { path: path.replace(/\.schema\.json$/, '.gen.ts'), text: makeReadonly(dropReferrers(text)) };
}

/** The library says of each definition who refers to it; that is noise to whoever hovers over the type. */
const dropReferrers = (text: string): string =>
  text
    .replace(/(?: \*\n)? \* This (?:interface|type) was referenced by .*\n \* via the `.*\n/g, '')
    .replace(/\/\*\*\n \*\/\n/g, '');

/** Puts `readonly` before each property, index signature and array type of the generated declarations. */
export function makeReadonly(text: string): string {
  return text
    .split('\n')
    .map((line) => (/^\s*(?:\/?\*|\/\/)/.test(line) ? line : readonlyArrays(readonlyProperty(line))))
    .join('\n');
}

const readonlyProperty = (line: string): string =>
  line.replace(/^(\s+)(?=(?:[\w$]+|'[^']*'|"[^"]*"|\[k: string\])\??: )/, '$1readonly ');

/** Walks back from each `[]` to where its element type begins: a matching bracket or a name. */
function readonlyArrays(line: string): string {
  const mark = 'readonly ';
  let out = line;
  for (let at = out.lastIndexOf('[]'); at > 0; at = out.lastIndexOf('[]', at - 1)) {
    const start = startOfType(out, at);
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
