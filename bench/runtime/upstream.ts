/**
 * The service behind every subject, as a child process: the same 200 bytes of JSON for every request head.
 *
 * Speaks just enough HTTP on plain sockets that it never is the bottleneck. Tells its port by message.
 */
import { createServer } from 'node:net';

const BODY = JSON.stringify({ items: 'x'.repeat(188) });
const ANSWER = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\netag: "17"\r\n\r\n${BODY}`,
);

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  // A head of this benchmark is smaller than a segment, and the next is sent only after the answer.
  socket.on('data', () => socket.write(ANSWER));
});
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.on('disconnect', () => process.exit());
