/**
 * Validators from JSON Schemas, as modules with their declarations.
 *
 * The modules are large and are not in Git: `npm run build`, and so `npm ci`, makes them, and `npm run gen` after a change of a schema.
 * Owns how ajv is set up and that the result imports nothing: compiling a schema takes ajv 30 ms and more on every start, the
 * compiled function takes none, and `schemas/` stays a leaf. Each error has `instancePath`, `keyword`, `params` and
 * `schemaPath`; every error of a document is reported, not the first alone.
 */
import { posix } from 'node:path';
import { Ajv, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';
import addFormats from 'ajv-formats';
import { build } from 'esbuild';
import { ROOT } from '../root.ts';
import { BANNER, type GeneratedFile, type SchemaFile } from './schemas.ts';

/** One module for what the compiler reads and one for what the runtime reads, so that neither loads the other's. */
const MODULES = [
  { path: 'schemas/spec/validators.gen', folder: 'schemas/spec/' },
  { path: 'schemas/runtime-policy-validator.gen', folder: 'schemas/runtime-policy' },
] as const;

// Said in a schema for editors and for json-schema-to-typescript; they assert nothing.
const ANNOTATIONS = ['markdownDescription', 'enumDescriptions', 'markdownEnumDescriptions', 'defaultSnippets'];
const TYPE_HINTS = ['tsType', 'tsEnumNames'];

export async function generateValidators(schemas: readonly SchemaFile[]): Promise<readonly GeneratedFile[]> {
  const modules = MODULES.map(async ({ path, folder }) => {
    const own = schemas.filter((schema) => schema.path.startsWith(folder));
    if (own.length === 0) return [];
    // A schema of definitions alone describes no document.
    const documents = own.filter(({ schema }) => schema['type'] !== undefined);
    return [
      { path: `${path}.js`, text: await bundle(compileAll(own, documents)) },
      { path: `${path}.d.ts`, text: declare(path, documents) },
    ];
  });
  return (await Promise.all(modules)).flat();
}

function compileAll(schemas: readonly SchemaFile[], documents: readonly SchemaFile[]): string {
  const ajv = createAjv(schemas);
  for (const { path, schema } of schemas) ajv.addSchema(schema, idOf(path, schema));
  const names = Object.fromEntries(documents.map(({ path, name, schema }) => [`validate${name}`, idOf(path, schema)]));
  return standaloneCode.default(ajv, names);
}

function createAjv(schemas: readonly SchemaFile[]): Ajv | Ajv2020 {
  const options: Options = {
    allErrors: true,
    strict: true,
    // `oneOf: [{ required: [a] }, …]` is how a schema says that fields exclude each other; the fields are declared one level up.
    strictRequired: false,
    allowUnionTypes: true,
    ownProperties: true,
    inlineRefs: false,
    messages: false,
    code: { source: true, esm: true, lines: false, optimize: 2 },
  };
  const ajv = schemas.every(isDraft7) ? new Ajv(options) : new Ajv2020(options);
  addFormats.default(ajv);
  for (const keyword of [...ANNOTATIONS, ...TYPE_HINTS, ...extensionsOf(schemas)]) ajv.addKeyword(keyword);
  return ajv;
}

/** A schema without an `$id` is known by its path, so that `$ref: 'units.schema.json#/$defs/x'` reaches its neighbour. */
function idOf(path: string, schema: SchemaFile['schema']): string {
  return typeof schema['$id'] === 'string' ? schema['$id'] : `https://seaworthy.dev/${path}`;
}

const isDraft7 = ({ schema }: SchemaFile): boolean => String(schema['$schema']).includes('draft-07');

/** Every `x-...` key anywhere in the schemas: our own notes, which ajv's strict mode has to be told of. */
function extensionsOf(schemas: readonly SchemaFile[]): readonly string[] {
  const keys = JSON.stringify(schemas).matchAll(/"(x-[\w-]+)":/g);
  return [...new Set([...keys].map(([, key]) => key ?? ''))].sort();
}

/** ajv's code requires its helpers at run time; bundled, it stands alone. */
async function bundle(code: string): Promise<string> {
  const result = await build({
    stdin: { contents: code, resolveDir: ROOT, loader: 'js' },
    // Module names end up in the text: they must not depend on where node_modules really is.
    absWorkingDir: ROOT,
    preserveSymlinks: true,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['main'],
    target: 'es2022',
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 160,
    write: false,
    legalComments: 'none',
    banner: { js: `// ${BANNER}` },
  });
  return result.outputFiles[0]?.text ?? '';
}

function declare(path: string, schemas: readonly SchemaFile[]): string {
  const lines = schemas.map(({ name }) => `export declare const validate${name}: Validator;`);
  const shape = posix.relative(posix.dirname(path), 'schemas/validator.ts');
  return `// ${BANNER}
import type { Validator } from '${shape.startsWith('.') ? shape : `./${shape}`}';

${lines.join('\n')}
`;
}
