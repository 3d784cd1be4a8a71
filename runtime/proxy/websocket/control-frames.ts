/** The frames that the runtime sends by itself (RFC 6455, 5.5): pings to clients, and goodbyes to both sides. */
import { randomBytes } from 'node:crypto';

/** Without payload, so that its pong is the shortest frame there is. */
export const PING = Buffer.from([0x89, 0x00]);

/** 1001: this side goes away (7.4.1). */
export const GOING_AWAY = 1001;
/** 1014: the service behind a gateway failed (IANA, WebSocket Close Code Number Registry). */
export const BAD_GATEWAY = 1014;

/** A close frame to a client. `reason` is shorter than 124 bytes. */
export function closeFrame(code: number, reason: string): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  return Buffer.concat([Buffer.from([0x88, payload.length]), payload]);
}

/** The same to an upstream: there the runtime is the client, whose frames are masked (5.3). */
export function maskedCloseFrame(code: number, reason: string): Buffer {
  const frame = closeFrame(code, reason);
  const mask = randomBytes(4);
  const payload = frame.subarray(2).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x88, 0x80 | payload.length]), mask, payload]);
}
