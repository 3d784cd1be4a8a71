/**
 * A collector for tests: takes OTLP over HTTP and gRPC, and keeps what it was sent, decoded.
 *
 * `blackHole` is one that takes connections and never answers.
 */
import { createServer as createHttpServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { createServer as createHttp2Server, type Http2Session } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import { bytesOf, type Fields, hexOf, messagesOf, numberOf, readFields, textOf } from './protobuf.ts';
import { bind } from './servers.ts';

export type Values = Readonly<Record<string, string | number | boolean>>;

export interface TestSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** 2 server, 3 client. */
  readonly kind: number;
  /** 0 unset, 2 error. */
  readonly status: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Values;
  readonly resource: Values;
}

export interface TestSeries {
  readonly name: string;
  readonly labels: Values;
  /** Of a histogram, its count. */
  readonly value: number;
  readonly resource: Values;
}

export interface TestCollector {
  readonly url: string;
  readonly spans: readonly TestSpan[];
  readonly series: readonly TestSeries[];
  /** Everything that was received, for what must not be in it. */
  readonly bytes: () => string;
  readonly requests: () => number;
  /** Of the last request over HTTP. */
  readonly headers: () => IncomingHttpHeaders;
}

type CleanUp = () => Promise<unknown>;

export async function startCollector(
  protocol: 'grpc' | 'http/protobuf',
  later: (cleanUp: CleanUp) => void,
): Promise<TestCollector> {
  const spans: TestSpan[] = [];
  const series: TestSeries[] = [];
  const received: Buffer[] = [];
  let headers: IncomingHttpHeaders = {};
  const take = (path: string, body: Buffer, head: IncomingHttpHeaders): void => {
    received.push(body);
    headers = head;
    if (/trace/i.test(path)) spans.push(...readSpans(body));
    else series.push(...readSeries(body));
  };
  const port = await (protocol === 'grpc' ? serveGrpc(take, later) : serveHttp(take, later));
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    series,
    bytes: () => Buffer.concat(received).toString('latin1'),
    requests: () => received.length,
    headers: () => headers,
  };
}

/** An address that takes connections and never answers. */
export async function startBlackHole(later: (cleanUp: CleanUp) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.resume();
  });
  const port = await bind(server);
  later(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${port}`;
}

type Take = (path: string, body: Buffer, head: IncomingHttpHeaders) => void;

async function serveHttp(take: Take, later: (cleanUp: CleanUp) => void): Promise<number> {
  const server = createHttpServer((req, res) => {
    void bodyOf(req).then((body) => {
      take(req.url ?? '', body, req.headers);
      res.setHeader('content-type', 'application/x-protobuf');
      res.end();
    });
  });
  const port = await bind(server);
  later(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return port;
}

async function bodyOf(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** gRPC is HTTP/2 with five bytes before each message: whether it is compressed, and its length. */
async function serveGrpc(take: Take, later: (cleanUp: CleanUp) => void): Promise<number> {
  const server = createHttp2Server();
  const sessions = new Set<Http2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      take(String(headers[':path']), Buffer.concat(chunks).subarray(5), headers);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.alloc(5));
    });
  });
  const port = await bind(server);
  later(() => {
    for (const session of sessions) session.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return port;
}

function readSpans(body: Buffer): readonly TestSpan[] {
  return messagesOf(readFields(body), 1).flatMap((group) => {
    const resource = readResource(group);
    return messagesOf(group, 2).flatMap((scope) => messagesOf(scope, 2).map((span) => readSpan(span, resource)));
  });
}

function readSpan(span: Fields, resource: Values): TestSpan {
  const [status] = messagesOf(span, 15);
  return {
    traceId: hexOf(span, 1),
    spanId: hexOf(span, 2),
    parentSpanId: hexOf(span, 4),
    name: textOf(span, 5),
    kind: numberOf(span, 6),
    status: status === undefined ? 0 : numberOf(status, 3),
    startNs: bytesOf(span, 7)[0]?.readBigUInt64LE() ?? 0n,
    endNs: bytesOf(span, 8)[0]?.readBigUInt64LE() ?? 0n,
    attributes: readValues(span, 9),
    resource,
  };
}

/** Gauges are field 5 of a metric, sums 7, histograms 9; their points keep attributes and values under other numbers. */
const POINTS = [
  { kind: 5, attributes: 7, value: [4, 6] },
  { kind: 7, attributes: 7, value: [4, 6] },
  { kind: 9, attributes: 9, value: [4] },
];

function readSeries(body: Buffer): readonly TestSeries[] {
  return messagesOf(readFields(body), 1).flatMap((group) => {
    const resource = readResource(group);
    const metrics = messagesOf(group, 2).flatMap((scope) => messagesOf(scope, 2));
    return metrics.flatMap((metric) =>
      POINTS.flatMap(({ kind, attributes, value }) =>
        messagesOf(metric, kind)
          .flatMap((data) => messagesOf(data, 1))
          .map((point) => ({
            name: textOf(metric, 1),
            labels: readValues(point, attributes),
            value: readNumber(point, value, kind === 9),
            resource,
          })),
      ),
    );
  });
}

function readNumber(point: Fields, [asDouble = 0, asInteger = 0]: readonly number[], isCount: boolean): number {
  const double = bytesOf(point, asDouble)[0];
  if (double !== undefined) return isCount ? Number(double.readBigUInt64LE()) : double.readDoubleLE();
  return Number(bytesOf(point, asInteger)[0]?.readBigInt64LE() ?? 0n);
}

function readResource(group: Fields): Values {
  const [resource] = messagesOf(group, 1);
  return resource === undefined ? {} : readValues(resource, 1);
}

function readValues(fields: Fields, field: number): Values {
  return Object.fromEntries(
    messagesOf(fields, field).map((pair) => {
      const [value = new Map()] = messagesOf(pair, 2);
      return [textOf(pair, 1), readValue(value)];
    }),
  );
}

function readValue(value: Fields): string | number | boolean {
  if (value.has(1)) return textOf(value, 1);
  if (value.has(2)) return numberOf(value, 2) === 1;
  if (value.has(3)) return numberOf(value, 3);
  return bytesOf(value, 4)[0]?.readDoubleLE() ?? '';
}
