/**
 * One line that says how far a long run is: only after a second, and only where a person watches.
 */
import { printError } from './output.ts';

const PATIENCE_MS = 1000;

export interface Progress {
  readonly show: (done: number, total: number, name: string) => void;
  /** Takes the line away again. */
  end(): void;
}

export function createProgress(isWatched: boolean = process.stderr.isTTY === true): Progress {
  const started = performance.now();
  let isShown = false;
  return {
    show(done, total, name) {
      if (!isWatched || performance.now() - started < PATIENCE_MS) return;
      isShown = true;
      // Back to the first column, and clear to the end of the line.
      printError(`\r\u001b[Kcompiling ${done}/${total} ${name}`);
    },
    end() {
      if (isShown) printError('\r\u001b[K');
    },
  };
}
