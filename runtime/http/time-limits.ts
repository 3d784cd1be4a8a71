/**
 * How long a request may take to arrive, and what is done with one that was answered before it came whole.
 *
 * Owns the limits that Node keeps for a whole server. What a single route allows is kept by who forwards it or reads its
 * body; the server only has to be no shorter than the longest of them.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { hasBody } from './request-body.ts';

/** For the head of a request. */
export const HEAD_MS = 10_000;
/** For what is left of a body that nobody waits for any more; nginx lingers as long. */
const LINGER_MS = 5_000;

/** Time for a whole request: the longest of any route, and time for its head. A tunnel has no body. */
export function requestTimeoutMs({ routes }: Pick<RuntimePolicy, 'routes'>): number {
  return HEAD_MS + Math.max(0, ...routes.map(({ kind, timeoutMs }) => (kind === 'websocket' ? 0 : timeoutMs)));
}

/** Lets a server that is running follow another policy. */
export function followRoutes(server: Server, policy: Pick<RuntimePolicy, 'routes'>): void {
  server.requestTimeout = requestTimeoutMs(policy);
}

/** Bounds how long a body may go on after the answer: a client that sends a byte a second would hold its connection for ever. */
export function boundRest(req: IncomingMessage, res: ServerResponse): void {
  if (hasBody(req)) res.once('finish', () => endRest(req));
}

function endRest(req: IncomingMessage): void {
  if (req.complete || req.destroyed) return;
  const timer = setTimeout(() => req.socket.destroy(), LINGER_MS).unref();
  req.once('close', () => clearTimeout(timer));
}
