/**
 * One call of a service, as far as it is known.
 *
 * The head is checked as strictly as at the front door, and a browser is refused whatever it asks: this port spends money
 * and needs no credential, so a page that reaches it by name or address must get nothing.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Problem } from '../../../http/problem.ts';
import { parseTarget } from '../../../http/request-target.ts';
import { checkHead } from '../../../http/steps/front-door.ts';
import { isLoopbackAddress, isLoopbackHost } from './loopback.ts';

export interface EgressCall {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly requestId: string;
  /** Whether the service named the request for which it calls. */
  readonly isGrouped: boolean;
  /** Empty when unknown. */
  readonly tenant: string;
  /** The only target that will do; undefined when any will. */
  readonly wanted: string | undefined;
  readonly startedMs: number;
  /** Aborted when the service went away. */
  readonly signal: AbortSignal;
  /** As the path names it; empty while unknown. */
  provider: string;
  /** What follows the provider, with query: what is asked of the target below its base address. */
  rest: string;
  query: string;
  /** Who was asked last, and where. */
  servedBy: string | undefined;
  target: string | undefined;
  attempts: number;
  waitedMs: number;
  /** Why it ended as it did, for the log. */
  outcome: string | undefined;
}

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;
/** By this a service chooses among the targets of a provider, where they are not the same to it. */
export const TARGET_FIELD = 'x-provider-target';
const MAX_TENANT_LENGTH = 128;

export function openCall(req: IncomingMessage, res: ServerResponse, startedMs: number): EgressCall {
  const given = req.headers['x-request-id'];
  const isGrouped = typeof given === 'string' && REQUEST_ID.test(given);
  const tenant = req.headers['x-consumer-tenant'];
  const wanted = req.headers[TARGET_FIELD];
  const gone = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) gone.abort(new Error('client-abort'));
  });
  return {
    req,
    res,
    requestId: isGrouped ? given : randomUUID(),
    isGrouped,
    tenant: typeof tenant === 'string' ? tenant.slice(0, MAX_TENANT_LENGTH) : '',
    wanted: typeof wanted === 'string' ? wanted : undefined,
    startedMs,
    signal: gone.signal,
    provider: '',
    rest: '',
    query: '',
    servedBy: undefined,
    target: undefined,
    attempts: 0,
    waitedMs: 0,
    outcome: undefined,
  };
}

/** Takes in where the call wants to go; the answer is what is wrong with it. */
export function readTarget(call: EgressCall): Problem | undefined {
  const { req } = call;
  const names = req.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const refusal = checkHead({ req, method: req.method ?? '', names });
  if (refusal !== undefined) return refusal;
  if (names.includes('origin') || names.includes('sec-fetch-site')) {
    return { status: 403, detail: 'This address is for services, and a browser was asking.' };
  }
  // Without Origin a browser comes here by a name that was bound anew to this address.
  if (isLoopbackAddress(req.socket.localAddress ?? '') && !isLoopbackHost(req.headers.host ?? '')) {
    return { status: 403, detail: 'This address answers to names of loopback, such as localhost.' };
  }
  const target = parseTarget(req.url ?? '');
  if (target.kind === 'refused') return { status: 400, detail: target.detail };
  const [, provider = '', rest = ''] = /^\/([^/]*)(.*)$/.exec(target.path) ?? [];
  call.provider = provider;
  call.rest = rest;
  call.query = target.query;
  return undefined;
}
