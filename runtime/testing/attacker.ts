/**
 * Somebody who writes requests by hand, so that no client library stands between a test and the bytes.
 */
import { connect } from 'node:net';

export interface Reply {
  /** 0 when the connection ended without an answer. */
  readonly status: number;
  /** Status line and fields, as received. */
  readonly head: string;
  /** As received: chunks are not put together. */
  readonly body: string;
  /** Value of a field; undefined when it is not there. */
  field(name: string): string | undefined;
  /** Names of all fields in lower case, sorted. */
  readonly names: readonly string[];
}

/** A machine with much to do answers late; that nothing comes at all is not waited for longer. */
const SILENT_MS = 15_000;

/** Sends one request and reads until the connection ends. Host, Connection and Content-Length are added where missing. */
export async function attack(port: number, line: string, fields: readonly string[] = [], body = ''): Promise<Reply> {
  const has = (name: string): boolean => fields.some((field) => field.toLowerCase().startsWith(`${name}:`));
  const head = [
    `${line} HTTP/1.1`,
    ...(has('host') ? [] : ['Host: a']),
    ...(has('connection') ? [] : ['Connection: close']),
    ...(body === '' || has('content-length') || has('transfer-encoding') ? [] : [`Content-Length: ${body.length}`]),
    ...fields,
  ];
  return readReply(await sendBytes(port, `${head.join('\r\n')}\r\n\r\n${body}`));
}

/** An answer without end is read to its end, and only its beginning is kept: all of it would be longer than a text can be. */
const MOST_KEPT = 16_777_216;

/** Sends bytes, and gives back what comes until the connection ends. */
export function sendBytes(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    let kept = 0;
    socket.setTimeout(SILENT_MS, () => socket.destroy());
    socket.on('connect', () => socket.write(Buffer.from(bytes, 'latin1')));
    socket.on('data', (chunk) => {
      if (kept < MOST_KEPT) chunks.push(chunk);
      kept += chunk.length;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

export function readReply(text: string): Reply {
  const end = text.indexOf('\r\n\r\n');
  const head = end === -1 ? text : text.slice(0, end);
  const fields = head
    .split('\r\n')
    .slice(1)
    .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    head,
    body: end === -1 ? '' : text.slice(end + 4),
    field: (name) => fields.find(([known]) => known === name)?.[1],
    names: fields.map(([name]) => name).sort(),
  };
}
