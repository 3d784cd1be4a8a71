/**
 * Bundles the executables into `dist/`; `npm ci` runs it as `prepare`.
 *
 * Owns which entry becomes which file and what stays outside the bundle. One build over all entries, so that they share chunks
 * and a command loads only what it imports. An entry that does not exist yet is named and left out.
 */
import { chmod, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './root.ts';

const ENTRIES = {
  cli: 'compiler/cli/main.ts',
  index: 'compiler/index.ts',
  runtime: 'runtime/main.ts',
} as const;

// PGlite finds its WebAssembly and data beside its own files; pg-native is an optional addon that pg asks for only when told to.
const EXTERNAL = ['@electric-sql/pglite', 'pg-native'];

// CommonJS dependencies call `require` and read `__dirname`, which an ES module does not have.
const BANNER = [
  `import{createRequire as __createRequire}from'node:module';`,
  `import{fileURLToPath as __fileURLToPath}from'node:url';`,
  'const require=__createRequire(import.meta.url),',
  `__filename=__fileURLToPath(import.meta.url),__dirname=__fileURLToPath(new URL('.',import.meta.url));`,
].join('');

const outdir = join(ROOT, 'dist');
const entries = await existingEntries();
await rm(outdir, { recursive: true, force: true });
if (Object.keys(entries).length > 0) await bundle(entries);

async function bundle(entryPoints: Record<string, string>): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.20',
    external: EXTERNAL,
    banner: { js: BANNER },
    // Names stay readable in a stack trace; whitespace and dead branches only cost load time.
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: false,
    legalComments: 'none',
    logLevel: 'warning',
  });
  if (entryPoints['cli'] !== undefined) await chmod(join(outdir, 'cli.js'), 0o755);
  console.log(`built ${Object.keys(entryPoints).join(', ')} into dist/ (${await kilobytes(outdir)} kB)`);
}

async function existingEntries(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, path] of Object.entries(ENTRIES)) {
    if (await exists(join(ROOT, path))) found[name] = path;
    else console.warn(`not built: dist/${name}.js, for ${path} does not exist`);
  }
  return found;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function kilobytes(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = files.filter((file) => file.isFile()).map((file) => stat(join(file.parentPath, file.name)));
  return Math.round((await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0) / 1000);
}
