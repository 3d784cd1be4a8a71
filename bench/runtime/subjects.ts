/**
 * What is measured, by name. Each answers on a free port of loopback, in a process of its own.
 *
 * The bare ones are what the runtime is built of, and the libraries are what others would take; none of them refuses,
 * counts, limits or logs anything. The stacks enforce the same policies as the runtime with everything on. All may keep
 * as many connections to the upstream as the runtime.
 */
import { Agent, createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import replyFrom from '@fastify/reply-from';
import fastify from 'fastify';
import httpProxy from 'http-proxy';
import Koa from 'koa';
import { type Dispatcher, Pool } from 'undici';
import { startGateway } from './gateway.ts';
import { startExpressStack } from './stacks/express-stack.ts';
import { startFastifyStack } from './stacks/fastify-stack.ts';
import type { Subject, Surroundings } from './subject-kinds.ts';

const CONNECTIONS = 128;

export const FASTIFY_STACK = 'Fastify, the same policies';
export const EXPRESS_STACK = 'Express, the same policies';

export const SUBJECTS = {
  'node:http answering': () => listen((_req, res) => res.end('{}')),
  'Koa answering': () => {
    const app = new Koa();
    app.use((ctx) => {
      ctx.body = '{}';
    });
    return listen(app.callback());
  },
  'node:http + undici': ({ upstream }: Surroundings) => {
    const pool = openPool(upstream);
    return listen((req, res) => dispatch(pool, req.url ?? '', req.rawHeaders, res));
  },
  'http-proxy': ({ upstream }: Surroundings) => {
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    const proxy = httpProxy.createProxyServer({ target: upstream, agent });
    return listen((req, res) => proxy.web(req, res));
  },
  '@fastify/reply-from': async ({ upstream }: Surroundings) => {
    const app = fastify();
    await app.register(replyFrom, { base: upstream, undici: { connections: CONNECTIONS, pipelining: 1 } });
    app.get('/*', (request, reply) => reply.from(request.raw.url));
    await app.listen({ host: '127.0.0.1', port: 0 });
    return { port: (app.server.address() as AddressInfo).port };
  },
  [FASTIFY_STACK]: (around: Surroundings) => startFastifyStack(around, CONNECTIONS),
  [EXPRESS_STACK]: (around: Surroundings) => startExpressStack(around, CONNECTIONS),
  'runtime, no policy': (around: Surroundings) => startGateway(around, {}),
  'with metrics': (around: Surroundings) => startGateway(around, { metrics: true }),
  'with 1 % traces': (around: Surroundings) => startGateway(around, { traces: 0.01 }),
  'with the log': (around: Surroundings) => startGateway(around, { log: true }),
  'with one limit': (around: Surroundings) => startGateway(around, { limits: 1 }),
  'with three limits': (around: Surroundings) => startGateway(around, { limits: 3 }),
  'runtime, everything on': (around: Surroundings) => startGateway(around, EVERYTHING),
  'everything on, Redis': (around: Surroundings) => startGateway(around, { ...EVERYTHING, redis: true }),
} satisfies Readonly<Record<string, (around: Surroundings) => Promise<Subject>>>;

const EVERYTHING = { key: true, limits: 3, metrics: true, log: true, edge: true } as const;

export type SubjectName = keyof typeof SUBJECTS;

/** Subjects that enforce the same policies, and must give the same answers. */
export const FULL_STACKS: readonly SubjectName[] = [
  FASTIFY_STACK,
  EXPRESS_STACK,
  'runtime, everything on',
  'everything on, Redis',
];

/** Subjects that cannot run without Redis. */
export const NEEDS_REDIS: ReadonlySet<string> = new Set<SubjectName>(['everything on, Redis']);

function listen(listener: RequestListener): Promise<Subject> {
  const server = createServer(listener);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ port: (server.address() as AddressInfo).port }));
  });
}

function openPool(upstream: string): Pool {
  return new Pool(upstream, { connections: CONNECTIONS, pipelining: 1 });
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
