/**
 * Puts the staged folders in place, all or none.
 *
 * Owns the states of a swap and the way out of each. An environment S/E that is replaced goes through
 *   staged                 new/S/E is complete, S/E is the old one
 *   between two renames    S/E is gone, old/S/E and new/S/E exist       (microseconds; `write-plan.ts` makes signals wait)
 *   swapped                S/E is the new one, old/S/E remains
 * and one that is removed has no new/S/E and ends in old/S/E. `commit.json` is written before the first rename and removed after the last.
 * Killed before it exists, nothing has changed; killed after, `finishSwap` brings the rest in, and every step of it may be done
 * again. A rename that fails without a kill is rolled back.
 */
import type { WriterHost } from './host.ts';
import type { WorkPaths } from './work-folder.ts';

/** One environment as `<system>/<environment>`, and whether a new folder takes its place. */
export interface Swap {
  readonly environment: string;
  readonly kind: 'replace' | 'remove';
}

/** Raised when an interrupted swap cannot be finished, because somebody changed the tree since. */
export class SwapConflict extends Error {
  readonly environment: string;

  constructor(environment: string) {
    super(`${environment} was changed after a compile was interrupted`);
    this.name = 'SwapConflict';
    this.environment = environment;
  }
}

export function swapAll(host: WriterHost, root: string, paths: WorkPaths, swaps: readonly Swap[]): void {
  for (const folder of foldersOf(swaps)) {
    for (const parent of [root, paths.replaced, paths.staged]) host.makeDirectory(`${parent}/${folder}`);
  }
  host.write(`${paths.commit}.tmp`, `${JSON.stringify(swaps)}\n`, { durable: true });
  host.rename(`${paths.commit}.tmp`, paths.commit);
  const begun: Swap[] = [];
  try {
    for (const swap of swaps) {
      begun.push(swap);
      swapForward(host, root, paths, swap);
    }
  } catch (error) {
    for (const swap of begun.reverse()) swapBack(host, root, paths, swap);
    endSwap(host, root, paths, swaps);
    throw error;
  }
  endSwap(host, root, paths, swaps);
}

/** Ends what an interrupted compile began: forward when it had come to `commit.json`, back otherwise. */
export function finishSwap(host: WriterHost, root: string, paths: WorkPaths): void {
  if (host.kindOf(paths.commit) === 'file') {
    const swaps = readCommit(host, paths);
    for (const swap of swaps) swapForward(host, root, paths, swap);
    endSwap(host, root, paths, swaps);
  }
  host.removeTree(paths.staged);
  host.removeTree(paths.replaced);
  host.removeTree(`${paths.commit}.tmp`);
}

function endSwap(host: WriterHost, root: string, paths: WorkPaths, swaps: readonly Swap[]): void {
  host.removeFile(paths.commit);
  for (const folder of foldersOf(swaps)) {
    if (host.list(`${root}/${folder}`)?.length === 0) host.removeDirectory(`${root}/${folder}`);
  }
}

/** From any state to the end; does nothing at the end. */
function swapForward(host: WriterHost, root: string, paths: WorkPaths, { environment, kind }: Swap): void {
  const { current, staged, replaced } = placesOf(root, paths, environment);
  const isReplaced = host.kindOf(replaced) !== undefined;
  const isDone = kind === 'replace' ? host.kindOf(staged) === undefined : isReplaced;
  if (isDone) return;
  if (host.kindOf(current) !== undefined) {
    if (isReplaced) throw new SwapConflict(environment);
    host.rename(current, replaced);
  }
  if (kind === 'replace') host.rename(staged, current);
}

/** From any state to the beginning. */
function swapBack(host: WriterHost, root: string, paths: WorkPaths, { environment, kind }: Swap): void {
  const { current, staged, replaced } = placesOf(root, paths, environment);
  const isSwapped = kind === 'replace' && host.kindOf(staged) === undefined && host.kindOf(current) !== undefined;
  if (isSwapped) host.rename(current, staged);
  if (host.kindOf(replaced) !== undefined) host.rename(replaced, current);
}

const placesOf = (root: string, paths: WorkPaths, environment: string) => ({
  current: `${root}/${environment}`,
  staged: `${paths.staged}/${environment}`,
  replaced: `${paths.replaced}/${environment}`,
});

function readCommit(host: WriterHost, paths: WorkPaths): readonly Swap[] {
  const commit: unknown = JSON.parse(Buffer.from(host.read(paths.commit)).toString('utf8'));
  return Array.isArray(commit) ? commit.filter(isSwap) : [];
}

const isSwap = (value: unknown): value is Swap =>
  typeof value === 'object' &&
  value !== null &&
  'environment' in value &&
  typeof value.environment === 'string' &&
  'kind' in value;

const foldersOf = (swaps: readonly Swap[]): readonly string[] => [
  ...new Set(swaps.map(({ environment }) => environment.slice(0, environment.lastIndexOf('/')))),
];
