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

/**
 * The option, then FORCE_COLOR as Node reads it, then NO_COLOR (https://no-color.org) and CLICOLOR_FORCE, CLICOLOR
 * (https://bixense.com/clicolors), then whether a terminal is there. An empty variable is one that is not set.
 */
export function wantsColor(
  choice: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
  isTerminal: boolean = process.stderr.isTTY === true,
): boolean {
  if (choice === 'always' || choice === 'never') return choice === 'always';
  const { FORCE_COLOR: forced = '', NO_COLOR: refused = '', CLICOLOR_FORCE: always = '', CLICOLOR: wanted } = env;
  if (forced !== '') return !/^(?:0|false)$/i.test(forced);
  if (refused !== '') return false;
  if (always !== '' && always !== '0') return true;
  return isTerminal && wanted !== '0' && env['TERM'] !== 'dumb';
}
