/**
 * An event stream on its way to a client, and what may be said in between.
 *
 * Owns where one event ends and the next begins (HTML, "Server-sent events", 9.2.5): only there a comment keeps a silent
 * stream alive, and only there the stream can end with an event of its own. In the middle of an event nothing is ever
 * added, as half an event would be taken for a whole one.
 */
import type { ServerResponse } from 'node:http';

export interface EventStreamOptions {
  readonly res: ServerResponse;
  /** How often a silent stream gets a comment. Undefined: never. */
  readonly keepAliveMs: number | undefined;
}

const COMMENT = ': keep-alive\n\n';
/** Means nothing to anybody. */
const FIRST = ':\n\n';
const MARK = Buffer.from('\ufeff');
/** Reconnections after a goodbye are spread over this time, so that the next replica is not stormed. */
const RETRY_FROM_MS = 500;
const RETRY_SPREAD_MS = 2_500;
/** An event that was begun may end before the stream does. */
const GOODBYE_WAIT_MS = 1_000;

export class EventStream {
  readonly #res: ServerResponse;
  readonly #timer: NodeJS.Timeout | undefined;
  /** The last three bytes; a stream begins between two events. */
  #tail = '\n\n';
  #onBoundary: (() => void) | undefined;
  #hasSpoken = false;
  #hasBegun = false;
  #wait: NodeJS.Timeout | undefined;

  constructor({ res, keepAliveMs }: EventStreamOptions) {
    this.#res = res;
    this.#timer = keepAliveMs === undefined ? undefined : setInterval(() => this.#comment(), keepAliveMs).unref();
  }

  /**
   * Sends the head on its way: a proxy in front may hold it back until a byte of the body follows (nginx does over HTTP/2),
   * and a client would stay in `connecting` until the first event.
   */
  open(): void {
    if (this.#timer === undefined) return;
    this.#hasSpoken = true;
    this.#res.write(FIRST);
  }

  /** Passes bytes on; false when the client reads more slowly than they come. */
  write(chunk: Buffer): boolean {
    this.#timer?.refresh();
    const isTaken = this.#res.write(this.#withoutMark(chunk));
    this.#tail = (this.#tail + chunk.toString('latin1', Math.max(0, chunk.length - 3))).slice(-3);
    if (this.#onBoundary !== undefined && this.isBetweenEvents) this.#onBoundary();
    return isTaken;
  }

  /** Whether the last line that went out was an empty one. */
  get isBetweenEvents(): boolean {
    return /(?:\n\n|\r\r|\n\r|\n\r\n|\r\r\n)$/.test(this.#tail);
  }

  /** Ends with an `error` event; false, with nothing done, in the middle of an event. */
  fail(problem: string): boolean {
    if (!this.isBetweenEvents) return false;
    this.close();
    this.#res.end(`event: error\ndata: ${problem}\n\n`);
    return true;
  }

  /** Ends with a `shutdown` event as soon as no event is cut by it; `onEnd` is called just before. */
  goodbye(onEnd: () => void): void {
    const end = (farewell: string): void => {
      this.close();
      onEnd();
      this.#res.end(farewell);
    };
    const retryMs = RETRY_FROM_MS + Math.floor(Math.random() * RETRY_SPREAD_MS);
    const farewell = `event: shutdown\nretry: ${retryMs}\ndata: {"reason":"restart"}\n\n`;
    if (this.isBetweenEvents) {
      end(farewell);
      return;
    }
    this.#onBoundary = () => end(farewell);
    // What is left incomplete is dropped by the client, as the specification says.
    this.#wait = setTimeout(() => end(''), GOODBYE_WAIT_MS);
  }

  /** Stops its timers. */
  close(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#wait);
    this.#onBoundary = undefined;
  }

  #comment(): void {
    // A client that does not read what it has is not helped by more.
    if (!this.isBetweenEvents || this.#res.writableNeedDrain) return;
    this.#hasSpoken = true;
    this.#res.write(COMMENT);
  }

  /** A byte order mark means nothing at the start of a stream only; behind a comment it would spoil the first field. */
  #withoutMark(chunk: Buffer): Buffer {
    if (this.#hasBegun) return chunk;
    this.#hasBegun = true;
    return this.#hasSpoken && chunk.subarray(0, MARK.length).equals(MARK) ? chunk.subarray(MARK.length) : chunk;
  }
}

/** Whether events can be added to a response: a compressed or measured one is passed on as it is. */
export function canAddEvents(headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  const type = headers['content-type'];
  const coding = headers['content-encoding'];
  return (
    typeof type === 'string' &&
    /^text\/event-stream\s*(?:;|$)/i.test(type) &&
    headers['content-length'] === undefined &&
    (coding === undefined || coding === 'identity')
  );
}
