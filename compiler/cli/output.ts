/**
 * The two streams of the program.
 *
 * Owns that a reader who leaves early, such as `head`, ends the program quietly, and whether colour is wanted.
 */
import { writeSync } from 'node:fs';

/** Writes all of it before it returns, so that nothing is lost when the process ends right after. */
export const printOut = (text: string): void => print(1, text);

export const printError = (text: string): void => print(2, text);

function print(stream: 1 | 2, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(stream, bytes, at);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EPIPE') process.exit(process.exitCode ?? 0);
      // A pipe that is full for the moment; wait for its reader.
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

export type ColorChoice = 'auto' | 'always' | 'never';

/** https://no-color.org: any value of NO_COLOR but the empty one turns it off. */
export function wantsColor(choice: string | undefined): boolean {
  if (choice === 'always' || choice === 'never') return choice === 'always';
  return process.stderr.isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
}
