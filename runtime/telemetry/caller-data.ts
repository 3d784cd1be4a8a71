/**
 * How much of a caller telemetry tells.
 *
 * Owns the two forms of `telemetry.callerData`. Spans always get the minimised one (traces/span-attributes.ts).
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { ClientAddress } from '../http/client-address.ts';
import type { Exchange } from '../http/exchange.ts';

/** What a log line says of who called and what for. */
export interface CallerData {
  client(exchange: Exchange): string;
  path(exchange: Exchange): string | undefined;
}

const FULL: CallerData = {
  client: ({ client }) => client.client,
  path: ({ path }) => (path === '' ? undefined : path),
};

// What a caller appends to a route's path may be a name, an e-mail address or a question.
const MINIMISED: CallerData = {
  client: ({ client }) => networkOf(client),
  path: ({ route, path }) => (route === undefined || route.path === path ? route?.path : `${route.path}…`),
};

export function callerData({ callerData }: RuntimePolicy['telemetry']): CallerData {
  return callerData === 'minimised' ? MINIMISED : FULL;
}

/** The network of an address: its first 24 bits for IPv4, 48 for IPv6. */
export function networkOf({ key }: ClientAddress): string {
  // The budget key is the address itself for IPv4, and `a:b:c:d::/64` for IPv6.
  if (key.includes(':')) return `${key.split(':', 3).join(':')}::/48`;
  const end = key.lastIndexOf('.');
  return end === -1 ? key : `${key.slice(0, end)}.0/24`;
}
