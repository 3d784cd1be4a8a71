/**
 * A service or provider to stand behind the runtime when there is none: it answers with its name and with what arrived.
 *
 * For trying a policy out. A request that accepts `text/event-stream` gets three events; a WebSocket gets its messages back.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { echoWebSocket } from './echo-websocket.ts';

export interface EchoUpstream {
  readonly url: string;
  close(): Promise<void>;
}

const EVENT_PAUSE_MS = 200;

/** Starts it on any free port of loopback. */
export async function startEchoUpstream(name: string): Promise<EchoUpstream> {
  const server = createServer((req, res) => {
    if (req.headers.accept === 'text/event-stream') sendEvents(res);
    else void echo(name, req, res);
  });
  const tunnels = new Set<Duplex>();
  server.on('upgrade', (req, socket) => {
    tunnels.add(socket);
    socket.once('close', () => tunnels.delete(socket));
    echoWebSocket(req, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const bound = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const tunnel of tunnels) tunnel.destroy();
      }),
  };
}

async function echo(service: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of req) bytes += Buffer.isBuffer(chunk) ? chunk.length : 0;
  } catch {
    // The sender went away; there is nobody to answer.
    return;
  }
  const body = JSON.stringify({ service, method: req.method, url: req.url, headers: req.headers, bodyBytes: bytes });
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  res.end(body);
}

function sendEvents(res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    res.write(`id: ${count}\ndata: {"tick":${count}}\n\n`);
    if (count === 3) res.end();
  }, EVENT_PAUSE_MS);
  res.on('close', () => clearInterval(timer));
}
