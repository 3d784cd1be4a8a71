/** WebSocket servers and clients for tests. */

import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws';
import { bind } from './servers.ts';

type CleanUp = () => Promise<unknown>;

/** An upstream that sends every message back, or does as it is told. */
export async function startSocketUpstream(
  later: (cleanUp: CleanUp) => void,
  onConnection: (socket: WebSocket, headers: NodeJS.Dict<string | string[]>, raw: Duplex) => void = echo,
): Promise<string> {
  const http = createServer((_req, res) => res.writeHead(418).end('no upgrade'));
  const server = new WebSocketServer({ server: http });
  server.on('connection', (socket, req) => {
    socket.on('error', () => undefined);
    onConnection(socket, req.headers, req.socket);
  });
  const port = await bind(http);
  later(async () => {
    for (const socket of server.clients) socket.terminate();
    http.closeAllConnections();
    http.close();
  });
  return `http://127.0.0.1:${port}`;
}

function echo(socket: WebSocket): void {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
}

export interface Opened {
  readonly kind: 'open';
  readonly socket: WebSocket;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** The next message, as text. */
  next(): Promise<string>;
}

export type Attempt = Opened | { readonly kind: 'refused'; readonly status: number; readonly body: string };

/** Opens a socket, or tells how it was refused. `url` may begin with http. */
export function openSocket(url: string, options: ClientOptions = {}): Promise<Attempt> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), options);
  const messages: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  socket.on('message', (data) => {
    const text = String(data);
    const next = waiting.shift();
    if (next === undefined) messages.push(text);
    else next(text);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      const next = () => {
        const message = messages.shift();
        return message === undefined ? new Promise<string>((done) => waiting.push(done)) : Promise.resolve(message);
      };
      resolve({ kind: 'open', socket, closed, next });
    });
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk) => (body += String(chunk)));
      response.on('end', () => resolve({ kind: 'refused', status: response.statusCode ?? 0, body }));
    });
  });
}

/** Opens a socket that must open. */
export async function mustOpen(url: string, options?: ClientOptions): Promise<Opened> {
  const attempt = await openSocket(url, options);
  if (attempt.kind === 'refused') throw new Error(`refused with ${attempt.status}: ${attempt.body}`);
  return attempt;
}
