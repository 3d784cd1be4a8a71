/**
 * The server of the gateway, with or without TLS, and its time limits.
 *
 * Owns what Node leaves generous: a slow head is dropped after ten seconds, so is a body that goes on after its answer, and
 * what the parser refuses, or wrongly takes, is answered as a problem too. A request that asks for a WebSocket comes to the
 * same listener as any other.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import { REQUEST_HEAD_BYTES } from '../../schemas/http-limits.ts';
import type { FrontDoorReason } from '../../schemas/metrics.ts';
import { GatewayRequest } from './gateway-request.ts';
import { formatProblem, type Problem } from './problem.ts';
import { boundRest, HEAD_MS } from './time-limits.ts';
import { upgradeResponse } from './upgrade-response.ts';

const OPTIONS = {
  maxHeaderSize: REQUEST_HEAD_BYTES,
  headersTimeout: HEAD_MS,
  // Above the idle time of common balancers (60 s), or they reuse connections that are being closed here.
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2_000,
  requireHostHeader: false,
  IncomingMessage: GatewayRequest,
};
const TLS_OPTIONS = {
  // A client that says nothing is dropped as one with a slow head is.
  handshakeTimeout: HEAD_MS,
  ALPNProtocols: ['http/1.1'],
};

export interface GatewayServerOptions {
  readonly listener: RequestListener;
  /** Longest time for a whole request to arrive. */
  readonly requestTimeoutMs: number;
  readonly onRefused?: (reason: FrontDoorReason) => void;
  /** Called with each connection that leaves HTTP for good. Undefined: none does. */
  readonly onUpgrade?: (socket: Duplex) => void;
  /** Undefined: no TLS. */
  readonly tls?: (SecureContextOptions & { readonly requestCert: boolean }) | undefined;
}

export function createGatewayServer({
  requestTimeoutMs,
  onRefused,
  onUpgrade,
  tls,
  ...rest
}: GatewayServerOptions): Server {
  const options = { ...OPTIONS, requestTimeout: requestTimeoutMs };
  const listener = guard(rest.listener, onRefused);
  const server =
    tls === undefined
      ? createServer(options, listener)
      : createTlsServer({ ...options, ...TLS_OPTIONS, ...tls, rejectUnauthorized: true }, listener);
  // Node drops fields above this count silently, and with them a second Host; the front door counts them itself.
  server.maxHeadersCount = 0;
  // Without a listener Node says "100 Continue" to a body that may be refused; the proxy says it when it forwards.
  server.on('checkContinue', listener);
  if (onUpgrade !== undefined) {
    server.on('upgrade', (req, socket, rest) => {
      onUpgrade(socket);
      listener(req, upgradeResponse(req, socket, rest));
    });
  }
  server.on('clientError', (error, socket) => {
    const refusal = describeRefusal('code' in error ? String(error.code) : '');
    if (refusal === undefined || !isSocket(socket) || !socket.writable) {
      socket.destroy();
      return;
    }
    onRefused?.(refusal.reason);
    // After a response head an error page would become part of that body.
    if (socket.bytesWritten > 0 && hasOpenResponse(socket)) socket.destroy();
    else socket.end(formatResponse(refusal.problem), () => socket.destroy());
  });
  return server;
}

/** What is done for every request before anybody looks at it. */
function guard(listener: RequestListener, onRefused: GatewayServerOptions['onRefused']): RequestListener {
  return (req, res) => {
    boundRest(req, res);
    if (SPOKEN.has(req.httpVersion)) listener(req, res);
    else {
      onRefused?.('version');
      refuseVersion(req, res);
    }
  };
}

/** Node's parser also takes a request line that says HTTP/0.9 or HTTP/2.0. */
const SPOKEN = new Set(['1.0', '1.1']);

function refuseVersion(req: IncomingMessage, res: ServerResponse): void {
  const body = formatProblem({ status: 505, detail: 'This server speaks HTTP/1.1 and HTTP/1.0.' }, undefined);
  res.writeHead(505, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    connection: 'close',
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}

interface ParserRefusal {
  readonly reason: FrontDoorReason;
  readonly problem: Problem;
}

function describeRefusal(code: string): ParserRefusal | undefined {
  switch (code) {
    case 'ECONNRESET':
    case 'EPIPE':
      return undefined;
    case 'HPE_HEADER_OVERFLOW':
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { reason: 'head-too-large', problem: { status: 431, detail: 'The head of this request is too large.' } };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { reason: 'head-timeout', problem: { status: 408, detail: 'This request took too long to arrive.' } };
    default:
      return { reason: 'malformed', problem: { status: 400, detail: 'This is not a valid HTTP request.' } };
  }
}

function formatResponse(problem: Problem): string {
  const body = formatProblem(problem, undefined);
  const reason = JSON.parse(body).title;
  return [
    `HTTP/1.1 ${problem.status} ${reason}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
    '',
    body,
  ].join('\r\n');
}

function isSocket(socket: unknown): socket is Socket {
  return typeof socket === 'object' && socket !== null && 'bytesWritten' in socket;
}

/** Node keeps the response that a socket is busy with in this undocumented field. */
function hasOpenResponse(socket: object): boolean {
  return '_httpMessage' in socket && socket._httpMessage !== null;
}
