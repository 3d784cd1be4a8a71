/**
 * Tells when a file has other content.
 *
 * Looks now and then, as notifications of the file system miss what matters here: a mounted ConfigMap changes by a
 * symbolic link three levels up. Reads only when the file's identity or times changed, and waits for a writer that is
 * not done.
 */
import { readFile, stat } from 'node:fs/promises';

export interface WatchOptions {
  readonly path: string;
  /** Digest of the content that is known. */
  readonly known: string;
  readonly everyMs: number;
  readonly digestOf: (text: string) => string;
  /** Called once for each content that differs from the one before, and when the file cannot be read any more. */
  readonly onChange: () => unknown;
}

const UNREADABLE = 'unreadable';

/** Starts watching; the answer stops it. The timer keeps no process alive. */
export function watchFile({ path, known, everyMs, digestOf, onChange }: WatchOptions): () => void {
  let seen = { mark: '', digest: known };
  let timer: NodeJS.Timeout;
  let isStopped = false;

  async function look(): Promise<void> {
    const before = await markOf(path);
    if (before !== seen.mark) {
      const digest = await readFile(path, 'utf8').then(digestOf, () => UNREADABLE);
      const after = await markOf(path);
      if (after === before) {
        const isNews = digest !== seen.digest;
        seen = { mark: after, digest };
        if (isNews && !isStopped) await onChange();
      }
    }
    schedule();
  }

  function schedule(): void {
    if (!isStopped) timer = setTimeout(() => void look(), everyMs).unref();
  }

  schedule();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

/** What changes when somebody writes the file or puts another in its place; links are followed. */
async function markOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs].join(' ');
  } catch {
    return UNREADABLE;
  }
}
