/**
 * An upstream that reads requests byte by byte, as strictly as anybody, and writes down what it got.
 *
 * Owns its own reading of HTTP, so that what a test finds is not what the runtime's own parser thinks.
 */
import { createServer, type Socket } from 'node:net';
import { bind } from './servers.ts';

export interface RecordedRequest {
  readonly line: string;
  /** Names in lower case, values as received, sorted. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export interface RecordingUpstream {
  readonly url: string;
  /** Requests that came whole. */
  readonly requests: readonly RecordedRequest[];
  /** Bytes of requests that never came whole. */
  unfinished(): string;
  clear(): void;
}

export async function startRecordingUpstream(
  later: (cleanUp: () => Promise<unknown>) => void,
): Promise<RecordingUpstream> {
  const requests: RecordedRequest[] = [];
  const pending = new Map<Socket, string>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      let text = (pending.get(socket) ?? '') + chunk.toString('latin1');
      for (let found = readRequest(text); found !== undefined; found = readRequest(text)) {
        requests.push(found.request);
        text = found.rest;
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      }
      pending.set(socket, text);
    });
  });
  const port = await bind(server);
  later(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    unfinished: () => [...pending.values()].join(''),
    clear() {
      requests.length = 0;
      pending.clear();
    },
  };
}

/** The first request, and what follows it; undefined while it is not whole. */
function readRequest(text: string): { readonly request: RecordedRequest; readonly rest: string } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [line = '', ...lines] = text.slice(0, end).split('\r\n');
  const fields = lines.map((field) => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const;
  });
  const fieldOf = (name: string) => fields.find(([known]) => known === name)?.[1];
  const after = text.slice(end + 4);
  const body =
    fieldOf('transfer-encoding') === 'chunked'
      ? readChunks(after)
      : readLength(after, Number(fieldOf('content-length') ?? 0));
  if (body === undefined) return undefined;
  const sorted = fields.toSorted(([a, x], [b, y]) => (`${a}:${x}` < `${b}:${y}` ? -1 : 1));
  return { request: { line, fields: sorted, body: body.body }, rest: body.rest };
}

interface Body {
  readonly body: string;
  readonly rest: string;
}

const readLength = (text: string, length: number): Body | undefined =>
  text.length < length ? undefined : { body: text.slice(0, length), rest: text.slice(length) };

function readChunks(text: string): Body | undefined {
  let body = '';
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n', at);
    if (end === -1) return undefined;
    const size = Number.parseInt(text.slice(at, end), 16);
    const next = end + 2 + size + 2;
    if (Number.isNaN(size) || text.length < next) return undefined;
    if (size === 0) return { body, rest: text.slice(next) };
    body += text.slice(end + 2, end + 2 + size);
    at = next;
  }
}
