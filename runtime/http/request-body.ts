/**
 * The body on its way to an upstream, counted.
 *
 * Stands between the client's stream and undici, which destroys the body it was given when a request fails: the client's
 * connection must outlive that, or it could not be told why. Nothing is taken from the client before an upstream reads:
 * an attempt that never came so far leaves the body whole for the next one.
 */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

export type RequestBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'stream'; readonly stream: StreamedBody }
  | { readonly kind: 'too-large' };

export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** Whether a body follows the head. */
export function hasBody(req: IncomingMessage): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}

/**
 * Opens the body; one that announces too great a length is refused before a byte of it is read. `onStart` is called
 * before the first byte is taken from the client.
 */
export function openRequestBody(
  req: IncomingMessage,
  read: Buffer | undefined,
  limitBytes: number,
  onStart: () => void,
): RequestBody {
  // What a policy has read is sent as it is; an empty body is no body.
  if (read !== undefined) return read.length === 0 ? NO_BODY : { kind: 'whole', bytes: read };
  if (!hasBody(req)) return NO_BODY;
  if (Number(req.headers['content-length'] ?? 0) > limitBytes) return TOO_LARGE;
  return { kind: 'stream', stream: new StreamedBody(req, limitBytes, onStart) };
}

const NO_BODY: RequestBody = { kind: 'none' };
const TOO_LARGE: RequestBody = { kind: 'too-large' };

/** A body that can be read once, by the first attempt that gets to it. */
class StreamedBody {
  readonly #req: IncomingMessage;
  readonly #limitBytes: number;
  readonly #onStart: () => void;
  isStarted = false;

  constructor(req: IncomingMessage, limitBytes: number, onStart: () => void) {
    this.#req = req;
    this.#limitBytes = limitBytes;
    this.#onStart = onStart;
  }

  /** The body for one attempt. */
  open(): Readable {
    const req = this.#req;
    const limitBytes = this.#limitBytes;
    let bytes = 0;
    const start = (): void => {
      this.isStarted = true;
      this.#onStart();
      req.on('data', onData);
      req.on('end', onEnd);
      req.on('error', onError);
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > limitBytes) stream.destroy(new BodyTooLarge());
      else if (!stream.push(chunk)) req.pause();
    };
    const onEnd = (): void => {
      stream.push(null);
    };
    const onError = (error: Error): void => {
      stream.destroy(error);
    };
    const stream = new Readable({
      read: () => {
        if (!this.isStarted) start();
        else req.resume();
      },
      destroy: (error, done) => {
        req.off('data', onData);
        req.off('end', onEnd);
        req.off('error', onError);
        done(error);
      },
    });
    // Whoever reads the stream hears of an error; without a reader it must not end the process.
    stream.on('error', () => undefined);
    return stream;
  }

  /** What is left of a body that nobody wants any more is read and dropped, or it would stand before the next request. */
  discard(): void {
    this.#req.resume();
  }
}
