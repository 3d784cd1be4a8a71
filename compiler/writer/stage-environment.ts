/**
 * Builds the complete new folder of an environment beside the old one.
 *
 * Owns which file of the new folder comes from where: changed files are written, all others are second names of the files that are there,
 * so a small change costs a few writes and untouched files keep their time. The old folder is only read.
 */

import { INDEX_PATH } from './build-index.ts';
import type { WriterHost } from './host.ts';
import { type EnvironmentPlan, type FileAction, keyOf } from './plan-writes.ts';
import type { WorkPaths } from './work-folder.ts';

/** False when nothing remains of the environment, so that there is no new folder. */
export function stageEnvironment(host: WriterHost, root: string, paths: WorkPaths, plan: EnvironmentPlan): boolean {
  const current = `${root}/${keyOf(plan)}`;
  const staged = `${paths.staged}/${keyOf(plan)}`;
  const staying = plan.actions.filter(({ kind }) => kind !== 'remove');
  const made = new Set<string>();
  for (const action of staying) {
    const target = `${staged}/${action.path}`;
    const folder = target.slice(0, target.lastIndexOf('/'));
    if (!made.has(folder)) host.makeDirectory(folder);
    made.add(folder);
    stageFile(host, action, `${current}/${action.path}`, target);
  }
  return staying.length > 0;
}

function stageFile(host: WriterHost, action: FileAction, current: string, target: string): void {
  if (action.kind === 'create' || action.kind === 'update') {
    // The index is the record of ownership: it must not get lost in a power cut that spares the files.
    host.write(target, action.text, { durable: action.path === INDEX_PATH });
  } else if (host.kindOf(current) === 'directory') {
    host.makeDirectory(target);
  } else {
    host.link(current, target);
  }
}
