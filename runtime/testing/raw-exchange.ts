/**
 * Sends bytes, and gives back what was answered as soon as it is whole.
 *
 * Owns when an answer is over: the other side closed, or a response came whole and nothing followed it, or nothing came for long.
 */
import { connect } from 'node:net';

const SILENT_MS = 2_000;
/** A second response that should not be there follows at once. */
const AFTER_WHOLE_MS = 25;

export function rawExchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let reply = '';
    socket.setTimeout(SILENT_MS, () => socket.destroy());
    socket.on('connect', () => socket.write(Buffer.from(bytes, 'latin1')));
    socket.on('data', (chunk) => {
      reply += chunk.toString('latin1');
      if (isWhole(reply)) socket.setTimeout(AFTER_WHOLE_MS);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(reply));
  });
}

function isWhole(reply: string): boolean {
  const end = reply.indexOf('\r\n\r\n');
  const length = /^content-length: (\d+)$/im.exec(reply.slice(0, end))?.[1];
  return end !== -1 && length !== undefined && reply.length >= end + 4 + Number(length);
}
