/**
 * From a directory to the files of the spec, in an order that does not depend on the machine.
 *
 * Owns which files belong to the spec: every `*.yaml` and `*.yml` below the directory. Names that begin with a dot are left out, as are
 * further links to a file that was read already. Relies on a `SourceHost`; reading the bytes as text is left to `decode-text.ts`.
 */
import { compareTexts } from '../../schemas/data/texts.ts';
import { SOURCE } from '../diagnostics/codes/source.ts';
import type { CodeInfo, Diagnostic, Outcome } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/make-diagnostic.ts';
import { quoteText } from '../diagnostics/quote-text.ts';
import { fileTooLarge, MAX_FILE_BYTES } from './decode-text.ts';
import type { SourceFile } from './source-document.ts';
import type { HostResult, SourceHost } from './source-host.ts';
import { createSpanAt } from './text-position.ts';

/**
 * Loads every spec file below `directory`, sorted by path. `directory` is written as the user typed it, and so are the paths.
 * The value is absent only when the directory itself cannot be used.
 */
export function loadSources(host: SourceHost, directory: string): Outcome<readonly SourceFile[]> {
  const root = tidy(directory);
  const refusal = refuseRoot(host, root);
  if (refusal) return { value: undefined, diagnostics: [refusal] };
  const real = host.realPath(root);
  if (!real.ok) return { value: undefined, diagnostics: [unreadable(root, real.code)] };
  const walk: Walk = { host, realRoot: real.value, links: [], seen: new Set(), files: [], diagnostics: [] };
  walkDirectory(walk, root, real.value);
  // Links last, so that a file is known by its own path. A followed directory may add links to the end of the list.
  for (const link of walk.links) followLink(walk, link);
  const files = walk.files.sort((a, b) => compareTexts(a.path, b.path));
  if (files.length === 0 && walk.diagnostics.length === 0) walk.diagnostics.push(noSpec(root));
  return { value: files, diagnostics: walk.diagnostics };
}

interface Walk {
  readonly host: SourceHost;
  readonly realRoot: string;
  readonly links: Link[];
  /** Real paths of the directories and files that were visited. */
  readonly seen: Set<string>;
  readonly files: SourceFile[];
  readonly diagnostics: Diagnostic[];
}

interface Link {
  readonly path: string;
  /** The real path of the directory that the link stands in. */
  readonly realParent: string;
  readonly name: string;
}

/** Forward slashes, no `./` in front and no slash at the end. */
function tidy(directory: string): string {
  const path = directory
    .replaceAll('\\', '/')
    .replace(/^(?:\.\/+)+(?=.)/, '')
    .replace(/(?<=.)\/+$/, '');
  return path === '' ? '.' : path;
}

function refuseRoot(host: SourceHost, root: string): Diagnostic | undefined {
  const stat = host.stat(root);
  if (stat.ok && stat.value.kind === 'directory') return undefined;
  if (stat.ok) return makeDiagnostic(SOURCE.notADirectory, { message: `${quoteText(root)} is not a directory` });
  if (stat.code === 'ENOENT' || stat.code === 'ENOTDIR')
    return makeDiagnostic(SOURCE.directoryMissing, { message: `the spec directory ${quoteText(root)} does not exist` });
  return unreadable(root, stat.code);
}

function walkDirectory(walk: Walk, path: string, realPath: string): void {
  if (walk.seen.has(realPath)) return;
  walk.seen.add(realPath);
  const entries = walk.host.list(path);
  if (!entries.ok) {
    walk.diagnostics.push(unreadable(path, entries.code));
    return;
  }
  for (const { name, kind } of [...entries.value].sort((a, b) => compareTexts(a.name, b.name))) {
    if (name.startsWith('.')) continue;
    const child = path === '.' ? name : `${path}/${name}`;
    const realChild = `${realPath}/${name}`;
    if (kind === 'link') walk.links.push({ path: child, realParent: realPath, name });
    else visit(walk, { path: child, realPath: realChild, name, kind });
  }
}

interface Visit {
  readonly path: string;
  readonly realPath: string;
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'other';
}

function visit(walk: Walk, { path, realPath, name, kind }: Visit): void {
  if (kind === 'directory') walkDirectory(walk, path, realPath);
  if (!isSpecName(name)) return;
  if (kind === 'file') readFile(walk, path, realPath);
  else
    walk.diagnostics.push(
      problem(SOURCE.notAFile, path, `${quoteText(name)} is a ${kind === 'other' ? 'device or pipe' : kind}`),
    );
}

const isSpecName = (name: string): boolean => /\.ya?ml$/i.test(name);

function readFile(walk: Walk, path: string, realPath: string): void {
  if (walk.seen.has(realPath)) return;
  walk.seen.add(realPath);
  const stat = walk.host.stat(path);
  // The size is asked for first, so that a huge file is never brought into memory.
  const bytes: HostResult<Uint8Array | Diagnostic> =
    stat.ok && stat.value.size > MAX_FILE_BYTES
      ? { ok: true, value: fileTooLarge(path, stat.value.size) }
      : walk.host.read(path);
  if (!bytes.ok) walk.diagnostics.push(unreadable(path, bytes.code));
  else if (bytes.value instanceof Uint8Array) walk.files.push({ path, bytes: bytes.value });
  else walk.diagnostics.push(bytes.value);
}

function followLink(walk: Walk, { path, realParent, name }: Link): void {
  const target = walk.host.realPath(path);
  if (!target.ok) {
    // A dangling link without a spec's name is of no concern.
    const dangles = target.code === 'ENOENT' || target.code === 'ENOTDIR';
    if (target.code === 'ELOOP')
      walk.diagnostics.push(problem(SOURCE.linkLoop, path, `the link ${quoteText(name)} points at itself`));
    else if (!dangles) walk.diagnostics.push(unreadable(path, target.code));
    else if (isSpecName(name))
      walk.diagnostics.push(problem(SOURCE.linkDangles, path, `the link ${quoteText(name)} points at nothing`));
    return;
  }
  const stat = walk.host.stat(path);
  if (!stat.ok) {
    walk.diagnostics.push(unreadable(path, stat.code));
    return;
  }
  const { kind } = stat.value;
  const concerns = kind === 'directory' || isSpecName(name);
  if (!concerns) return;
  if (kind === 'directory' && isWithin(realParent, target.value))
    walk.diagnostics.push(
      problem(SOURCE.linkLoop, path, `the link ${quoteText(name)} leads back to a directory that it stands in`),
    );
  else if (!isWithin(target.value, walk.realRoot))
    walk.diagnostics.push(
      problem(SOURCE.linkEscapes, path, `the link ${quoteText(name)} leads out of the spec directory`),
    );
  else visit(walk, { path, realPath: target.value, name, kind });
}

const isWithin = (path: string, directory: string): boolean => path === directory || path.startsWith(`${directory}/`);

const noSpec = (root: string): Diagnostic =>
  makeDiagnostic(SOURCE.noSpec, { message: `there is no .yaml or .yml file in ${quoteText(root)}` });

function unreadable(path: string, code: string): Diagnostic {
  return problem(
    SOURCE.unreadable,
    path,
    `${quoteText(path)} cannot be read: ${REASONS[code] ?? `the system says ${code}`}`,
  );
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied (EACCES)',
  EPERM: 'permission is denied (EPERM)',
  EIO: 'the disk reports an error (EIO)',
  EMFILE: 'too many files are open (EMFILE)',
};

const problem = (info: CodeInfo, path: string, message: string): Diagnostic =>
  makeDiagnostic(info, { span: createSpanAt(path, '')(0, 0), message });
