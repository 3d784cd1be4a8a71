/**
 * Refuses upgrades that are no WebSocket handshake (RFC 6455, 4.2.1), that come from a page of another origin, or that
 * the policy has switched off.
 *
 * Stands before identity: all of this is cheap to see. A browser sends no credential of ours with a handshake that a
 * foreign page started, but cookies of an upstream it does, and no CORS rule stops it; so Origin is compared here.
 */
import type { Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { type Exchange, type Handler, setField, type Verdict } from '../../http/exchange.ts';
import { isUpgrade } from '../../http/gateway-request.ts';
import { answerProblem } from '../../http/problem.ts';
import type { StreamMetrics } from './stream-metrics.ts';
import { isTunnel, takesTunnels } from './takes-tunnels.ts';

export interface AcceptUpgradeOptions {
  readonly policy: RuntimePolicy;
  /** Undefined in the library form, which opens no tunnels. */
  readonly streams: StreamMetrics | undefined;
}

/** 16 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;
const ONCE = ['sec-websocket-key', 'sec-websocket-version', 'origin'];

/** The policy of one route; undefined where there is nothing to upgrade. */
export function acceptUpgrade({ policy, streams }: AcceptUpgradeOptions, route: Route): Handler | undefined {
  if (!takesTunnels(route)) return undefined;
  const origins = route.cors ? new Set(policy.cors.origins) : undefined;
  const isEnabled = route.websocket?.enabled ?? true;

  return function acceptUpgrade(exchange): Verdict {
    if (!isTunnel(exchange, route)) return undefined;
    if (!isEnabled) {
      streams?.tunnelRefused('disabled');
      return answerProblem(exchange, { status: 503, detail: 'WebSocket connections are switched off.' });
    }
    const fault = faultOf(exchange);
    if (fault !== undefined) {
      streams?.tunnelRefused('handshake');
      return fault;
    }
    const { origin } = exchange.req.headers;
    if (origins !== undefined && origin !== undefined && !origins.has(origin)) {
      streams?.tunnelRefused('origin');
      return answerProblem(exchange, { status: 403, detail: 'This origin may not call this service.' });
    }
    return undefined;
  };
}

function faultOf(exchange: Exchange): Verdict {
  const { req, names } = exchange;
  if (!isUpgrade(req)) {
    setField(exchange, 'upgrade', 'websocket');
    setField(exchange, 'connection', 'upgrade');
    return answerProblem(exchange, { status: 426, detail: 'This resource is reached by WebSocket.' });
  }
  const key = req.headers['sec-websocket-key'] ?? '';
  const isOnce = ONCE.every((name) => names.indexOf(name) === names.lastIndexOf(name));
  if (req.httpVersion !== '1.1' || !isOnce || !KEY.test(key)) {
    return answerProblem(exchange, { status: 400, detail: 'This is not a valid WebSocket handshake.' });
  }
  if (req.headers['sec-websocket-version'] === '13') return undefined;
  setField(exchange, 'sec-websocket-version', '13');
  return answerProblem(exchange, { status: 426, detail: 'The only version of WebSocket is 13.' });
}
