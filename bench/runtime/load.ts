/**
 * The load client, as a child process: `load PORT CONNECTIONS REQUESTS MS RATE [NAME VALUE]...`.
 *
 * Owns a client that costs so little that the subject is what is measured: kept connections, one request in flight on
 * each, answers counted by their length and never parsed further. RATE is requests a second, 0 for as many as go. Ends
 * after so many requests, at the latest after so many milliseconds. Prints one line of JSON.
 */
import { connect, type Socket } from 'node:net';
import { ORIGIN } from './stacks/policies.ts';

const [port = '', connections = '', requests = '', ms = '', rate = '', ...fields] = process.argv.slice(2);
const lines = fields.flatMap((value, index) => (index % 2 === 0 ? [] : [`${fields[index - 1]}: ${value}\r\n`]));
const REQUEST = Buffer.from(
  `GET /v1/items/17?page=2 HTTP/1.1\r\nHost: bench.example\r\nAccept: application/json\r\nUser-Agent: bench/1\r\nOrigin: ${ORIGIN}\r\nAccept-Encoding: gzip\r\n${lines.join('')}\r\n`,
);
const HEAD_END = Buffer.from('\r\n\r\n');

const waits: number[] = [];
let refused = 0;
let turns = 0;
let left = Number(requests);
const startMs = performance.now();
const endMs = startMs + Number(ms);
const sockets = Array.from({ length: Number(connections) }, () => open(Number(port)));
await Promise.all(sockets);
const tookMs = performance.now() - startMs;
waits.sort((a, b) => a - b);
process.stdout.write(
  JSON.stringify({
    answered: waits.length,
    refused,
    tookMs,
    p50: waits.at(waits.length * 0.5),
    p99: waits.at(waits.length * 0.99),
  }),
);

function open(to: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(to, '127.0.0.1');
    let sentMs = 0;
    let rest = 0;
    const send = (): void => {
      sentMs = performance.now();
      left -= 1;
      if (left >= 0 && sentMs < endMs) socket.write(REQUEST);
      else socket.end(resolve);
    };
    const sendInTurn = (): void => {
      const waitMs = nextTurnMs() - performance.now();
      if (waitMs > 0) setTimeout(send, waitMs);
      else send();
    };
    socket.setNoDelay(true);
    socket.on('connect', sendInTurn);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      rest = rest > 0 ? rest - chunk.length : restOf(chunk, socket);
      if (rest > 0) return;
      waits.push(performance.now() - sentMs);
      sendInTurn();
    });
  });
}

/** When the next request is due; in the past where there is no rate, or where the load is behind. */
function nextTurnMs(): number {
  turns += 1;
  return Number(rate) === 0 ? 0 : startMs + (turns * 1000) / Number(rate);
}

/** Bytes of the body that are still to come. The small heads of this benchmark arrive whole. */
function restOf(chunk: Buffer, socket: Socket): number {
  const end = chunk.indexOf(HEAD_END);
  const head = chunk.toString('latin1', 0, end);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (end === -1 || length === undefined) socket.destroy(new Error(`this answer has no length: ${head}`));
  if (!head.startsWith('HTTP/1.1 200 ')) refused += 1;
  return Number(length) - (chunk.length - end - HEAD_END.length);
}
