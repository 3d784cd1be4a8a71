/**
 * Who is at the other end of a connection, in the words of a NetworkPolicy.
 *
 * A NetworkPolicy knows pods, namespaces and address ranges, but no host names. A name inside the cluster becomes its namespace, an
 * address becomes itself, and any other name becomes a range: the public internet for companies that are called, everything but the
 * link-local addresses for datastores, which may lie in a private network. The link-local range holds the metadata service of clouds,
 * where a stolen request would find the credentials of the node.
 */

import ipaddr from 'ipaddr.js';
import { LABELS, NEIGHBOURS } from '../../../schemas/kubernetes-conventions.ts';
import type { DatastoreModel } from '../../resolve/model/index.ts';
import type { NetworkPolicyPeer } from './kubernetes-api.ts';

const LINK_LOCAL = '169.254.0.0/16';

/** Ranges that are not the public internet (RFC 1918, 6598, 1122, 3927). */
const NOT_PUBLIC = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  LINK_LOCAL,
  '172.16.0.0/12',
  '192.168.0.0/16',
] as const;

export const PUBLIC_INTERNET: NetworkPolicyPeer = { ipBlock: { cidr: '0.0.0.0/0', except: [...NOT_PUBLIC] } };
export const ANY_NETWORK: NetworkPolicyPeer = { ipBlock: { cidr: '0.0.0.0/0', except: [LINK_LOCAL] } };

/** Where a datastore is. Its host may be known to its secret alone; then its placement says in which network it lies. */
export function peersOfDatastore({ host, placement }: Pick<DatastoreModel, 'host' | 'placement'>): NetworkPolicyPeer[] {
  if (host !== undefined) return [...peersOfHost(host, ANY_NETWORK)];
  return placement === 'self' ? [{ podSelector: {} }] : [ANY_NETWORK];
}

/** The peers behind a host name or address. `elsewhere` stands for names outside the cluster. */
export function peersOfHost(host: string, elsewhere: NetworkPolicyPeer): readonly NetworkPolicyPeer[] {
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return [addressPeer(`${host}/32`)];
  if (ipaddr.IPv6.isValid(host)) return [addressPeer(`${host}/128`)];
  const [name, namespace, svc, ...rest] = host.split('.');
  // One word is a Service of the same namespace.
  if (name !== undefined && namespace === undefined) return [{ podSelector: {} }];
  const isClusterName = svc === 'svc' && (rest.length === 0 || rest.join('.') === 'cluster.local');
  return isClusterName && namespace !== undefined ? [namespacePeer(namespace)] : [elsewhere];
}

export const addressPeer = (cidr: string): NetworkPolicyPeer => ({ ipBlock: { cidr } });

export const namespacePeer = (namespace: string, labels?: Readonly<Record<string, string>>): NetworkPolicyPeer => ({
  namespaceSelector: { matchLabels: { [LABELS.namespaceName]: namespace } },
  ...(labels === undefined ? {} : { podSelector: { matchLabels: { ...labels } } }),
});

/** All pods of these applications in the same namespace, those of their jobs included. */
export const applicationPeers = (names: readonly string[]): NetworkPolicyPeer[] =>
  [...new Set(names)].sort().map((name) => ({ podSelector: { matchLabels: { [LABELS.name]: name } } }));

export const dnsPeers = (): NetworkPolicyPeer[] => [
  namespacePeer(NEIGHBOURS.dns.namespace, NEIGHBOURS.dns.labels),
  addressPeer(NEIGHBOURS.nodeLocalDns),
];

export const prometheusPeer = (): NetworkPolicyPeer =>
  namespacePeer(NEIGHBOURS.prometheus.namespace, NEIGHBOURS.prometheus.labels);
