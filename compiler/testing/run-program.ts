/**
 * Runs the real command line in an empty folder of its own.
 *
 * It is bundled once for each test file, as it is for users: from the sources every start would take a second.
 */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { execaSync } from 'execa';

export interface ProgramResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramFolder {
  readonly folder: string;
  /** Path of the program, for Node. */
  readonly program: string;
  /** Arguments as a person types them, separated by spaces. */
  run(args: string, env?: Readonly<Record<string, string>>): ProgramResult;
}

/** The cache of the user is a folder within, so that no run sees what another one left. */
export async function inProgramFolder(body: (program: ProgramFolder) => void | Promise<void>): Promise<void> {
  bundle ??= bundleProgram();
  const program = await bundle;
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-cli-'));
  const home = { NO_COLOR: '1', SEAWORTHY_DEBUG: '', XDG_CACHE_HOME: join(folder, '.cache') };
  try {
    await body({
      folder,
      program,
      run(args, env = {}) {
        const { exitCode, stdout, stderr } = execaSync(
          process.execPath,
          [program, ...args.split(' ').filter(Boolean)],
          {
            cwd: folder,
            env: { ...home, ...env },
            stripFinalNewline: false,
            reject: false,
          },
        );
        return { status: exitCode ?? null, stdout, stderr };
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let bundle: Promise<string> | undefined;

// CommonJS dependencies call `require`, which an ES module does not have.
const REQUIRE = `import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);`;

async function bundleProgram(): Promise<string> {
  const outdir = mkdtempSync(join(tmpdir(), 'seaworthy-program-'));
  process.on('exit', () => rmSync(outdir, { recursive: true, force: true }));
  await build({
    entryPoints: { cli: join(import.meta.dirname, '..', 'cli', 'main.ts') },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.20',
    external: ['@electric-sql/pglite', 'pg-native'],
    banner: { js: REQUIRE },
    logLevel: 'silent',
  });
  // Packages that stay outside of the bundle are found beside it, as where it is installed.
  symlinkSync(join(import.meta.dirname, '..', '..', 'node_modules'), join(outdir, 'node_modules'));
  // What a build notes about itself; without it no proof is remembered.
  writeFileSync(join(outdir, 'build.sha256'), 'a build for tests');
  return join(outdir, 'cli.mjs');
}
