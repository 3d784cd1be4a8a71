/**
 * Makes the tree what was compiled: the one place that writes to `generated/`.
 *
 * Owns the order in which nothing can be lost: lock, end what an earlier compile left, look and plan again under the lock, build the
 * new folders of all changed environments beside the old ones, swap, clean up. Whatever fails or kills it on the way, the tree is
 * wholly the old one or, from the moment `commit.json` stands, brought wholly to the new one by the next compile. Environments
 * without a change are not touched. Relies on `plan-writes.ts` for what may be written.
 */
import { diskHost, type WriterHost } from './host.ts';
import { type LockOutcome, takeLock } from './lock.ts';
import { isChanged, keyOf, planWrites, type WantedEnvironment, type WritePlan } from './plan-writes.ts';
import { type Selection, scanTree } from './scan-tree.ts';
import { stageEnvironment } from './stage-environment.ts';
import { finishSwap, type Swap, swapAll } from './swap.ts';
import { type WorkPaths, workPaths } from './work-folder.ts';

export interface WriteRequest {
  /** Folder of the tree; it need not exist. */
  readonly root: string;
  readonly wanted: readonly WantedEnvironment[];
  /** What may be looked at and removed; everything by default. */
  readonly selection?: Selection;
  readonly force?: boolean;
  readonly host?: WriterHost;
}

export type WriteOutcome =
  /** The tree is as the plan says. */
  | { readonly kind: 'written'; readonly plan: WritePlan }
  /** Nothing was written, for the plan holds refusals. */
  | { readonly kind: 'refused'; readonly plan: WritePlan }
  /** Nothing was written, for another compile is at it. */
  | Extract<LockOutcome, { readonly kind: 'held' }>;

/** Throws what the file system throws; the tree is whole then, too. */
export function writeTree(request: WriteRequest): WriteOutcome {
  const { root, host = diskHost } = request;
  const paths = workPaths(root);
  if (host.kindOf(paths.folder) === undefined) {
    const plan = makePlan(request, host);
    if (hasRefusal(plan)) return { kind: 'refused', plan };
    if (!plan.environments.some(isChanged)) return { kind: 'written', plan };
  }
  const lock = takeLock(host, paths);
  if (lock.kind === 'held') return lock;
  try {
    return withoutSignals(() => writeLocked(request, host, paths));
  } finally {
    lock.release();
  }
}

/** What would be done, without doing it. */
export function makePlan(
  { root, wanted, selection, force = false }: WriteRequest,
  host: WriterHost = diskHost,
): WritePlan {
  return planWrites(wanted, scanTree(host, root, selection), { force });
}

/** Whether a compile was killed at a point from which only the next compile leads on. */
export const isInterrupted = (root: string, host: WriterHost = diskHost): boolean =>
  host.kindOf(workPaths(root).commit) !== undefined;

function writeLocked(request: WriteRequest, host: WriterHost, paths: WorkPaths): WriteOutcome {
  finishSwap(host, request.root, paths);
  const plan = makePlan(request, host);
  if (hasRefusal(plan)) return { kind: 'refused', plan };
  const changed = plan.environments.filter(isChanged);
  if (changed.length === 0) return { kind: 'written', plan };
  try {
    const swaps: readonly Swap[] = changed.map((environment) => ({
      environment: keyOf(environment),
      kind: stageEnvironment(host, request.root, paths, environment) ? 'replace' : 'remove',
    }));
    swapAll(host, request.root, paths, swaps);
  } finally {
    cleanUp(host, paths);
  }
  return { kind: 'written', plan };
}

const hasRefusal = ({ environments }: WritePlan): boolean =>
  environments.some(({ actions }) => actions.some(({ kind }) => kind === 'refuse'));

/** Leaves what an unfinished swap still needs. What cannot be removed now is removed by the next compile. */
function cleanUp(host: WriterHost, paths: WorkPaths): void {
  try {
    if (host.kindOf(paths.commit) !== undefined) return;
    for (const path of [paths.staged, paths.replaced, `${paths.commit}.tmp`]) host.removeTree(path);
  } catch {
    // The tree itself is in order.
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A signal that arrives while the disk is being written ends the process after that, not in between. */
function withoutSignals<T>(run: () => T): T {
  const isNested = process.listeners('SIGINT').includes(endLater);
  if (isNested) return run();
  for (const name of SIGNALS) process.on(name, endLater);
  try {
    return run();
  } finally {
    // Handlers run once the current turn is over; only then may the default come back.
    setImmediate(stopWaiting);
  }
}

function endLater(signal: NodeJS.Signals): void {
  stopWaiting();
  process.kill(process.pid, signal);
}

function stopWaiting(): void {
  for (const name of SIGNALS) process.removeListener(name, endLater);
}
