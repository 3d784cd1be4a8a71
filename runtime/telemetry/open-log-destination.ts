/**
 * Where log lines go without holding up a request.
 *
 * Owns what happens when they cannot be written. A destination that is full, gone or not read must not stop the gateway
 * nor fill its memory, so lines are lost then, counted, and said once on standard error.
 *
 * Written here and not left to pino's SonicBoom, which keeps what it could not write and tries it anew with each further line:
 * on a full disk nothing counts as lost until its whole buffer is full, and an old line is kept in place of a new one.
 *
 * Invariants
 * 1. `write` never waits and never fails.
 * 2. At most `MAX_WAITING` characters wait; one write is on its way at a time, so lines keep their order.
 * 3. A line is written whole, lost whole, or (the first after a failed write) cut where the failure cut it.
 */
import { writeSync, write as writeToFile } from 'node:fs';
import { settledWithin } from '../resilience/timeout.ts';
import type { LogDestination } from './open-telemetry.ts';

export interface LogFile extends LogDestination {
  readonly droppedLines: number;
  /** Writes what is left, for at most a second. */
  close(): Promise<void>;
  /** Writes what is left at once, for a process that cannot wait. */
  flushSync(): void;
}

// Each write wakes another thread: a few large ones cost a fraction of many small ones.
const FLUSH_AT = 65_536;
const FLUSH_MS = 500;
const MAX_WAITING = 4_194_304;
const RETRY_MS = 50;
const CLOSE_TIMEOUT_MS = 1_000;

/** `say`: told once when writing begins to fail. Default: standard error. */
export function openLogDestination(fd: number, say: (text: string) => void = saySo): LogFile {
  let waiting: string[] = [];
  let waitingLength = 0;
  let droppedLines = 0;
  let isFailing = false;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeBatch().finally(() => {
      writing = undefined;
      if (waitingLength >= FLUSH_AT) flush();
      else arm();
    });
  }

  function arm(): void {
    if (timer === undefined && waiting.length > 0) timer = setTimeout(flush, FLUSH_MS).unref();
  }

  async function writeBatch(): Promise<void> {
    const lines = take();
    const error = await writeAll(fd, Buffer.from(lines.join('')));
    if (error === undefined) isFailing = false;
    else lose(lines.length, error);
  }

  function take(): readonly string[] {
    const lines = waiting;
    waiting = [];
    waitingLength = 0;
    return lines;
  }

  function lose(lines: number, error: Error): void {
    droppedLines += lines;
    if (!isFailing) say(`seaworthy: log lines are lost (${error.message})\n`);
    isFailing = true;
  }

  return {
    write(line) {
      if (waitingLength + line.length > MAX_WAITING) {
        lose(1, new Error('nobody reads them'));
        return;
      }
      waiting.push(line);
      waitingLength += line.length;
      if (writing !== undefined) return;
      if (waitingLength >= FLUSH_AT) flush();
      else arm();
    },
    get droppedLines() {
      return droppedLines;
    },
    async close() {
      const written = async (): Promise<void> => {
        while (writing !== undefined || waiting.length > 0) {
          if (writing === undefined) flush();
          await writing;
        }
      };
      await settledWithin(CLOSE_TIMEOUT_MS, written());
    },
    flushSync() {
      const lines = take();
      try {
        writeSync(fd, lines.join(''));
      } catch (error) {
        lose(lines.length, error instanceof Error ? error : new Error(String(error)));
      }
    },
  };
}

/** Undefined when all is written. */
function writeAll(fd: number, bytes: Buffer): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const next = (from: number): void => {
      writeToFile(fd, bytes, from, bytes.length - from, null, (error, written) => {
        // A pipe that is full for now.
        if (error?.code === 'EAGAIN') setTimeout(next, RETRY_MS, from);
        else if (error !== null) resolve(error);
        else if (from + written < bytes.length) next(from + written);
        else resolve(undefined);
      });
    };
    next(0);
  });
}

function saySo(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody is left to be told.
  }
}
