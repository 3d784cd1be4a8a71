/** Where log lines go without holding up a request: a full buffer is written at once, the rest within a second. */
import { type DestinationStream, destination } from 'pino';

export interface LogDestination extends DestinationStream {
  /** Writes what is left; throws where the destination never opened. */
  flushSync(): void;
}

export function openLogDestination(fd: number): LogDestination {
  return destination({ fd, sync: false, minLength: 4096, periodicFlush: 1000 });
}
