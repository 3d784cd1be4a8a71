/**
 * One request from head to log line: enforce, forward, answer, observe.
 *
 * Whatever happens inside becomes a response, or the end of the connection where a response has begun.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { openDecision, tellDecision } from '../http/decision.ts';
import { type Answer, type Exchange, setField } from '../http/exchange.ts';
import type { Phase } from '../http/phase.ts';
import { writeHead } from '../http/write-head.ts';
import { createProxy } from '../proxy/proxy.ts';
import { createWebSocketProxy } from '../proxy/websocket/create-websocket-proxy.ts';
import { isTunnel } from '../proxy/websocket/takes-tunnels.ts';
import { createEnforcer } from './enforce.ts';
import { createObserver } from './observe.ts';
import type { AppParts } from './parts.ts';

export function gateway(parts: AppParts): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  const { phase, adminToken } = parts;
  const observer = createObserver(parts);
  const enforce = createEnforcer(parts);
  const respond = parts.inFrontOfProxy(createProxy(parts));
  const tunnel = createWebSocketProxy(parts);
  return async function gateway(req, res) {
    const exchange = observer.open(req, res);
    exchange.decision = openDecision(exchange, adminToken);
    try {
      const verdict = enforce(exchange);
      const refusal = verdict instanceof Promise ? await verdict : verdict;
      const answer = refusal ?? (await (goesThrough(exchange) ? tunnel : respond)(exchange, res));
      if (answer !== undefined) send(exchange, res, answer, phase);
    } catch (error) {
      const answer = observer.failed(exchange, error);
      if (res.headersSent) res.destroy();
      else send(exchange, res, answer, phase);
    }
    observer.close(exchange, res.statusCode, res.headersSent);
  };
}

const goesThrough = (exchange: Exchange): boolean => exchange.route !== undefined && isTunnel(exchange, exchange.route);

function send(exchange: Exchange, res: ServerResponse, { status, body }: Answer, phase: Phase): void {
  if (phase.isStopping) setField(exchange, 'connection', 'close');
  if (body !== undefined) setField(exchange, 'content-length', String(Buffer.byteLength(body)));
  tellDecision(exchange);
  writeHead(res, status, exchange.fields);
  res.end(body);
}
