/**
 * The NetworkPolicies of the edge: in from anywhere at the public ports, out to what it passes requests on to and to DNS, nothing else.
 */
import { EDGE_PODS } from '../../../../schemas/kubernetes-conventions.ts';
import { controllerEdgeOf } from '../../../derive/edge/controller-routes.ts';
import {
  ACME_SOLVER,
  edgeUpstreams,
  exportsNginx,
  passesChallenges,
  showsChallenges,
  solverService,
} from '../../../derive/edge/nginx-pods.ts';
import { claim, from } from '../../../marks.ts';
import type { Model } from '../../../resolve/model/index.ts';
import {
  IntOrString,
  KubeNetworkPolicy,
  KubeService,
  type NetworkPolicyEgressRule,
  type NetworkPolicyIngressRule,
} from '../kubernetes-api.ts';
import { metadataOf, selectorOf } from '../metadata.ts';
import { applicationPeers, namespacePeer, prometheusPeer } from '../network-peers.ts';
import { type EgressRule, portRule } from '../network-rule.ts';
import { dnsRule } from '../network-rules.ts';
import { type ObjectDraft, typed } from '../object-draft.ts';
import { edgeFolder, edgeSubject } from './edge-subject.ts';

export function edgePolicyOf(model: Model): ObjectDraft {
  const subject = edgeSubject(model);
  const ingress = ingressOf(model);
  const egress = egressOf(model);
  return {
    folder: edgeFolder(model),
    object: typed(
      KubeNetworkPolicy,
      from(model.environment.origin.of('edge'), {
        metadata: metadataOf(model, 'NetworkPolicy', subject.instance, subject),
        spec: claim(
          'security/network-policy',
          'edge',
          { ingressRules: ingress.length, egressRules: egress.length, frontDoor: 'any source' },
          {
            podSelector: { matchLabels: selectorOf(subject) },
            policyTypes: ['Ingress', 'Egress'],
            ingress: from(model.environment.origin.of('publicPorts'), ingress),
            egress,
          },
        ),
      }),
    ),
  };
}

function ingressOf(model: Model): NetworkPolicyIngressRule[] {
  const { ports } = EDGE_PODS;
  const open = [...(model.environment.publicPorts.includes(80) ? [ports.http] : []), ports.https];
  return [
    { ports: open.map((port) => portRule(port)) },
    ...(exportsNginx(model) ? [{ from: [prometheusPeer(model)], ports: [portRule(ports.metrics)] }] : []),
  ];
}

const egressOf = (model: Model): EgressRule[] => [
  dnsRule(model),
  ...edgeUpstreams(model).flatMap(({ name, port, origin }) =>
    port === undefined
      ? []
      : [
          from<NetworkPolicyEgressRule>(origin.of('port'), {
            to: applicationPeers([name]),
            ports: [portRule(port)],
          }),
        ],
  ),
  ...(passesChallenges(model)
    ? [
        from<NetworkPolicyEgressRule>(model.environment.origin.of('tls'), {
          to: [{ podSelector: { matchLabels: ACME_SOLVER.labels } }],
          ports: [portRule(ACME_SOLVER.port)],
        }),
      ]
    : []),
];

/** The pods in which cert-manager shows a challenge: who may ask them, and for nginx of ours one name for all of them. */
export function solverDrafts(model: Model): readonly ObjectDraft[] {
  if (!showsChallenges(model)) return [];
  const subject = edgeSubject(model, 'acme');
  const name = solverService(model);
  const origin = model.environment.tls.origin.of('challenge');
  const { labels, port } = ACME_SOLVER;
  const service: ObjectDraft = {
    folder: edgeFolder(model),
    object: typed(
      KubeService,
      from(origin, {
        metadata: metadataOf(model, 'Service', name, subject),
        spec: {
          // Without an address of its own, so that its name stands for every pod.
          clusterIp: 'None',
          selector: labels,
          ports: [{ name: 'http', port, protocol: 'TCP', targetPort: IntOrString.fromNumber(port) }],
        },
      }),
    ),
  };
  return [
    ...(passesChallenges(model) ? [service] : []),
    {
      folder: edgeFolder(model),
      object: typed(
        KubeNetworkPolicy,
        from(origin, {
          metadata: metadataOf(model, 'NetworkPolicy', name, subject),
          spec: {
            podSelector: { matchLabels: labels },
            policyTypes: ['Ingress', 'Egress'],
            ingress: [{ ...solverPeers(model), ports: [portRule(port)] }],
            egress: [],
          },
        }),
      ),
    },
  ];
}

/** Whoever stands in front; a controller whose namespace nobody named may be anywhere. */
function solverPeers(model: Model): NetworkPolicyIngressRule {
  const edge = controllerEdgeOf(model);
  if (edge === undefined) return { from: applicationPeers([edgeSubject(model).name]) };
  return edge.controllerNamespace === undefined ? {} : { from: [namespacePeer(edge.controllerNamespace)] };
}
