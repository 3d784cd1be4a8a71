/**
 * What the compiler makes of every system under `spec/` and of the spec with every field.
 *
 * For tests that ask something of each file. Compiles once for whoever imports it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../pipeline.ts';
import { loadSources } from '../source/load-sources.ts';
import { diskHost } from '../source/source-host.ts';
import { compileDocuments, documentsOf } from './field-changes.ts';
import { fitsPattern, unmarkedLeaves } from './unmarked.ts';

const ROOT = join(import.meta.dirname, '../..');
const everyField = readFileSync(join(ROOT, 'compiler/testing/every-field.yaml'), 'utf8');
const compilations = [
  await compile(loadSources(diskHost, join(ROOT, 'spec')), { specRoot: join(ROOT, 'spec'), today: '2026-11-21' }),
  await compileDocuments(documentsOf(everyField)),
];

/** The files of each environment by path. */
const trees = compilations.flatMap(({ environments }) => environments.map(({ files }) => files));

/** The parts without an origin of all files whose path fits, each once. */
export function unmarkedIn(path: RegExp, parse: (text: string) => unknown): readonly string[] {
  const found = trees.flatMap((files) => {
    const { files: said } = JSON.parse(files.get('index.json') ?? '');
    return [...files]
      .filter(([name]) => path.test(name))
      .flatMap(([name, text]) => unmarkedLeaves(parse(text), new Set(Object.keys(said[name].origins))));
  });
  return [...new Set(found)].sort();
}

/** Patterns of parts that no document decides, each with its reason. */
export type Constants = Readonly<Record<string, string>>;

/** The parts that no pattern lists. */
export const unlisted = (parts: readonly string[], constants: Constants): readonly string[] =>
  parts.filter((part) => !Object.keys(constants).some((pattern) => fitsPattern(part, pattern)));

/** The patterns that list nothing. */
export const needless = (parts: readonly string[], constants: Constants): readonly string[] =>
  Object.keys(constants).filter((pattern) => !parts.some((part) => fitsPattern(part, pattern)));
