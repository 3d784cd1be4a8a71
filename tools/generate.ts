/**
 * `npm run gen`: writes every generated source; with `--check` it writes nothing and fails when one is stale.
 *
 * Owns the comparison; what is generated, and from what, is one file each in `generate/`.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { generateDocs } from './generate/docs.ts';
import { type GeneratedFile, isFresh, loadSchemas, writeGenerated } from './generate/schemas.ts';
import { generateTypes } from './generate/types.ts';
import { generateValidators } from './generate/validators.ts';
import { ROOT } from './root.ts';

const isCheck = process.argv.includes('--check');
const schemas = await loadSchemas(ROOT);
const files: readonly GeneratedFile[] = [
  ...(await generateTypes(schemas)),
  ...(await generateValidators(schemas)),
  ...(await generateDocs(ROOT)),
];

let stale = 0;
for (const file of files) {
  if (await isFresh(ROOT, file)) continue;
  stale += 1;
  console.log(`${isCheck ? 'stale' : 'wrote'} ${file.path}`);
  if (!isCheck) await writeGenerated(ROOT, file);
}
for (const path of await findOrphans()) {
  stale += 1;
  console.log(`${isCheck ? 'nothing generates' : 'removed'} ${path}`);
  if (!isCheck) await rm(join(ROOT, path));
}
if (isCheck && stale > 0) {
  console.error('run `npm run gen` and commit what it writes, the validators aside, which are not in Git');
  process.exitCode = 1;
}

/** Generated sources whose schema is gone. */
async function findOrphans(): Promise<readonly string[]> {
  const made = new Set(files.map(({ path }) => path));
  const entries = await readdir(join(ROOT, 'schemas'), { recursive: true }).catch(() => []);
  const sources = entries.map((entry) => `schemas/${entry.replaceAll('\\', '/')}`);
  return sources.filter((path) => /\.gen\.(?:d\.ts|ts|js)$/.test(path) && !made.has(path)).sort();
}
