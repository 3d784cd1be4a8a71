/**
 * The NetworkPolicy of each workload: exactly the connections that the spec declares, on top of the namespace's default of none.
 */

import { type ContainerService, isFrontDoor } from '../../derive/kubernetes-scope.ts';
import type { Model } from '../../resolve/model/index.ts';
import type { NetworkPolicyEgressRule, NetworkPolicyIngressRule } from './kubernetes-api.ts';
import { KubeNetworkPolicy } from './kubernetes-api.ts';
import { metadataOf, type Subject, selectorOf, subjectOf } from './metadata.ts';
import { edgeNetworks, egressRules, ingressRules } from './network-rules.ts';
import type { Manifest, ObjectDraft } from './object-draft.ts';

export function networkPolicyOf(model: Model, service: ContainerService): ObjectDraft {
  const ingress = ingressRules(model, service);
  const egress = egressRules(model, service);
  const { origin } = service;
  return {
    folder: service.name,
    manifest: policyManifest(model, subjectOf(service), { ingress, egress }),
    origins: [
      { part: '', origin: origin.self },
      { part: '/spec/ingress', origin: origin.of('port') },
      { part: '/spec/egress', origin: origin.of(service.calls.length > 0 ? 'calls' : 'uses') },
    ],
    claims: [
      {
        control: 'security/network-policy',
        subject: `service/${service.name}`,
        parameters: {
          ingressRules: ingress.length,
          egressRules: egress.length,
          ...(isFrontDoor(model, service) ? { frontDoor: edgeNetworks(model).join(', ') || 'any source' } : {}),
        },
      },
    ],
  };
}

/** For pods that only open connections, such as those of jobs. */
export const egressPolicy = (model: Model, subject: Subject, egress: NetworkPolicyEgressRule[]): Manifest =>
  policyManifest(model, subject, { ingress: [], egress });

interface Rules {
  readonly ingress: NetworkPolicyIngressRule[];
  readonly egress: NetworkPolicyEgressRule[];
}

const policyManifest = (model: Model, subject: Subject, { ingress, egress }: Rules): Manifest =>
  KubeNetworkPolicy.manifest({
    metadata: metadataOf(model, 'NetworkPolicy', subject.instance, subject),
    spec: {
      podSelector: { matchLabels: selectorOf(subject) },
      policyTypes: ['Ingress', 'Egress'],
      ingress,
      egress,
    },
  });
