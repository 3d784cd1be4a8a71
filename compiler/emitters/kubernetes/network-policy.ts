/**
 * The NetworkPolicy of each workload: exactly the connections that the spec declares, on top of the namespace's default of none.
 */

import { controllerEdgeOf } from '../../derive/edge/controller-routes.ts';
import { edgeName, hasEdgePods } from '../../derive/edge/nginx-pods.ts';
import { type ContainerService, isFrontDoor } from '../../derive/kubernetes-scope.ts';
import { claim, from, type Marked } from '../../marks.ts';
import type { Model, Origin } from '../../resolve/model/index.ts';
import type { KubeNetworkPolicyProps, NetworkPolicyEgressRule } from './kubernetes-api.ts';
import { KubeNetworkPolicy } from './kubernetes-api.ts';
import { metadataOf, type Subject, selectorOf, subjectOf } from './metadata.ts';
import { edgeNetworks, egressRules, ingressRules } from './network-rules.ts';
import { type ObjectDraft, typed } from './object-draft.ts';

export function networkPolicyOf(model: Model, service: ContainerService): ObjectDraft {
  const ingress = ingressRules(model, service);
  const egress = egressRules(model, service);
  const { origin } = service;
  const parameters = {
    ingressRules: ingress.length,
    egressRules: egress.length,
    ...(isFrontDoor(model, service) ? { frontDoor: frontDoorOf(model) } : {}),
  };
  const rules = {
    ingress: from(origin.of('port'), ingress),
    egress: from(origin.of(service.calls.length > 0 ? 'calls' : 'uses'), egress),
  };
  return {
    folder: service.name,
    object: policyObject(model, subjectOf(service), origin.self, (spec) =>
      claim('security/network-policy', `service/${service.name}`, parameters, { ...spec, ...rules }),
    ),
  };
}

const frontDoorOf = (model: Model): string =>
  hasEdgePods(model)
    ? edgeName(model)
    : (controllerEdgeOf(model)?.controllerNamespace ?? (edgeNetworks(model).join(', ') || 'any source'));

/** For pods that only open connections, such as those of jobs. */
export const egressPolicy = (
  model: Model,
  subject: Subject,
  egress: NetworkPolicyEgressRule[],
  origin: Origin,
): ObjectDraft['object'] => policyObject(model, subject, origin, (spec) => ({ ...spec, ingress: [], egress }));

type Spec = NonNullable<KubeNetworkPolicyProps['spec']>;

/** The policy of one workload; `withRules` adds its rules to what all have in common. */
export const policyObject = (
  model: Model,
  subject: Subject,
  origin: Origin,
  withRules: (spec: Spec) => Marked<Spec>,
  annotations: Readonly<Record<string, string>> = {},
): ObjectDraft['object'] =>
  typed(
    KubeNetworkPolicy,
    from(origin, {
      metadata: metadataOf(model, 'NetworkPolicy', subject.instance, subject, annotations),
      spec: withRules({ podSelector: { matchLabels: selectorOf(subject) }, policyTypes: ['Ingress', 'Egress'] }),
    }),
  );
