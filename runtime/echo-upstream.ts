/**
 * A service to stand behind the runtime when there is none: it answers with what arrived.
 *
 * For `npm start` and for trying a policy out. A request that accepts `text/event-stream` gets three events.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { RuntimePolicy } from '../schemas/runtime-policy.gen.ts';

export interface EchoUpstream {
  readonly url: string;
  close(): Promise<void>;
}

const EVENT_PAUSE_MS = 200;

/** Starts it on loopback. Default port: any free one. */
export async function startEchoUpstream(port = 0): Promise<EchoUpstream> {
  const server = createServer((req, res) => {
    if (req.headers.accept === 'text/event-stream') sendEvents(res);
    else void echo(req, res);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const bound = address !== null && typeof address === 'object' ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The same policy with every upstream replaced by the echo. */
export function withEchoUpstream(policy: RuntimePolicy, url: string): RuntimePolicy {
  const upstreams = Object.entries(policy.upstreams).map(([name, upstream]) => [name, { ...upstream, targets: [url] }]);
  return { ...policy, upstreams: Object.fromEntries(upstreams) };
}

async function echo(req: IncomingMessage, res: ServerResponse): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of req) bytes += Buffer.isBuffer(chunk) ? chunk.length : 0;
  } catch {
    // The sender went away; there is nobody to answer.
    return;
  }
  const body = JSON.stringify({ method: req.method, url: req.url, headers: req.headers, bodyBytes: bytes });
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
