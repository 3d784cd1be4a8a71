/**
 * Upstreams and clients for the corpus of raw answers: bytes out, bytes in, and what a client would make of them.
 *
 * Owns its own reading of answers, so that what is found is not what a parser of the runtime thinks.
 */
import { execFile } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RawAnswer } from './raw-answers/raw-answer.ts';
import { bind } from './servers.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

/** An upstream that answers each request with the row that was set, whatever was asked. */
export async function startRawUpstream(later: Later) {
  const sockets = new Set<Socket>();
  let row: Pick<RawAnswer, 'bytes' | 'end' | 'asked'> = { bytes: '' };
  let said: Promise<void> = Promise.resolve();
  // Without a delay: a second piece would wait for the acknowledgement of the first.
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    let pending = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1');
      const end = pending.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(pending.slice(0, end))?.[1] ?? 0);
      if (end === -1 || (row.asked !== 'early' && pending.length < end + 4 + length)) return;
      pending = '';
      said = answer(socket, row);
    });
  });
  const port = await bind(server);
  later(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return {
    port,
    /** When the last answer has left, to its last piece. */
    said: () => said,
    set(next: typeof row): void {
      row = next;
    },
  };
}

async function answer(socket: Socket, { bytes, end }: Pick<RawAnswer, 'bytes' | 'end'>): Promise<void> {
  const pieces = typeof bytes === 'string' ? [bytes] : bytes;
  for (const piece of pieces) {
    socket.write(Buffer.from(piece, 'latin1'));
    if (pieces.length > 1) await sleep(5);
  }
  if (end === 'close') socket.end();
  if (end !== 'reset') return;
  await sleep(20);
  socket.resetAndDestroy();
}

const UNFINISHED = 100_000;

type AskRaw = Pick<RawAnswer, 'asked'> & { readonly path?: string };

/** Asks a proxy as the row says, and gives back every byte until it closes. */
export function askRaw(port: number, { asked, path = '/v1/items' }: AskRaw): Promise<string> {
  const isPost = asked === 'POST' || asked === 'early';
  const length = asked === 'early' ? UNFINISHED : 2;
  const head = `${isPost ? 'POST' : (asked ?? 'GET')} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`;
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(isPost ? `${head}Content-Length: ${length}\r\n\r\nhi` : `${head}\r\n`),
    );
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

/** The notation of the corpus. */
export function describeAnswer(text: string, isHead: boolean): string {
  if (text === '') return 'none';
  const end = text.indexOf('\r\n\r\n');
  const status = /^HTTP\/1\.1 (\d{3})[ \r]/.exec(text)?.[1];
  if (status === undefined || end === -1) return 'no head';
  if (isHead || status === '204' || status === '304') return status;
  const head = text.slice(0, end);
  const rest = text.slice(end + 4);
  const length = /^content-length: (\d+)\r?$/im.exec(head)?.[1];
  const { body, isWhole } = /^transfer-encoding: chunked\r?$/im.test(head)
    ? readChunks(rest)
    : { body: rest, isWhole: length === undefined || rest.length >= Number(length) };
  // The page that a proxy makes of a failure is its own.
  const told = status === '502' || status === '504' ? '' : body;
  return `${isWhole ? '' : 'cut '}${status} ${told.slice(0, 20)}`.trim();
}

function readChunks(text: string): { readonly body: string; readonly isWhole: boolean } {
  let body = '';
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n', at);
    if (end === -1) return { body, isWhole: false };
    const size = Number.parseInt(text.slice(at, end), 16);
    if (size === 0) return { body, isWhole: true };
    body += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

/** Every value of a field, as its bytes came. */
export function fieldOf(text: string, name: string): readonly string[] {
  const lines = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n').slice(1);
  return lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return line.slice(0, colon).toLowerCase() === name ? [line.slice(colon + 1).trim()] : [];
  });
}

/** What curl makes of an answer. */
export function askCurl(program: string, port: number, { asked }: Pick<RawAnswer, 'asked'>): Promise<string> {
  const how = asked === 'HEAD' ? ['-I', '-o', '/dev/null'] : ['-o', '-'];
  const body = asked === 'POST' || asked === 'early' ? ['-d', 'hi'] : [];
  const args = ['-s', ...how, ...body, '-w', '\n%{http_code}', '--max-time', '1', `http://127.0.0.1:${port}/v1/items`];
  return new Promise((resolve) => {
    execFile(program, args, { encoding: 'latin1' }, (error, said) => {
      const [status = '', ...lines] = said.split('\n').reverse();
      resolve(error === null ? `${status} ${lines.reverse().join('\n').slice(0, 20)}`.trim() : 'fails');
    });
  });
}
