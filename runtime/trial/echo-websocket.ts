/**
 * The other end of a WebSocket that sends every message back (RFC 6455), for the echo upstream.
 *
 * Owns as much of the protocol as an echo needs: frames of a client come masked, its own go unmasked, a ping is answered
 * with a pong, a close with a close. Fragments go back as they came.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** RFC 6455, 1.3. */
const HANDSHAKE = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const CLOSE = 8;
const PING = 9;
const PONG = 10;
/** More than any route lets through. */
const MOST_BYTES = 16_777_216;

export function echoWebSocket({ headers }: IncomingMessage, socket: Duplex): void {
  const key = headers['sec-websocket-key'];
  if (key === undefined || headers.upgrade?.toLowerCase() !== 'websocket') {
    socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    return;
  }
  const accept = createHash('sha1').update(`${key}${HANDSHAKE}`).digest('base64');
  const [protocol] = (headers['sec-websocket-protocol'] ?? '').split(',');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n${
      protocol === undefined || protocol === '' ? '' : `sec-websocket-protocol: ${protocol.trim()}\r\n`
    }\r\n`,
  );
  let waiting = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (let frame = readFrame(waiting); frame !== undefined; frame = readFrame(waiting)) {
      waiting = waiting.subarray(frame.length);
      if (frame.opcode !== PONG) socket.write(formatFrame(frame.opcode === PING ? PONG : frame.opcode, frame));
      if (frame.opcode === CLOSE) socket.end();
    }
    if (waiting.length > MOST_BYTES) socket.destroy();
  });
}

interface Frame {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly payload: Buffer;
  /** Of the whole frame as it came. */
  readonly length: number;
}

/** Undefined until all of it is there. */
function readFrame(bytes: Buffer): Frame | undefined {
  const short = (bytes[1] ?? 0) & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const head = 2 + extended + 4;
  if (bytes.length < head) return undefined;
  const size = extended === 2 ? bytes.readUInt16BE(2) : extended === 8 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < head + size) return undefined;
  const mask = bytes.subarray(head - 4, head);
  const payload = Buffer.from(bytes.subarray(head, head + size).map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return { opcode: (bytes[0] ?? 0) & 0x0f, isLast: ((bytes[0] ?? 0) & 0x80) !== 0, payload, length: head + size };
}

function formatFrame(opcode: number, { isLast, payload }: Frame): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = (isLast ? 0x80 : 0) | opcode;
  head[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}
