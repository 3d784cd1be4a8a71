/**
 * What the file system says, for people.
 *
 * Owns the words for its codes, and which errors are the machine's and no bug of ours: those that name a system call, from whatever
 * part of a command they come.
 */
import { UsageError } from './command.ts';

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EBUSY: 'it is in use',
  EDQUOT: 'the quota of the disk is used up',
  EEXIST: 'a file stands where a folder has to be',
  EFBIG: 'the file would be too large for the file system',
  EIO: 'the disk reports an error',
  EISDIR: 'a folder stands where a file has to be',
  ELOOP: 'symbolic links lead in a circle',
  EMFILE: 'too many files are open',
  EMLINK: 'a file has too many names',
  ENAMETOOLONG: 'a name is too long for the file system',
  ENFILE: 'too many files are open on this machine',
  ENODEV: 'the device is gone',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'no space is left on the disk',
  ENOTDIR: 'a file stands where a folder has to be',
  ENOTEMPTY: 'a folder is not empty',
  ENXIO: 'the device is gone',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ESTALE: 'the folder was replaced on its server',
  ETXTBSY: 'the file is being run',
  EXDEV: 'a folder of it is on another file system',
};

/** Undefined for an error that is not the file system's. */
export function reasonOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words = Object.hasOwn(WORDS, code) ? WORDS[code] : undefined;
  return words === undefined ? undefined : `${words} (${code})`;
}

const READS: ReadonlySet<string> = new Set([
  'open',
  'read',
  'scandir',
  'opendir',
  'stat',
  'lstat',
  'realpath',
  'readlink',
  'access',
]);

/** The same error as one line with its path, or undefined when it is none of a system call on a file. */
export function asUsageError(error: unknown): UsageError | undefined {
  const reason = reasonOf(error);
  if (reason === undefined || !(error instanceof Error) || !('syscall' in error) || !('path' in error))
    return undefined;
  const verb = READS.has(String(error.syscall)) ? 'read' : 'written';
  return new UsageError(`\`${String(error.path)}\` cannot be ${verb}: ${reason}`);
}
