/**
 * The connections of a backup job: the datastore, and the store that it writes to.
 */

import type { BackupJob } from '../../../derive/kubernetes-scope.ts';
import { from } from '../../../marks.ts';
import type { BackupDestination, Model } from '../../../resolve/model/index.ts';
import type { NetworkPolicyEgressRule } from '../kubernetes-api.ts';
import { ANY_NETWORK, addressPeer, peersOfDatastore } from '../network-peers.ts';
import { type EgressRule, portRule } from '../network-rule.ts';
import { dnsRule } from '../network-rules.ts';

export const backupEgress = (model: Model, { datastore, backup }: BackupJob): readonly EgressRule[] => [
  dnsRule(model),
  from<NetworkPolicyEgressRule>(datastore.origin.of('port'), {
    to: peersOfDatastore(datastore),
    ports: [portRule(datastore.port)],
  }),
  ...DESTINATION_RULES[backup.destination.kind].map((rule) => from(backup.destination.origin.of('kind'), rule)),
];

/**
 * Object stores answer on 443, through private endpoints too. Workload identity asks a link-local agent on the node: that of EKS Pod
 * Identity, or the metadata server of GKE with its port on the node.
 */
const DESTINATION_RULES: Readonly<Record<BackupDestination['kind'], readonly NetworkPolicyEgressRule[]>> = {
  s3: [
    { to: [...ANY_NETWORK], ports: [portRule(443)] },
    { to: [addressPeer('169.254.170.23/32'), addressPeer('fd00:ec2::23/128')], ports: [portRule(80)] },
  ],
  gcs: [
    { to: [...ANY_NETWORK], ports: [portRule(443)] },
    { to: [addressPeer('169.254.169.254/32'), addressPeer('fd20:ce::254/128')], ports: [portRule(80)] },
    { to: [addressPeer('169.254.169.252/32')], ports: [portRule(988)] },
  ],
  filesystem: [],
};
