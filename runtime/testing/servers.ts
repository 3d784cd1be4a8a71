/**
 * Real sockets for tests: the gateway, upstreams that do as they are told or write down every byte, raw clients.
 *
 * Everything binds loopback on a free port and is closed by `cleanUp`, also when a test fails; `within` bounds it.
 */
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { context, metrics, trace } from '@opentelemetry/api';
import { noteOwn } from '../../compiler/testing/evidence.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { createRuntime } from '../process/create-runtime.ts';
import { loadPolicy } from '../process/load-policy.ts';
import type { Runtime, RuntimeOptions } from '../process/runtime.ts';
import type { SdkOptions, StartedSdk } from '../telemetry/sdk.ts';
import { startSdkWith } from '../telemetry/start-sdk.ts';
import { isCompiled } from './compiled.ts';

export interface Gateway {
  readonly url: string;
  readonly adminUrl: string;
  /** Undefined where the policy declares none. */
  readonly egressUrl: string | undefined;
  readonly port: number;
  readonly runtime: Runtime;
  readonly lines: readonly LogLine[];
}
export type LogLine = Readonly<Record<string, unknown>>;

type CleanUp = () => Promise<unknown>;

/** Runs a test with a place to leave what must be closed, and at most `ms` milliseconds. */
export function within(ms: number, run: (later: (cleanUp: CleanUp) => void) => Promise<void>): () => Promise<void> {
  return async () => {
    const cleanUps: CleanUp[] = [];
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`did not end within ${ms} ms`)), ms);
    });
    try {
      await Promise.race([run((cleanUp) => cleanUps.unshift(cleanUp)), late]);
    } finally {
      clearTimeout(timer);
      for (const cleanUp of cleanUps) await cleanUp();
    }
  };
}

export async function startGateway(
  policy: RuntimePolicy,
  later: (cleanUp: CleanUp) => void,
  options: Partial<RuntimeOptions> = {},
): Promise<Gateway> {
  if (!isCompiled(policy)) noteOwn();
  const loaded = loadPolicy(JSON.stringify(policy));
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.join('\n'));
  const lines: LogLine[] = [];
  const runtime = createRuntime({
    ...loaded,
    env: {},
    log: { write: (line) => lines.push(JSON.parse(line)) },
    startSdk: startSdkApart,
    ...options,
  });
  // What is deployed waits some seconds for its balancer; the next test need not.
  later(async () => {
    const stopped = runtime.stop();
    if (!isCompiled(policy)) await stopped;
  });
  const result = await runtime.start();
  if (result.kind === 'refused') throw new Error(result.reasons.join('\n'));
  return { ...result, port: Number(new URL(result.url).port), runtime, lines };
}

/** A process has one SDK; here each gateway has its own, so none stays registered. */
function startSdkApart(options: SdkOptions): Promise<StartedSdk> {
  return startSdkWith(options, () => {
    trace.disable();
    context.disable();
    metrics.disable();
  });
}

export async function startUpstream(listener: RequestListener, later: (cleanUp: CleanUp) => void): Promise<string> {
  const server = createHttpServer(listener);
  const port = await bind(server);
  later(() => {
    server.closeAllConnections();
    return close(server);
  });
  return `http://127.0.0.1:${port}`;
}

/** An upstream that writes down every byte and answers each request head with the same bytes. */
export async function startRecorder(later: (cleanUp: CleanUp) => void, reply = REPLY) {
  const received: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let pending = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received.push(chunk);
      pending += chunk.toString('latin1');
      for (let end = pending.indexOf('\r\n\r\n'); end !== -1; end = pending.indexOf('\r\n\r\n')) {
        pending = pending.slice(end + 4);
        socket.write(reply);
      }
    });
  });
  const port = await bind(server);
  later(() => {
    for (const socket of sockets) socket.destroy();
    return close(server);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    text: () => Buffer.concat(received).toString('latin1'),
    clear: () => received.splice(0),
  };
}

const REPLY = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

const FIRST_BYTE_MS = 2_000;

/** Sends bytes and gives back everything that arrives until the other side closes or falls silent. */
export function rawRequest(port: number, bytes: string | Buffer, quietMs = 300): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    // The first byte may take its time on a loaded machine; quiet is what follows it.
    socket.setTimeout(Math.max(quietMs, FIRST_BYTE_MS), () => socket.destroy());
    socket.once('data', () => socket.setTimeout(quietMs));
    socket.on('connect', () => socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

export function bind(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
