/**
 * Bundles the command line into `dist/cli.js`, made to start fast.
 *
 * Most of a short run goes into V8 parsing its code: cdk8s-plus-27 alone takes 50-70 ms. So the whole command line is one
 * CommonJS script (`cli.cjs`) that a small launcher (`cli.js`) loads with V8's code cache (`cli.cache`), made right here by a
 * warming run. V8 refuses a cache of another version by itself; then the script is compiled as usual. Modules behind `import()`
 * stay unrun until they are asked for, and the runtime stays a file of its own. The launcher is CommonJS too, for Node's loader of
 * modules alone takes some milliseconds to start; a `package.json` in the folder says so.
 */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { execa } from 'execa';
import { ROOT } from '../root.ts';
import { SHARED_OPTIONS } from './options.ts';

export async function buildCli(entry: string, outdir: string): Promise<void> {
  const script = join(outdir, 'cli.cjs');
  await build({
    ...SHARED_OPTIONS,
    entryPoints: [entry],
    outfile: script,
    format: 'cjs',
    define: {
      'import.meta.url': '__moduleUrl',
      'import.meta.filename': '__filename',
      'import.meta.dirname': '__dirname',
    },
    plugins: [runtimeBeside],
  });
  writeFileSync(script, routeImports(readFileSync(script, 'latin1')), 'latin1');
  const launcher = join(outdir, 'cli.js');
  writeFileSync(launcher, LAUNCHER);
  chmodSync(launcher, 0o755);
  writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
  await warm(launcher);
}

/** `import('../../runtime/index.ts')` becomes `import('./runtime.mjs')`: the bundle beside this one. */
const runtimeBeside: Plugin = {
  name: 'runtime-beside',
  setup({ onResolve }) {
    onResolve({ filter: /\/runtime\/(?:index|main)\.ts$/ }, () => ({ path: './runtime.mjs', external: true }));
  },
};

/**
 * A script with a code cache cannot import by itself (Node asks for an experimental loader, which refuses the cache), so what
 * stays outside the bundle is imported by the launcher.
 */
function routeImports(script: string): string {
  const routed = script.replaceAll(/(?<![\w$.])import\((?=["'])/g, '__import(');
  const left = /(?<![\w$.])import\(.{0,60}/.exec(routed);
  if (left !== null) throw new Error(`the command line imports what is known only at run time: ${left[0]}`);
  return routed;
}

/** Runs what people run, so that the cache holds the functions that they need. The outcome of the run is none of our business. */
async function warm(launcher: string): Promise<void> {
  const args = existsSync(join(ROOT, 'spec')) ? ['compile', '--check'] : ['--help'];
  const env = { SEAWORTHY_WRITE_CODE_CACHE: '1' };
  await execa(process.execPath, [launcher, ...args], {
    cwd: ROOT,
    env,
    stdio: 'ignore',
    reject: false,
    timeout: 120_000,
  });
  if (!existsSync(launcher.replace(/\.js$/, '.cache')))
    console.warn('dist/cli.cache was not written; commands start slower');
}

const LAUNCHER = `#!/usr/bin/env node
// Loads cli.cjs with V8's code cache; made by tools/build/cli.ts, which says why.
const { readFileSync, writeFileSync } = require('node:fs');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

const filename = __dirname + '/cli.cjs';
const cache = __dirname + '/cli.cache';
const cachedData = readCache();
// esbuild writes ASCII alone, and latin1 is the fastest to read.
const source = '(function(exports,require,module,__filename,__dirname,__moduleUrl,__import){' + readFileSync(filename, 'latin1') + '\\n})';
const script = new Script(source, { filename, cachedData });

if (process.env.SEAWORTHY_WRITE_CODE_CACHE === '1') process.on('exit', () => writeFileSync(cache, script.createCachedData()));
const main = { exports: {} };
const url = pathToFileURL(filename).href;
script.runInThisContext()(main.exports, require, main, filename, __dirname, url, (name) => import(name));

function readCache() {
  try {
    return readFileSync(cache);
  } catch {
    return undefined;
  }
}
`;
