/**
 * A folder to measure in: a spec, the tree compiled from it, and the commands over both.
 *
 * Owns what "cold" means: no tree, no remembered proof of an earlier run. Files of the spec are in the page cache in every run,
 * and so is the program.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../tools/root.ts';
import { generateSpec } from '../spec/generate-spec.ts';
import type { Program } from './run-program.ts';

export interface Workbench {
  readonly folder: string;
  /** The compiled tree. */
  readonly tree: string;
  seaworthy(...args: readonly string[]): Program;
  makeCold(): void;
}

const CLI = join(ROOT, 'dist', 'cli.js');

/** A workbench over a generated spec, below `parent`. */
export function setUpGenerated(parent: string, services: number): Workbench {
  const folder = join(parent, `services-${services}`);
  generateSpec(join(folder, 'spec'), services);
  return workbench(folder, []);
}

/** A workbench over the project's own spec; everything that is written stays below `parent`. */
export function setUpProject(parent: string): Workbench {
  const folder = join(parent, 'project');
  mkdirSync(folder, { recursive: true });
  return workbench(folder, ['--spec', join(ROOT, 'spec')]);
}

function workbench(folder: string, options: readonly string[]): Workbench {
  const tree = join(folder, 'generated');
  const cache = join(folder, 'cache');
  return {
    folder,
    tree,
    seaworthy: (...args) => ({ args: [CLI, ...args, ...options], cwd: folder, env: { XDG_CACHE_HOME: cache } }),
    makeCold() {
      for (const name of ['generated', 'cache']) rmSync(join(folder, name), { recursive: true, force: true });
    },
  };
}

export const NOTHING: Program = { args: ['-e', '0'], cwd: ROOT };
