/**
 * Turns a generated tree into the baseline program for it, and proves that the program makes the same objects.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { build } from 'esbuild';
import { SHARED_OPTIONS } from '../../tools/build/options.ts';
import { ROOT } from '../../tools/root.ts';
import { run } from '../measure/run-program.ts';
import { type Baseline, printBaseline } from './print-baseline.ts';
import { type KubernetesObject, readObjects } from './read-objects.ts';

export interface BuiltBaseline extends Omit<Baseline, 'program'> {
  /** The bundled program; it takes the folder to write to. */
  readonly script: string;
}

/** `tree` holds the compiled manifests of `services` services; the program goes to `folder`. */
export async function buildBaseline(tree: string, services: number, folder: string): Promise<BuiltBaseline> {
  const objects = readObjects(tree);
  const { program, ...counts } = printBaseline(objects, services);
  const script = join(folder, 'baseline.cjs');
  await build({
    ...SHARED_OPTIONS,
    stdin: { contents: program, resolveDir: ROOT, sourcefile: 'baseline.js' },
    outfile: script,
    format: 'cjs',
  });
  proveEqual(objects, script, join(folder, 'baseline-proof'));
  return { script, ...counts };
}

/** A baseline that makes something else would compare nothing. */
function proveEqual(expected: readonly KubernetesObject[], script: string, outdir: string): void {
  run({ args: [script, outdir], cwd: ROOT });
  const made = new Map(readObjects(outdir).map(({ value }) => [identityOf(value), value]));
  for (const { path, value } of expected) {
    if (!isDeepStrictEqual(made.get(identityOf(value)), value)) throw new Error(`the baseline does not make ${path}`);
  }
  if (made.size !== expected.length) throw new Error(`the baseline makes ${made.size} objects of ${expected.length}`);
  rmSync(outdir, { recursive: true });
}

function identityOf(value: unknown): string {
  const { kind, metadata }: { kind?: string; metadata?: { name?: string } } = Object(value);
  return `${kind}/${metadata?.name}`;
}
