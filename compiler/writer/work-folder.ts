/**
 * The writer's own folder inside the generated tree, there only while a compile writes or after one was killed.
 *
 * Owns its name and its layout. It is inside the tree so that renames out of it stay on one file system.
 */

export const WORK_FOLDER = '.seaworthy';

export interface WorkPaths {
  readonly folder: string;
  /** A directory that holds one file, named after its holder. */
  readonly lock: string;
  /** Complete folders of environments, waiting to be swapped in. */
  readonly staged: string;
  /** What they replaced. */
  readonly replaced: string;
  /** The point of no return: once it exists, an interrupted compile is finished by the next one. */
  readonly commit: string;
}

export function workPaths(root: string): WorkPaths {
  const folder = `${root}/${WORK_FOLDER}`;
  return {
    folder,
    lock: `${folder}/lock`,
    staged: `${folder}/new`,
    replaced: `${folder}/old`,
    commit: `${folder}/commit.json`,
  };
}
