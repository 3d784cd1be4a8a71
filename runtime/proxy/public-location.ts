/**
 * Addresses in an answer that lead to the service itself, changed to lead where its caller came from.
 *
 * A service that builds redirects from the Host that it was asked for sends its inner address, which no browser can reach and
 * nobody outside should know. Owns which fields hold such addresses, and which origin is the service's own: the host of any
 * of its targets, whatever the scheme, since many take that from X-Forwarded-Proto. Where it is asked for the public Host, its
 * own origin is the public one, and only a scheme that it could not know is mended. `https` never becomes `http`.
 */
import type { Route, RuntimePolicy, Upstream } from '../../schemas/runtime-policy.gen.ts';
import type { Exchange } from '../http/exchange.ts';
import type { ResponseHead } from '../http/write-head.ts';
import { forwardedHost, forwardedProto } from './request-head.ts';

const FIELDS = ['location', 'content-location', 'refresh'];
const ABSOLUTE = /^(https?:)?\/\/([^/?#\\@]+)(?=[/?#]|$)/i;
const REFRESH = /^(\s*[0-9.]+\s*[;,]\s*url\s*=\s*["']?)(.*)$/is;

export interface Place {
  /** Hosts of the service, as a URL has them. */
  readonly own: ReadonlySet<string>;
  /** Where the caller came from. */
  readonly host: string;
  readonly scheme: 'http' | 'https';
}

/** The head with public addresses; the same head where there is nothing to change. */
export function withPublicLocation(exchange: Exchange, head: ResponseHead, policy: RuntimePolicy): ResponseHead {
  const { route } = exchange;
  if (route === undefined || !FIELDS.some((name) => head.headers[name] !== undefined)) return head;
  const place = placeOf(exchange, route, policy);
  if (place === undefined) return head;
  const headers = { ...head.headers };
  for (const name of FIELDS) {
    const value = headers[name];
    const map = name === 'refresh' ? mapRefresh : mapLocation;
    if (value !== undefined)
      headers[name] = typeof value === 'string' ? map(value, place) : value.map((one) => map(one, place));
  }
  return { ...head, headers };
}

function placeOf(exchange: Exchange, route: Route, { upstreams }: RuntimePolicy): Place | undefined {
  const upstream = upstreams[route.upstream];
  const host = forwardedHost(exchange);
  if (upstream === undefined || host === undefined) return undefined;
  const hosts = hostsOf(upstream);
  const asked = upstream.host === 'keep' ? hostIn(host) : undefined;
  const own = asked === undefined ? hosts : new Set([...hosts, asked]);
  return { own, host, scheme: forwardedProto(exchange) };
}

const HOSTS = new WeakMap<Upstream, ReadonlySet<string>>();

function hostsOf(upstream: Upstream): ReadonlySet<string> {
  const known = HOSTS.get(upstream) ?? new Set(upstream.targets.map((target) => new URL(target).host));
  HOSTS.set(upstream, known);
  return known;
}

/** Maps an absolute or scheme-relative address of the service's own; any other is left as it is, byte for byte. */
export function mapLocation(value: string, { own, host, scheme }: Place): string {
  const [whole = '', said, authority = ''] = ABSOLUTE.exec(value) ?? [];
  const asked = authority === '' ? undefined : hostIn(authority);
  if (asked === undefined || !own.has(asked)) return value;
  const isSecure = scheme === 'https' || said?.toLowerCase() === 'https:';
  return `${said === undefined ? '' : isSecure ? 'https:' : 'http:'}//${host}${value.slice(whole.length)}`;
}

function mapRefresh(value: string, place: Place): string {
  const [, before, address] = REFRESH.exec(value) ?? [];
  return before === undefined || address === undefined ? value : `${before}${mapLocation(address, place)}`;
}

/** The host as a URL has it: in lower case, without a default port; undefined for what is none. */
function hostIn(authority: string): string | undefined {
  return URL.canParse(`http://${authority}`) ? new URL(`http://${authority}`).host : undefined;
}
