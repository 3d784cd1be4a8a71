/** Closes parts one after the other. One that fails is told of, and leaves none of the others open. */
import { describeBug, type Log } from '../telemetry/log.ts';

/** Name for the log, and how it is closed. */
export type Closable = readonly [part: string, close: () => unknown];

export async function closeAll(log: Log, parts: readonly Closable[]): Promise<void> {
  for (const [part, close] of parts) {
    try {
      await close();
    } catch (error) {
      log.error({ ...describeBug(error), part }, 'could not be closed');
    }
  }
}
