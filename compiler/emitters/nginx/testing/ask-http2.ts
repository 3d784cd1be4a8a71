/**
 * Requests over one HTTP/2 connection, as a browser sends them: also for another name than the one it was opened for.
 */
import { connect, type OutgoingHttpHeaders } from 'node:http2';

export interface Http2Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Http2Connection {
  ask(path: string, options?: Http2Ask): Promise<Http2Answer>;
  close(): void;
}

export interface Http2Ask {
  readonly method?: string;
  readonly authority?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

/** Opens the connection for `host`, whatever certificate the test has. */
export function openHttp2(port: number, host: string): Http2Connection {
  const session = connect(`https://${host}:${port}`, {
    lookup: (_name, options, done) =>
      options.all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
    rejectUnauthorized: false,
    servername: host,
    maxSendHeaderBlockLength: 1 << 20,
  });
  session.on('error', () => undefined);
  return {
    ask: (path, { method = 'GET', authority = host, headers = {}, body } = {}) =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ...headers, ':path': path, ':method': method, ':authority': authority });
        let status = 0;
        let fields: Http2Answer['headers'] = {};
        const chunks: Buffer[] = [];
        stream.on('response', (answer) => {
          status = Number(answer[':status']);
          fields = answer;
        });
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => resolve({ status, headers: fields, body: Buffer.concat(chunks).toString() }));
        // An answer may come before the body was sent, and then the rest is refused.
        stream.on('error', (error) => (status === 0 ? reject(error) : undefined));
        stream.end(body);
      }),
    close: () => session.destroy(),
  };
}
