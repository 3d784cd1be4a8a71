/**
 * Decides, without touching the disk, what has to happen for the tree to become what the spec says.
 *
 * Owns the rules of ownership. The previous `index.json` is the record of what the compiler wrote:
 * 1. A file whose bytes are those of the record is the compiler's: it is updated, kept or removed.
 * 2. A file of the record with other bytes was edited by hand: it is refused, unless the edit is exactly what would be written now.
 * 3. A file that is not in the record is foreign: never removed, and refused when the compiler wants its path.
 * 4. An environment with a record that the spec no longer has is removed by the same rules.
 * 5. A file that is blank, as a power cut leaves it, holds nobody's work and is written again.
 * `force` turns refusals of 2 and 3 into writes. One refusal anywhere means that nothing is written at all.
 */
import { compareTexts } from '../../schemas/data/texts.ts';
import { INDEX_PATH } from './build-index.ts';
import { type Digest, digestOf } from './digest.ts';
import { type PreviousIndex, readIndex } from './read-index.ts';
import type { ExistingEntry, ExistingEnvironment, ExistingTree } from './scan-tree.ts';

/** All files of one environment, `index.json` included, by path within its folder. */
export interface WantedEnvironment {
  readonly system: string;
  readonly environment: string;
  readonly files: ReadonlyMap<string, string>;
}

export type RefusalReason =
  /** The compiler wrote it, and somebody changed it. */
  | 'edited'
  /** Somebody else's file where the compiler wants to write. */
  | 'foreign'
  /** A link, a directory or something stranger where a file or folder has to be. */
  | 'obstacle';

export type FileAction =
  | { readonly kind: 'create' | 'update'; readonly path: string; readonly text: string }
  | { readonly kind: 'keep' | 'remove' | 'foreign'; readonly path: string }
  | {
      readonly kind: 'refuse';
      readonly path: string;
      readonly reason: RefusalReason;
      readonly text: string | undefined;
    };

export interface EnvironmentPlan {
  readonly system: string;
  readonly environment: string;
  /** Sorted by path. */
  readonly actions: readonly FileAction[];
}

export interface WritePlan {
  readonly environments: readonly EnvironmentPlan[];
  readonly orphans: readonly string[];
}

export function planWrites(
  wanted: readonly WantedEnvironment[],
  existing: ExistingTree,
  { force = false } = {},
): WritePlan {
  const known = new Map(existing.environments.map((folder) => [keyOf(folder), folder]));
  const planned = new Set(wanted.map(keyOf));
  const environments = wanted.map((environment) => {
    const obstacle = [environment.system, keyOf(environment)].find((path) => existing.obstacles.has(path));
    return obstacle === undefined
      ? planEnvironment(environment, known.get(keyOf(environment)), force)
      : refuseAll(environment, obstacle);
  });
  const vanished = existing.environments
    .filter((folder) => !planned.has(keyOf(folder)))
    .map((folder) => planEnvironment({ ...folder, files: new Map() }, folder, force));
  const obstacles = new Set(
    environments
      .flatMap(({ actions }) => actions)
      .filter(isObstacle)
      .map(({ path }) => path),
  );
  return {
    environments: [...environments, ...vanished].sort((a, b) => compareTexts(keyOf(a), keyOf(b))),
    orphans: existing.orphans.filter((path) => !obstacles.has(path)),
  };
}

/** `<system>/<environment>`, the folder of an environment within the tree. */
export const keyOf = ({ system, environment }: { readonly system: string; readonly environment: string }): string =>
  `${system}/${environment}`;

/** Whether there is anything to write or remove. */
export const isChanged = ({ actions }: EnvironmentPlan): boolean =>
  actions.some(({ kind }) => kind === 'create' || kind === 'update' || kind === 'remove');

const isObstacle = (action: FileAction): boolean => action.kind === 'refuse' && action.reason === 'obstacle';

/** The folder itself cannot be: `path` stands in its place. It is named from the tree's root, so it starts with a slash. */
const refuseAll = ({ system, environment }: WantedEnvironment, path: string): EnvironmentPlan => ({
  system,
  environment,
  actions: [{ kind: 'refuse', path: `/${path}`, reason: 'obstacle', text: undefined }],
});

function planEnvironment(
  wanted: WantedEnvironment,
  existing: ExistingEnvironment | undefined,
  force: boolean,
): EnvironmentPlan {
  const { system, environment, files } = wanted;
  const entries = existing?.entries ?? new Map<string, ExistingEntry>();
  const isOwn = ownership(readIndex(existing?.indexText));
  const actions = new Map<string, FileAction>();
  for (const [path, entry] of entries) {
    if (!files.has(path)) actions.set(path, planUnwanted(path, entry, isOwn(path, entry), force));
  }
  for (const [path, text] of files)
    actions.set(path, planWanted({ path, text, entry: entries.get(path), isOwn, force }));
  for (const action of [...findObstacles(files, actions, entries)]) actions.set(action.path, action);
  return { system, environment, actions: [...actions.values()].sort((a, b) => compareTexts(a.path, b.path)) };
}

type Ownership = 'own' | 'edited' | 'foreign';

function ownership(index: PreviousIndex): (path: string, entry: ExistingEntry) => Ownership {
  return (path, entry) => {
    if (index.kind === 'absent') return 'foreign';
    if (path === INDEX_PATH) return index.kind === 'intact' && entry.kind === 'file' ? 'own' : 'edited';
    const recorded = index.files.get(path);
    if (recorded === undefined) return 'foreign';
    const isAsWritten = entry.kind === 'file' && (entry.isBlank || toList(recorded).includes(entry.sha256));
    return isAsWritten ? 'own' : 'edited';
  };
}

const toList = (digests: Digest | readonly Digest[]): readonly Digest[] =>
  typeof digests === 'string' ? [digests] : digests;

function planUnwanted(path: string, entry: ExistingEntry, owner: Ownership, force: boolean): FileAction {
  if (owner === 'foreign') return { kind: 'foreign', path };
  if (owner === 'own' || (force && entry.kind !== 'directory')) return { kind: 'remove', path };
  return { kind: 'refuse', path, reason: 'edited', text: undefined };
}

interface Wanted {
  readonly path: string;
  readonly text: string;
  readonly entry: ExistingEntry | undefined;
  readonly isOwn: (path: string, entry: ExistingEntry) => Ownership;
  readonly force: boolean;
}

function planWanted({ path, text, entry, isOwn, force }: Wanted): FileAction {
  if (entry === undefined) return { kind: 'create', path, text };
  if (entry.kind === 'file' && entry.sha256 === digestOf(text)) return { kind: 'keep', path };
  const owner = isOwn(path, entry);
  if (entry.kind === 'file' && (owner === 'own' || entry.isBlank)) return { kind: 'update', path, text };
  // An empty directory is nobody's: Git does not even keep it.
  if (force || entry.kind === 'directory') return { kind: 'update', path, text };
  const reason = entry.kind === 'file' ? owner : 'obstacle';
  return { kind: 'refuse', path, reason: reason === 'own' ? 'edited' : reason, text };
}

/** A file where a folder has to be, or a folder with somebody's files where a file has to be. Not even `force` settles that. */
function* findObstacles(
  files: ReadonlyMap<string, string>,
  actions: ReadonlyMap<string, FileAction>,
  entries: ReadonlyMap<string, ExistingEntry>,
): Generator<FileAction> {
  const stays = (path: string): boolean => {
    const action = actions.get(path);
    return action !== undefined && action.kind !== 'remove' && entries.get(path)?.kind !== 'directory';
  };
  for (const path of files.keys()) {
    for (const parent of parentsOf(path)) if (!files.has(parent) && stays(parent)) yield obstacle(parent);
  }
  for (const path of entries.keys()) {
    const parent = files.has(path) || !stays(path) ? undefined : parentsOf(path).find((folder) => files.has(folder));
    if (parent !== undefined) yield obstacle(parent);
  }
}

const obstacle = (path: string): FileAction => ({ kind: 'refuse', path, reason: 'obstacle', text: undefined });

/** `a/b/c` -> `a`, `a/b`. */
function parentsOf(path: string): readonly string[] {
  const steps = path.split('/');
  return steps.slice(1).map((_, index) => steps.slice(0, index + 1).join('/'));
}
