/**
 * Addresses at which a cloud hands a machine its own credentials: never a target, whatever a policy or a name server says.
 *
 * Owns the list. The rule of the policy asks by name and literal address (policy-rules.ts), each new connection by what the
 * name means at that moment (proxy/lookup-target.ts), so a name that is bound anew does not get there either.
 * There is no exception: nothing that speaks for a tenant is served from there.
 */
import ipaddr from 'ipaddr.js';
import { isInRanges, parseRanges } from '../http/client-address.ts';

const RANGES =
  parseRanges([
    // Link-local: AWS, Google, Azure, Oracle, DigitalOcean, and the credentials of ECS and EKS (RFC 3927, RFC 4291 2.5.6).
    '169.254.0.0/16',
    'fe80::/10',
    // AWS by IPv6: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
    'fd00:ec2::/32',
    // Google by IPv6: https://cloud.google.com/compute/docs/metadata/querying-metadata
    'fd20:ce::254/128',
    // Alibaba: https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
    '100.100.100.200/32',
    // Azure: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
    '168.63.129.16/32',
  ]) ?? [];

const NAMES = new Set(['metadata.google.internal', 'metadata.goog', 'instance-data.ec2.internal']);

/** Whether a host of a URL, as `new URL` writes it, is one of them. */
export function isMetadataHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.+$/, '');
  return NAMES.has(bare.toLowerCase()) || isMetadataAddress(bare);
}

/** Whether an address in text is one of them; false for what is no address. */
export function isMetadataAddress(address: string): boolean {
  const [bare = ''] = address.split('%');
  return ipaddr.isValid(bare) && isInRanges(bare, RANGES);
}
