/**
 * Runs one large compile under the sampling profiler of V8 and says which source each sample belongs to.
 *
 * Builds a bundle of its own, with names and a source map; it runs the same code as the shipped one, but for the code cache.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { SHARED_OPTIONS } from '../../tools/build/options.ts';
import { ROOT } from '../../tools/root.ts';
import { run } from '../measure/run-program.ts';
import { setUpGenerated } from '../measure/workbench.ts';
import { type CpuProfile, type Frame, selfTimes } from './self-times.ts';

export interface SourceTime {
  /** Path from the project's folder, the name of a package, or what V8 calls its own work. */
  readonly source: string;
  readonly name: string;
  readonly line: number;
  readonly milliseconds: number;
}

export interface CompileProfile {
  readonly services: number;
  readonly times: readonly SourceTime[];
}

export async function profileCompile(folder: string, services: number): Promise<CompileProfile> {
  const script = join(folder, 'profiled', 'cli.cjs');
  await build({
    ...SHARED_OPTIONS,
    entryPoints: ['compiler/cli/main.ts'],
    outfile: script,
    format: 'cjs',
    sourcemap: 'external',
    minifySyntax: false,
    minifyWhitespace: false,
    banner: { js: `const __moduleUrl = require('node:url').pathToFileURL(__filename).href;` },
    define: {
      'import.meta.url': '__moduleUrl',
      'import.meta.filename': '__filename',
      'import.meta.dirname': '__dirname',
    },
    external: [...SHARED_OPTIONS.external, '*/runtime/index.ts', '*/runtime/main.ts'],
  });
  const bench = setUpGenerated(folder, services);
  const profiles = join(folder, 'profiles');
  run({
    args: ['--cpu-prof', `--cpu-prof-dir=${profiles}`, '--cpu-prof-interval=500', script, 'compile'],
    cwd: bench.folder,
  });
  const [file = ''] = readdirSync(profiles);
  const profile: CpuProfile = JSON.parse(readFileSync(join(profiles, file), 'utf8'));
  const map = new SourceMap(JSON.parse(readFileSync(`${script}.map`, 'utf8')));
  return {
    services,
    times: selfTimes(profile).map(({ frame, milliseconds }) => locate(frame, milliseconds, script, map)),
  };
}

function locate(frame: Frame, milliseconds: number, script: string, map: SourceMap): SourceTime {
  const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
  if (!frame.url.endsWith('/cli.cjs'))
    return { source: frame.url || '(V8)', name, line: frame.lineNumber + 1, milliseconds };
  const entry = map.findEntry(frame.lineNumber, frame.columnNumber);
  if (!('originalSource' in entry)) return { source: 'cli.cjs', name, line: frame.lineNumber + 1, milliseconds };
  const path = relative(ROOT, resolve(script, '..', entry.originalSource));
  const packageName = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  return { source: packageName ?? path, name, line: entry.originalLine + 1, milliseconds };
}
