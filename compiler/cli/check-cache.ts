/**
 * The short way of `compile --check`: the same question was answered already.
 *
 * A successful `compile` notes, outside of the project, the digest of everything its result depends on, of the tree it left, and what
 * it found. `--check` may repeat the answer when the digests of question and tree are the same, byte for byte. This is sound because
 * 1. the result is a function of: the bytes and names of the spec files, the selection, the day (waivers), the compiler and Node;
 *    all of them are in the digest of the question, the compiler as the digest that its build noted;
 * 2. the tree is compared as a whole: every path, every byte, `index.json` included, and nothing may be there beside it;
 * 3. run from sources the compiler has no digest, so nothing is noted and nothing repeated: a change of its code is never masked.
 * A note that is lost, stale or damaged only costs the long way. `--check` itself writes none.
 */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { compareKeys } from '../../schemas/data/texts.ts';
import type { Outcome } from '../diagnostics/diagnostic.ts';
import type { CompileOptions } from '../pipeline.ts';
import type { SourceFile } from '../source/source-document.ts';
import { type Digest, digestOf } from '../writer/digest.ts';
import { diskHost } from '../writer/host.ts';
import { scanTree } from '../writer/scan-tree.ts';
import { WORK_FOLDER } from '../writer/work-folder.ts';
import type { CompileResult } from './compile-result.ts';

export interface CheckQuestion {
  readonly sources: Outcome<readonly SourceFile[]>;
  readonly options: CompileOptions;
  readonly outRoot: string;
}

type Proof = Pick<CompileResult, 'diagnostics' | 'summary'>;

/** The result of the long way, or undefined when it has to be gone. */
export function readCheckCache(question: CheckQuestion): CompileResult | undefined {
  const build = digestBuild();
  if (build === undefined || existsSync(join(question.outRoot, WORK_FOLDER))) return undefined;
  try {
    const note: { key: Digest; tree: Digest; proof: Proof } = JSON.parse(readFileSync(pathOf(question), 'utf8'));
    if (note.key !== digestQuestion(question, build) || note.tree !== digestTreeOnDisk(question)) return undefined;
    return { ...note.proof, tree: { kind: 'as-wanted', changes: 'as the spec says', notes: [], files: [] } };
  } catch {
    return undefined;
  }
}

/** Notes a result. Fails silently: the note is a convenience. */
export function writeCheckCache(question: CheckQuestion, { diagnostics, summary, tree }: CompileResult): void {
  const build = digestBuild();
  if (build === undefined || tree.kind !== 'as-wanted' || tree.files.length === 0) return;
  const files = tree.files.map(([path, text]): readonly [string, Digest] => [path, digestOf(text)]);
  const note = { key: digestQuestion(question, build), tree: digestFiles(files), proof: { diagnostics, summary } };
  try {
    const path = pathOf(question);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.${process.pid}`, JSON.stringify(note));
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // A read-only home is no reason to fail.
  }
}

function digestQuestion({ sources, options }: CheckQuestion, build: Digest): Digest {
  const files = (sources.value ?? []).map(({ path, bytes }) => [path, digestOf(bytes)]);
  const { specRoot, today, system, environment } = options;
  const selection = [specRoot, today, system ?? null, environment ?? null];
  return digestOf(JSON.stringify([build, process.version, selection, files, sources.diagnostics]));
}

function digestTreeOnDisk({ outRoot, options }: CheckQuestion): Digest | undefined {
  const tree = scanTree(diskHost, outRoot, { system: options.system, environment: options.environment });
  const files: (readonly [string, Digest])[] = [];
  for (const { system, environment, entries } of tree.environments) {
    for (const [path, entry] of entries) {
      if (entry.kind !== 'file') return undefined;
      files.push([`${system}/${environment}/${path}`, entry.sha256]);
    }
  }
  return tree.orphans.length > 0 ? undefined : digestFiles(files);
}

const digestFiles = (files: readonly (readonly [string, Digest])[]): Digest =>
  digestOf(JSON.stringify([...files].sort(compareKeys)));

/**
 * What the build noted about its scripts, and their sizes and times, so that an edit by hand is noticed too. Undefined when the compiler
 * runs from its sources or is being built.
 */
function digestBuild(): Digest | undefined {
  if (import.meta.filename.endsWith('.ts')) return undefined;
  const folder = import.meta.dirname;
  try {
    const built = readFileSync(join(folder, 'build.sha256'), 'utf8');
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[cm]?js$/.test(name));
    const scripts = names.sort().map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return [name, size, mtimeMs];
    });
    return digestOf(JSON.stringify([built, scripts]));
  } catch {
    return undefined;
  }
}

/** One note for each tree, spec folder and selection. */
function pathOf({ outRoot, options }: CheckQuestion): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const name = digestOf(
    JSON.stringify([realpathSync(outRoot), realpathSync(options.specRoot), options.system, options.environment]),
  );
  return join(cache, 'seaworthy', `${name.slice('sha256:'.length)}.json`);
}
