/**
 * Who the client is, by address.
 *
 * Owns trust in proxies: X-Forwarded-* is believed only from a peer inside the listed ranges, and X-Forwarded-For is
 * walked from the right, where the nearest proxy wrote, to the first address that is not a listed proxy. What stands left
 * of it was written by the client itself.
 */
import ipaddr from 'ipaddr.js';

export type AddressRanges = readonly (readonly [ipaddr.IPv4 | ipaddr.IPv6, number])[];

export interface ClientAddress {
  /** The client in canonical text. */
  readonly client: string;
  /** Budget key: the address for IPv4, the /64 for IPv6, since one subscriber holds a whole one. */
  readonly key: string;
  /** Whether the peer may speak for a client. */
  readonly peerTrusted: boolean;
  /** The chain to forward: believed entries, then the peer. */
  readonly forwardedFor: string;
}

/** Parses ranges such as `10.0.0.0/8`; undefined when one is not a range. */
export function parseRanges(cidrs: readonly string[]): AddressRanges | undefined {
  const ranges = cidrs.map((cidr) => (ipaddr.isValidCIDR(cidr) ? ipaddr.parseCIDR(cidr) : undefined));
  return ranges.every((range) => range !== undefined) ? ranges : undefined;
}

/** Whether the address lies in one of the ranges. An IPv4 address inside IPv6 counts as IPv4. */
export function isInRanges(address: string, ranges: AddressRanges): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && contains(parsed, ranges);
}

/** Resolves the client from the peer of the connection and the X-Forwarded-For lines, in the order received. */
export function resolveClient(peer: string, forwardedFor: readonly string[], proxies: AddressRanges): ClientAddress {
  const parsedPeer = parseAddress(peer);
  const peerText = parsedPeer?.toString() ?? 'unknown';
  const peerTrusted = parsedPeer !== undefined && contains(parsedPeer, proxies);
  let client = parsedPeer;
  let believed: readonly string[] = [];
  if (peerTrusted) {
    for (const entry of entriesOf(forwardedFor).reverse()) {
      const hop = parseAddress(entry);
      // Junk ends the walk: the proxy that wrote it is the last hop known.
      if (hop === undefined) break;
      client = hop;
      believed = [hop.toString(), ...believed];
      if (!contains(hop, proxies)) break;
    }
  }
  return {
    client: client?.toString() ?? 'unknown',
    key: client === undefined ? 'unknown' : addressKey(client),
    peerTrusted,
    forwardedFor: [...believed, peerText].join(', '),
  };
}

/** An empty entry of a list was written by nobody (RFC 9110, 5.6.1). */
function entriesOf(lines: readonly string[]): string[] {
  return lines
    .join(',')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

const REMEMBERED = 4_096;

/** `resolveClient` with a bounded memory, since the same few peers and chains come again and again. */
export function createClientResolver(
  proxies: AddressRanges,
): (peer: string, forwardedFor: string | readonly string[] | undefined) => ClientAddress {
  const peers = new Map<string, ClientAddress>();
  const chains = new Map<string, ClientAddress>();
  return (peer, forwardedFor) => {
    const alone = peers.get(peer) ?? remember(peers, peer, resolveClient(peer, [], proxies));
    if (forwardedFor === undefined || !alone.peerTrusted) return alone;
    const line = typeof forwardedFor === 'string' ? forwardedFor : forwardedFor.join(',');
    const key = `${peer} ${line}`;
    return chains.get(key) ?? remember(chains, key, resolveClient(peer, [line], proxies));
  };
}

function remember(known: Map<string, ClientAddress>, key: string, address: ClientAddress): ClientAddress {
  if (known.size >= REMEMBERED) known.clear();
  if (key.length < 256) known.set(key, address);
  return address;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

function parseAddress(text: string): Address | undefined {
  const bare = text.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  // `isValid` alone also takes `127.1` and `0x7f000001`, which no proxy writes.
  if (!ipaddr.IPv6.isValid(bare) && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return undefined;
  return ipaddr.process(bare);
}

function contains(address: Address, ranges: AddressRanges): boolean {
  return ranges.some((range) => address.kind() === range[0].kind() && address.match([range[0], range[1]]));
}

function addressKey(address: Address): string {
  if (!(address instanceof ipaddr.IPv6)) return address.toString();
  return `${address.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
