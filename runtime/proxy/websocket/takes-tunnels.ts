/**
 * Which requests become tunnels: all of a WebSocket route, and the handshakes of a plain route that takes them too.
 */
import type { Route } from '../../../schemas/runtime-policy.gen.ts';
import type { Exchange } from '../../http/exchange.ts';
import { isUpgrade } from '../../http/gateway-request.ts';

/** Whether any request of the route may become one. */
export const takesTunnels = ({ kind, websocket }: Route): boolean =>
  kind === 'websocket' || (kind === 'http' && websocket !== undefined);

/** Whether this one is meant to. */
export const isTunnel = ({ req }: Pick<Exchange, 'req'>, route: Route): boolean =>
  route.kind === 'websocket' || (takesTunnels(route) && isUpgrade(req));
