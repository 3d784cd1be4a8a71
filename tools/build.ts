/**
 * Makes what is not in Git: the validators beside the schemas, and the executables in `dist/`. `npm ci` runs it as `prepare`.
 *
 * Owns which entry becomes which file. The command line starts many times a day and is the only one with a code cache; the
 * runtime and the library are plain ES modules. An entry that does not exist yet is named and left out.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildCli } from './build/cli.ts';
import { buildConstructs } from './build/constructs.ts';
import { ESM_OPTIONS } from './build/options.ts';
import { loadSchemas, writeGenerated } from './generate/schemas.ts';
import { generateValidators } from './generate/validators.ts';
import { ROOT } from './root.ts';

const CLI = 'compiler/cli/main.ts';
const MODULES = { index: 'compiler/index.ts', runtime: 'runtime/index.ts', gateway: 'runtime/main.ts' } as const;

for (const file of await generateValidators(await loadSchemas(ROOT))) await writeGenerated(ROOT, file);
const outdir = join(ROOT, 'dist');
await rm(outdir, { recursive: true, force: true });
const modules = Object.entries(MODULES).filter(([, path]) => isThere(path));
if (modules.length > 0) await buildModules(Object.fromEntries(modules));
await buildConstructs(outdir);
if (isThere(CLI)) await buildCli(CLI, outdir);
if (existsSync(outdir)) await signBuild(outdir);
if (existsSync(outdir)) console.log(`built dist/ (${await kilobytes(outdir)} kB)`);

async function buildModules(entryPoints: Record<string, string>): Promise<void> {
  await build({ ...ESM_OPTIONS, entryPoints, outdir });
}

function isThere(path: string): boolean {
  if (existsSync(join(ROOT, path))) return true;
  console.warn(`not built: ${path} does not exist`);
  return false;
}

/** The digest of all scripts, so that a command need not read them to know what it is. Last, for the warming run has to go the long way. */
async function signBuild(folder: string): Promise<void> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.[cm]?js$/.test(name)).sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(`${name}\0`).update(await readFile(join(folder, name)));
  await writeFile(join(folder, 'build.sha256'), hash.digest('hex'));
}

async function kilobytes(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = files.filter((file) => file.isFile()).map((file) => stat(join(file.parentPath, file.name)));
  return Math.round((await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0) / 1000);
}
