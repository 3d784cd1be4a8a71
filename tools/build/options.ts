/** What all bundles share. */
import type { BuildOptions } from 'esbuild';
import { ROOT } from '../root.ts';

export const SHARED_OPTIONS = {
  absWorkingDir: ROOT,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  platform: 'node',
  target: 'node20.20',
  // PGlite finds its WebAssembly and data beside its own files; pg-native is an addon that pg asks for only when told to.
  external: ['@electric-sql/pglite', 'pg-native'],
  // Names stay readable in a stack trace; whitespace and dead branches only cost load time.
  minifySyntax: true,
  minifyWhitespace: true,
  // A crash prints the line that threw: keep lines short enough to read.
  lineLimit: 160,
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** CommonJS dependencies call `require` and read `__dirname`, which an ES module does not have. */
const ESM_BANNER = [
  `import{createRequire as __createRequire}from'node:module';`,
  `import{fileURLToPath as __fileURLToPath}from'node:url';`,
  'const require=__createRequire(import.meta.url),',
  `__filename=__fileURLToPath(import.meta.url),__dirname=__fileURLToPath(new URL('.',import.meta.url));`,
].join('');

/** The runtime and the library: ES modules with their shared parts in chunks. */
export const ESM_OPTIONS = {
  ...SHARED_OPTIONS,
  outExtension: { '.js': '.mjs' },
  banner: { js: ESM_BANNER },
  format: 'esm',
  splitting: true,
} as const satisfies BuildOptions;
