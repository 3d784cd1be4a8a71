/**
 * From a folder within a project to the project, as tsc and cargo find theirs.
 *
 * Owns what a project is: the folder with `spec/`. Looked for only where neither folder was named and none of both is here; paths
 * are then those of the project, and a line says which it is. The search ends at the root of a Git repository.
 */
import { statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Arguments } from './command.ts';
import { printError } from './output.ts';

export function enterProject(args: Arguments): void {
  if (args.isGiven('spec') || args.isGiven('out') || isFolder('spec') || isFolder('generated')) return;
  const here = process.cwd();
  const project = findProject(here);
  if (project === undefined) return;
  process.chdir(project);
  printError(`seaworthy: working in ${relative(here, project)}\n`);
}

/** The nearest folder above with a spec; undefined when there is none up to the root of the repository. */
function findProject(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (isFolder(join(folder, 'spec'))) return folder;
    if (exists(join(folder, '.git')) || dirname(folder) === folder) return undefined;
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;
