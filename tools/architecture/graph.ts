/**
 * The modules of the project and what each imports.
 *
 * Owns the reading of imports from source text. It relies on the formatter: a static import begins at the start of its line, so
 * text inside strings and comments is not mistaken for one.
 */
import { posix } from 'node:path';

export interface ModuleImport {
  readonly specifier: string;
  /** The imported file, relative to the project; undefined for a package or a Node module. */
  readonly target: string | undefined;
  readonly kind: 'value' | 'type' | 'dynamic';
}

export interface SourceModule {
  /** Relative to the project, with forward slashes. */
  readonly path: string;
  /** The source without its comments. */
  readonly code: string;
  readonly lines: number;
  readonly imports: readonly ModuleImport[];
}

/** Reads modules from source texts, keyed by path. */
export function parseModules(sources: Readonly<Record<string, string>>): readonly SourceModule[] {
  return Object.entries(sources).map(([path, text]) => {
    const code = withoutComments(text);
    return { path, code, lines: text.trimEnd().split('\n').length, imports: parseImports(path, code) };
  });
}

const STATIC =
  /^(?:import|export)\s+(?<type>type\s+(?!from\b))?(?:[\w$*{][^;'"]*?\s*from\s+)?['"](?<specifier>[^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"](?<specifier>[^'"]+)['"]/g;

function parseImports(path: string, code: string): readonly ModuleImport[] {
  const found: ModuleImport[] = [];
  const add = (specifier: string | undefined, kind: ModuleImport['kind']): void => {
    if (specifier !== undefined) found.push({ specifier, target: resolveTarget(path, specifier), kind });
  };
  for (const { groups } of code.matchAll(STATIC)) add(groups?.['specifier'], groups?.['type'] ? 'type' : 'value');
  for (const { groups } of code.matchAll(DYNAMIC)) add(groups?.['specifier'], 'dynamic');
  return found;
}

function resolveTarget(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined;
}

// Good enough for formatted code: block comments that begin a line, and lines that are a comment.
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/^\s*\/\/.*$/gm, '');
}
