/** An exchange for tests of one policy, without the gateway around it. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Exchange } from '../http/exchange.ts';
import { parseTarget } from '../http/request-target.ts';
import { idsOnly } from '../telemetry/traces/request-tracer.ts';
import { testRoute } from './policy.ts';

/** What a test says of its request; the rest is a GET of /v1/items without fields. */
export interface TestRequest {
  readonly method?: string;
  readonly target?: string;
  /** Name, value, name, value. */
  readonly headers?: readonly string[];
}

export function testExchange(request: TestRequest = {}, change: Partial<Exchange> = {}): Exchange {
  const { method = 'GET', target = '/v1/items', headers = [] } = request;
  const req = new IncomingMessage(new Socket());
  req.method = method;
  req.url = target;
  req.rawHeaders = [...headers];
  for (let index = 0; index < headers.length; index += 2) {
    req.headers[(headers[index] ?? '').toLowerCase()] = headers[index + 1];
  }
  return exchangeOf(req, new ServerResponse(req), change);
}

/** The same around a request that a real server received. */
export function exchangeOf(req: IncomingMessage, res: ServerResponse, change: Partial<Exchange> = {}): Exchange {
  const parsed = parseTarget(req.url ?? '/');
  return {
    req,
    res,
    method: req.method ?? 'GET',
    names: req.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()),
    requestId: 'a-request-of-a-test',
    startedMs: performance.now(),
    client: { client: '127.0.0.1', key: '127.0.0.1', forwardedFor: '127.0.0.1', peerTrusted: false },
    trace: idsOnly.open(req, false),
    path: parsed.kind === 'target' ? parsed.path : '/',
    query: parsed.kind === 'target' ? parsed.query : '',
    route: testRoute(),
    isPreflight: false,
    principal: { kind: 'anonymous' },
    fields: [],
    body: undefined,
    cleanups: [],
    tap: undefined,
    decision: undefined,
    outcome: undefined,
    upstreamMs: undefined,
    ...change,
  };
}
