/**
 * A DNS server for tests: answers questions for A records from a list that may change, with a time to live of one second.
 */
import { createSocket } from 'node:dgram';

/** Answers questions for A records from the list of the test. */
export async function startDns(
  resolve: (name: string) => readonly string[],
  later: (cleanUp: () => Promise<unknown>) => void,
): Promise<number> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { address, port }) => socket.send(answerTo(question, resolve), port, address));
  await new Promise<void>((ready) => socket.bind(0, '127.0.0.1', ready));
  later(() => new Promise<void>((closed) => socket.close(() => closed())));
  return socket.address().port;
}

/** RFC 1035, sections 4.1.1 to 4.1.3. */
function answerTo(question: Buffer, resolve: (name: string) => readonly string[]): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.subarray(at + 1, at + 1 + length).toString());
    at += length + 1;
  }
  const asked = question.subarray(12, at + 5);
  const addresses = resolve(labels.join('.'));
  const header = Buffer.alloc(12);
  question.copy(header, 0, 0, 2);
  header.writeUInt16BE(addresses.length === 0 ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((address) =>
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)]),
  );
  return Buffer.concat([header, asked, ...records]);
}
