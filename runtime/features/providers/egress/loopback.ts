/**
 * Names of this machine for itself.
 *
 * What listens on loopback and asks for no credential must not answer to another name: a browser takes a name that was
 * bound anew to 127.0.0.1 (DNS rebinding) for the origin of the page, and then no CORS rule stops it.
 */
import { isInRanges, parseRanges } from '../../../http/client-address.ts';

const RANGES = parseRanges(['127.0.0.0/8', '::1/128']) ?? [];

/** `address`: of a socket, in text. */
export function isLoopbackAddress(address: string): boolean {
  return isInRanges(address, RANGES);
}

/** `host`: a Host field, with or without a port. Names below `localhost` are loopback too (RFC 6761, 6.3). */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return /^(?:.+\.)?localhost\.?$/i.test(name) || isLoopbackAddress(name);
}
