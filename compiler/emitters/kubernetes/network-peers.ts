/**
 * Who is at the other end of a connection, in the words of a NetworkPolicy.
 *
 * A NetworkPolicy knows pods, namespaces and address ranges, but no host names. A name inside the cluster becomes its namespace, an
 * address becomes itself, and any other name becomes a range: the public internet for companies that are called, everything but the
 * link-local addresses for datastores, which may lie in a private network, over IPv4 and IPv6 alike. The link-local range holds the
 * metadata service of clouds, where a stolen request would find the credentials of the node.
 */

import ipaddr from 'ipaddr.js';
import { DNS, LABELS, labelValue } from '../../../schemas/kubernetes-conventions.ts';
import type { DatastoreModel, EnvironmentModel, Model } from '../../resolve/model/index.ts';
import type { NetworkPolicyPeer } from './kubernetes-api.ts';

const LINK_LOCAL = '169.254.0.0/16';
const LINK_LOCAL_6 = 'fe80::/10';

/** The metadata services of AWS and Google over IPv6 have unique local addresses, not link-local ones. */
const METADATA_6 = ['fd00:ec2::254/128', 'fd20:ce::254/128'] as const;

/** Ranges that are not the public internet (RFC 1918, 6598, 1122, 3927; for IPv6 RFC 4291 and 4193). */
const NOT_PUBLIC = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  LINK_LOCAL,
  '172.16.0.0/12',
  '192.168.0.0/16',
] as const;
const NOT_PUBLIC_6 = ['::1/128', 'fc00::/7', LINK_LOCAL_6] as const;

const everyAddress = (except: readonly string[], except6: readonly string[]): readonly NetworkPolicyPeer[] => [
  { ipBlock: { cidr: '0.0.0.0/0', except: [...except] } },
  { ipBlock: { cidr: '::/0', except: [...except6] } },
];

export const PUBLIC_INTERNET = everyAddress(NOT_PUBLIC, NOT_PUBLIC_6);
export const ANY_NETWORK = everyAddress([LINK_LOCAL], [...METADATA_6, LINK_LOCAL_6]);

/** Where a datastore is. Its host may be known to its secret alone; then its placement says in which network it lies. */
export function peersOfDatastore(
  store: Pick<DatastoreModel, 'host' | 'placement'> & { readonly name?: string },
): NetworkPolicyPeer[] {
  const { host, placement, name } = store;
  // The Service of a store that the system runs itself is named after it, and so are its pods.
  if (
    placement === 'self' &&
    name !== undefined &&
    host?.startsWith(`${name}.`) === true &&
    host.endsWith('.svc.cluster.local')
  )
    return [instancePeer(name)];
  if (host !== undefined) return [...peersOfHost(host, ANY_NETWORK)];
  return placement === 'self' ? [{ podSelector: {} }] : [...ANY_NETWORK];
}

/** The peers behind a host name or address. `elsewhere` stands for names outside the cluster. */
export function peersOfHost(host: string, elsewhere: readonly NetworkPolicyPeer[]): readonly NetworkPolicyPeer[] {
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return [addressPeer(`${host}/32`)];
  if (ipaddr.IPv6.isValid(host)) return [addressPeer(`${host}/128`)];
  const [name, namespace, svc, ...rest] = host.split('.');
  // One word is a Service of the same namespace.
  if (name !== undefined && namespace === undefined) return [{ podSelector: {} }];
  const isClusterName = svc === 'svc' && (rest.length === 0 || rest.join('.') === 'cluster.local');
  return isClusterName && namespace !== undefined ? [namespacePeer(namespace)] : elsewhere;
}

export const addressPeer = (cidr: string): NetworkPolicyPeer => ({ ipBlock: { cidr } });

export const namespacePeer = (namespace: string, labels?: Readonly<Record<string, string>>): NetworkPolicyPeer => ({
  namespaceSelector: { matchLabels: { [LABELS.namespaceName]: namespace } },
  ...(labels === undefined ? {} : { podSelector: { matchLabels: { ...labels } } }),
});

/** All pods of these applications in the same namespace, those of their jobs included. */
export const applicationPeers = (names: readonly string[]): NetworkPolicyPeer[] =>
  [...new Set(names)].sort().map((name) => ({ podSelector: { matchLabels: { [LABELS.name]: name } } }));

/** The pods of one workload in the same namespace. */
export const instancePeer = (instance: string): NetworkPolicyPeer => ({
  podSelector: { matchLabels: { [LABELS.instance]: labelValue(instance) } },
});

export function dnsPeers({ dns }: EnvironmentModel): NetworkPolicyPeer[] {
  const { namespace, labels, nodeLocal } = DNS[dns];
  return [namespacePeer(namespace, labels), ...nodeLocal.map(addressPeer)];
}

export const prometheusPeer = ({ system }: Model): NetworkPolicyPeer =>
  namespacePeer(system.monitoring.prometheus.namespace, system.monitoring.prometheus.labels);
