/**
 * What is wrong with a network in CIDR notation.
 *
 * Owns the rules that a pattern cannot state: the address exists, the length fits its family, and no bit is set behind the length, since
 * some readers refuse such a network and others silently cut it.
 */
import ipaddr from 'ipaddr.js';
import type { FormFault } from './form-fault.ts';

/** Undefined when nothing is wrong with it. */
export function explainNetwork(text: string): FormFault | undefined {
  const [address = '', length = '', ...rest] = text.split('/');
  const isKnown =
    ipaddr.IPv4.isValidFourPartDecimal(address) || (address.includes(':') && ipaddr.IPv6.isValid(address));
  if (!isKnown || rest.length > 0)
    return {
      reason: `\`${address}\` is no address`,
      hint: 'Write an address, `/` and the length, such as `10.0.0.0/8`.',
    };
  const longest = address.includes(':') ? 128 : 32;
  if (length === '')
    return { reason: 'the length of the network is missing', hint: `Write \`${address}/${longest}\`.` };
  if (!/^\d{1,3}$/.test(length) || Number(length) > longest)
    return {
      reason: `its length is \`${length}\`, and ${longest} is the most`,
      hint: `Write a length up to ${longest}, such as \`10.0.0.0/8\`.`,
    };
  const network = ipaddr.parseCIDR(text)[0].kind() === 'ipv6' ? ipaddr.IPv6 : ipaddr.IPv4;
  const exact = `${network.networkAddressFromCIDR(text)}/${Number(length)}`;
  const written = `${ipaddr.parse(address)}/${Number(length)}`;
  return exact === written ? undefined : { reason: 'it has bits behind its length', hint: `Write \`${exact}\`.` };
}
