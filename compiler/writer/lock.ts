/**
 * One compile at a time in one tree.
 *
 * Owns the lock: a directory with one file, named after its holder. Invariants:
 * 1. Taking: a prepared directory is renamed to the lock's name, which succeeds only where nothing or an empty directory is.
 * 2. Freeing the lock of a dead holder: unlinking the file of exactly that holder, so that a lock taken meanwhile cannot be hit.
 * A holder is dead when its process is gone from this machine; of another machine's holder nothing can be known, so it holds.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { hasCode, isMissing, type WriterHost } from './host.ts';
import type { WorkPaths } from './work-folder.ts';

export type LockOutcome =
  | { readonly kind: 'taken'; release(): void }
  | { readonly kind: 'held'; readonly pid: number; readonly machine: string };

export function takeLock(host: WriterHost, paths: WorkPaths): LockOutcome {
  const own = nameOfHolder({ pid: process.pid, started: startOf(process.pid) ?? '0', machine: hostname() });
  let missing: unknown;
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const holder = currentHolder(host, paths);
    // Writing is synchronous: a lock of this very process is one that it failed to give back.
    const isOwn = holder !== undefined && nameOfHolder(holder) === own;
    if (holder !== undefined && !isOwn && isAlive(holder))
      return { kind: 'held', pid: holder.pid, machine: holder.machine };
    if (holder !== undefined) ignoreMissing(() => host.removeFile(`${paths.lock}/${nameOfHolder(holder)}`));
    const attempted = tryToTake(host, paths, own);
    if (attempted === 'taken') return { kind: 'taken', release: () => release(host, paths, own) };
    missing = attempted === 'occupied' ? undefined : attempted.missing;
  }
  // Nobody removes the work folder ten times in a row: the folder cannot be there at all, and the error says why.
  if (missing !== undefined) throw missing;
  return { kind: 'held', pid: 0, machine: hostname() };
}

/** `occupied`: somebody was faster. `missing`: somebody removed the work folder on leaving, or there can be none. */
function tryToTake(
  host: WriterHost,
  paths: WorkPaths,
  own: string,
): 'taken' | 'occupied' | { readonly missing: unknown } {
  const prepared = `${paths.lock}.${own}`;
  try {
    host.makeDirectory(prepared);
    if (host.kindOf(`${prepared}/${own}`) === undefined) host.write(`${prepared}/${own}`, '');
    host.rename(prepared, paths.lock);
    return 'taken';
  } catch (error) {
    ignoreErrors(() => host.removeTree(prepared));
    if (isOccupied(error)) return 'occupied';
    if (isMissing(error)) return { missing: error };
    ignoreErrors(() => host.removeDirectory(paths.folder));
    throw error;
  }
}

function release(host: WriterHost, paths: WorkPaths, own: string): void {
  ignoreErrors(() => host.removeFile(`${paths.lock}/${own}`));
  ignoreErrors(() => host.removeDirectory(paths.lock));
  ignoreErrors(() => host.removeDirectory(paths.folder));
}

interface Holder {
  readonly pid: number;
  /** Start of the process, to tell it from a later one with the same number. */
  readonly started: string;
  readonly machine: string;
}

const nameOfHolder = ({ pid, started, machine }: Holder): string => `${pid}@${started}@${machine}`;

function currentHolder(host: WriterHost, paths: WorkPaths): Holder | undefined {
  for (const { name } of host.list(paths.lock) ?? []) {
    const [, pid, started, machine] = /^(\d+)@(\d+)@(.*)$/.exec(name) ?? [];
    if (pid !== undefined && started !== undefined && machine !== undefined)
      return { pid: Number(pid), started, machine };
  }
  return undefined;
}

function isAlive({ pid, started, machine }: Holder): boolean {
  if (machine !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
  }
  return (startOf(pid) ?? started) === started || started === '0';
}

/** Start time of a process in clock ticks since boot; undefined where the system has no /proc. See proc(5), field 22 of stat. */
function startOf(pid: number): string | undefined {
  try {
    // The name of the program, field 2, may itself hold spaces and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

const isOccupied = (error: unknown): boolean => hasCode(error, 'ENOTEMPTY') || hasCode(error, 'EEXIST');

function ignoreMissing(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function ignoreErrors(step: () => void): void {
  try {
    step();
  } catch {
    // What is left is cleaned up by the next compile.
  }
}
