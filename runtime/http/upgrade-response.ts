/**
 * The response to a request that asked for an upgrade, over the socket that Node let go.
 *
 * With it such a request goes through the same front door and the same policies as any other. When it is refused, its
 * connection ends after the answer: nobody knows what the client has sent behind the request.
 */
import { type IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A client that does not take a refusal is not waited for. */
const REFUSAL_MS = 5_000;

/** `rest`: what the client sent after the request; it is read again by whoever reads the socket. */
export function upgradeResponse(req: IncomingMessage, socket: Duplex, rest: Buffer): ServerResponse {
  if (!(socket instanceof Socket)) throw new Error('upgrade: the connection is no socket');
  const res = new ServerResponse(req);
  // Node took its own listener away with the parser.
  socket.on('error', () => undefined);
  if (rest.length > 0) socket.unshift(rest);
  res.shouldKeepAlive = false;
  res.assignSocket(socket);
  res.once('finish', () => {
    res.detachSocket(socket);
    socket.setTimeout(REFUSAL_MS, () => socket.destroy());
    socket.destroySoon();
    res.emit('close');
  });
  return res;
}
