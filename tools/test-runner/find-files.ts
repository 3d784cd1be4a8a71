/**
 * Which files hold tests.
 *
 * Owns the folders that are searched; paths come back relative to the project, with forward slashes, sorted.
 */
import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Every folder that may hold code. */
const SOURCE_FOLDERS = ['bench', 'compiler', 'runtime', 'schemas', 'tools'] as const;

const SKIPPED = new Set(['node_modules', 'dist', 'fixtures']);

/** The test files whose path contains one of the patterns; without patterns, all of them. */
export function findTestFiles(root: string, patterns: readonly string[]): readonly string[] {
  const all = findSources(root).filter((file) => file.endsWith('.test.ts'));
  return patterns.length === 0 ? all : all.filter((file) => patterns.some((pattern) => file.includes(pattern)));
}

/** Every TypeScript file of the project. */
export function findSources(root: string): readonly string[] {
  return SOURCE_FOLDERS.flatMap((folder) => walk(join(root, folder)))
    .map((path) => relative(root, path).split(sep).join('/'))
    .sort();
}

function walk(folder: string): readonly string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : walk(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
