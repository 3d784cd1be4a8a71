/**
 * The one way by which a test takes what the compiler made of one of the five systems. Whoever reads through it is recorded as
 * evidence about that tree; a test that reads `generated/` by itself proves nothing in the table of requirements.
 *
 * Owns the place of the trees and of the specs. Relies on `generated/` being what `spec/` says, which `five-systems.test.ts` holds.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { analyse } from '../pipeline.ts';
import { loadSources } from '../source/load-sources.ts';
import { diskHost } from '../source/source-host.ts';
import { noteTree } from './evidence.ts';

const ROOT = join(import.meta.dirname, '../..');
const TODAY = '2026-11-21';

export const SYSTEMS = ['sentientiq', 'sentinel', 'jamey', 'intent-engine', 'sim-corp'] as const;
export type SystemName = (typeof SYSTEMS)[number];

export interface CompiledTree {
  readonly system: SystemName;
  readonly environment: string;
}

/** Every tree that is committed and holds a policy, without a look into it. */
export const COMPILED_TREES: readonly CompiledTree[] = SYSTEMS.flatMap((system) =>
  readdirSync(join(ROOT, 'generated', system))
    .filter((environment) => existsSync(join(ROOT, 'generated', system, environment, 'runtime/policy.json')))
    .sort()
    .map((environment) => ({ system, environment })),
);

export interface CompiledSystem {
  /** `<system>/<environment>`, as it is recorded. */
  readonly tree: string;
  /** Where the files are; for programs that read them themselves. */
  readonly folder: string;
  /** The text of a file; `path` is below the tree. */
  read(path: string): string;
  /** What a JSON or YAML file says. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the target's; a test asserts what it expects.
  data(path: string): any;
  /** Paths of the files in a folder of the tree, below the tree, sorted. */
  list(folder?: string): readonly string[];
}

/** What is compiled for one environment; `repository` for what belongs into the product's own repository. */
export function compiledSystem(system: SystemName, environment: string): CompiledSystem {
  const tree = `${system}/${environment}`;
  const folder = join(ROOT, 'generated', tree);
  const read = (path: string): string => {
    noteTree(tree);
    return readFileSync(join(folder, path), 'utf8');
  };
  return {
    tree,
    get folder() {
      noteTree(tree);
      return folder;
    },
    read,
    data: (path) => (path.endsWith('.json') ? JSON.parse(read(path)) : parse(read(path))),
    list(below = '.') {
      noteTree(tree);
      return readdirSync(join(folder, below), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
        .sort();
    },
  };
}

export interface SpecEdit {
  /** Below `spec/<system>/`. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  readonly to: string;
}

/** What the compiler finds in a system's own documents, after edits that a careless hand might make. Notes are left out. */
export function findingsOf(system: SystemName, ...edits: readonly SpecEdit[]): readonly Diagnostic[] {
  noteTree(`${system}/spec`);
  const folder = join(ROOT, 'spec', system);
  const { value, diagnostics } = loadSources(diskHost, folder);
  const files = (value ?? []).map(({ path, bytes }) => {
    const name = relative(folder, path).replaceAll('\\', '/');
    const text = edits.filter(({ file }) => file === name).reduce(applyEdit, Buffer.from(bytes).toString());
    return { path: `spec/${system}/${name}`, bytes: Buffer.from(text) };
  });
  for (const { file } of edits)
    if (!files.some(({ path }) => path === `spec/${system}/${file}`)) throw new Error(`spec/${system} has no ${file}`);
  const analysis = analyse({ value: files, diagnostics }, { specRoot: 'spec', today: TODAY });
  return analysis.diagnostics.filter(({ severity }) => severity !== 'info');
}

function applyEdit(text: string, { file, from, to }: SpecEdit): string {
  const count = text.split(from).length - 1;
  if (count !== 1) throw new Error(`${file} holds ${count} times: ${from}`);
  return text.replace(from, () => to);
}
