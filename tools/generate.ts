/**
 * `npm run gen`: writes every generated source; with `--check` it writes nothing and fails when one is stale.
 *
 * Owns the comparison; what is generated, and from what, is one file each in `generate/`.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type GeneratedFile, loadSchemas } from './generate/schemas.ts';
import { generateTypes } from './generate/types.ts';
import { generateValidators } from './generate/validators.ts';
import { ROOT } from './root.ts';

const isCheck = process.argv.includes('--check');
const schemas = await loadSchemas(ROOT);
const files: readonly GeneratedFile[] = [...(await generateTypes(schemas)), ...(await generateValidators(schemas))];

let stale = 0;
for (const { path, text } of files) {
  if ((await readFile(join(ROOT, path), 'utf8').catch(() => undefined)) === text) continue;
  stale += 1;
  console.log(`${isCheck ? 'stale' : 'wrote'} ${path}`);
  if (isCheck) continue;
  await mkdir(dirname(join(ROOT, path)), { recursive: true });
  await writeFile(join(ROOT, path), text);
}
if (isCheck && stale > 0) {
  console.error('run `npm run gen` and commit what it writes');
  process.exitCode = 1;
}
