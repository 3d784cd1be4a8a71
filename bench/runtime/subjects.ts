/**
 * What is measured, by name. Each answers on a free port of loopback, in a process of its own.
 *
 * The bare ones are what the runtime is built of, without any guarantee: nothing is refused, counted, limited or logged.
 */
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { type Dispatcher, Pool } from 'undici';
import { startGateway } from './gateway.ts';

/** Where to send requests, and with which credential. */
export interface Subject {
  readonly port: number;
  readonly key?: string;
}

export const SUBJECTS = {
  'node:http answering': () => listen((_req, res) => res.end('{}')),
  'Koa answering': () => {
    const app = new Koa();
    app.use((ctx) => {
      ctx.body = '{}';
    });
    return listen(app.callback());
  },
  'node:http + undici': (upstream: string) => {
    const pool = openPool(upstream);
    return listen((req, res) => dispatch(pool, req.url ?? '', req.rawHeaders, res));
  },
  'Koa + undici': (upstream: string) => {
    const pool = openPool(upstream);
    const app = new Koa();
    app.use((ctx) => {
      ctx.respond = false;
      dispatch(pool, ctx.req.url ?? '', ctx.req.rawHeaders, ctx.res);
    });
    return listen(app.callback());
  },
  'runtime, no policy': (upstream: string) => startGateway(upstream, 'plain'),
  'runtime, everything on': (upstream: string) => startGateway(upstream, 'full'),
} satisfies Readonly<Record<string, (upstream: string) => Promise<Subject>>>;

export type SubjectName = keyof typeof SUBJECTS;

function listen(listener: RequestListener): Promise<Subject> {
  const server = createServer(listener);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ port: (server.address() as AddressInfo).port }));
  });
}

function openPool(upstream: string): Pool {
  return new Pool(upstream, { connections: 128, pipelining: 1 });
}

function dispatch(pool: Pool, path: string, headers: readonly string[], res: ServerResponse): void {
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: () => undefined,
    onResponseStart: (_controller, status, fields) => void res.writeHead(status, fields),
    onResponseData: (_controller, chunk) => void res.write(chunk),
    onResponseEnd: () => void res.end(),
    onResponseError: () => void res.destroy(),
  };
  pool.dispatch({ method: 'GET', path, headers: [...headers] }, handler);
}
