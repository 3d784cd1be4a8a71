/**
 * Takes informational answers (100, 102, 103 and whatever else begins with 1) out of what an upstream sends, before undici
 * reads it: undici breaks the connection at a `100 Continue` that nobody asked for, and some servers send one with every POST.
 *
 * They are between the upstream and us, and end here: a 103 is not passed on, since nginx up to 1.28 takes it for the whole
 * answer (RFC 8297, 3 warns of that). A 101 stays in, as switching protocols unasked is a fault. Relies on undici to read its
 * sockets by `read()`, and to tell on its diagnostics channel when it sends a request: only then a head follows, and a body
 * that looks like one is never touched.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

const INFORMATIONAL = /^HTTP\/1\.[01] 1(?!01)[0-9]{2}[ \r]/;
/** Stands for any such line, to tell whether a few bytes may become one. */
const PATTERN = 'HTTP/1.? 1??';
const END = '\r\n\r\n';
/** As much as the head of an answer may have. */
const MAX_BYTES = 16_384;

const filters = new WeakMap<object, InformationalFilter>();
let isSubscribed = false;

/** From now on nobody who reads this socket sees an informational answer. */
export function dropInformational(socket: Socket): void {
  if (!isSubscribed) subscribe('undici:client:sendHeaders', onRequestSent);
  isSubscribed = true;
  const filter = new InformationalFilter();
  filters.set(socket, filter);
  const read = socket.read.bind(socket);
  socket.read = (size?: number): unknown => {
    const chunk: unknown = read(size);
    return filter.isWaiting && Buffer.isBuffer(chunk) ? filter.take(chunk) : chunk;
  };
}

function onRequestSent(message: unknown): void {
  if (typeof message !== 'object' || message === null || !('socket' in message)) return;
  if (typeof message.socket === 'object' && message.socket !== null) filters.get(message.socket)?.expectHead();
}

class InformationalFilter {
  #held: Buffer = Buffer.alloc(0);
  #isWaiting = false;

  /** Whether the next byte belongs to a head. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  expectHead(): void {
    this.#isWaiting = true;
  }

  /** What is left of these bytes; null while it is not known what they begin. */
  take(chunk: Buffer): Buffer | null {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (;;) {
      const start = rest.toString('latin1', 0, PATTERN.length + 1);
      const isInformational = INFORMATIONAL.test(start);
      // Wherever the bytes are divided, the bound is at the same one.
      const end = isInformational ? rest.subarray(0, MAX_BYTES).indexOf(END) : -1;
      const isOdd = isInformational && hasBareFeed(rest, end);
      if (end !== -1 && !isOdd) rest = rest.subarray(end + END.length);
      else if (rest.length < MAX_BYTES && !isOdd && (isInformational || mayBecome(start))) return this.#hold(rest);
      else return this.#pass(rest);
    }
  }

  #hold(rest: Buffer): null {
    this.#held = rest;
    return null;
  }

  #pass(rest: Buffer): Buffer {
    this.#held = Buffer.alloc(0);
    this.#isWaiting = false;
    return rest;
  }
}

/** A head of such lines may end where we do not see it, and what follows would be taken for more of it: undici is to judge. */
function hasBareFeed(bytes: Buffer, end: number): boolean {
  return /(?<!\r)\n/.test(bytes.toString('latin1', 0, end === -1 ? Math.min(bytes.length, MAX_BYTES) : end));
}

function mayBecome(start: string): boolean {
  return start.length <= PATTERN.length && [...start].every((byte, at) => PATTERN[at] === '?' || PATTERN[at] === byte);
}
