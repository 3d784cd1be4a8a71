/** Builds the package for cdk8s applications: it uses the application's own cdk8s, which knows its charts by their class. */
import { build } from 'esbuild';
import { ESM_OPTIONS } from './options.ts';

export async function buildConstructs(outdir: string): Promise<void> {
  const external = [...ESM_OPTIONS.external, 'cdk8s', 'constructs'];
  await build({ ...ESM_OPTIONS, external, entryPoints: { cdk8s: 'compiler/cdk8s/index.ts' }, outdir });
}
