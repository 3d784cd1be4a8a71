/**
 * The body on its way to an upstream, counted.
 *
 * Stands between the client's stream and undici, which destroys the body it was given when a request fails: the client's
 * connection must outlive that, or it could not be told why.
 */
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';

export type RequestBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'stream'; readonly stream: Transform }
  | { readonly kind: 'too-large' };

export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** Whether a body follows the head. */
export function hasBody(req: IncomingMessage): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}

/** Opens the body; one that announces too great a length is refused before a byte of it is read. */
export function openRequestBody(req: IncomingMessage, limitBytes: number): RequestBody {
  if (!hasBody(req)) return { kind: 'none' };
  if (Number(req.headers['content-length'] ?? 0) > limitBytes) return { kind: 'too-large' };
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > limitBytes) done(new BodyTooLarge());
      else done(null, chunk);
    },
  });
  // Whoever reads the stream hears of an error; without a reader it must not end the process.
  stream.on('error', () => undefined);
  // What is left of a body that nobody wants any more is read and dropped, or it would stand before the next request.
  stream.on('close', () => req.resume());
  req.pipe(stream);
  return { kind: 'stream', stream };
}
