/**
 * The NetworkPolicy of each workload: exactly the connections that the spec declares, on top of the namespace's default of none.
 */

import { controllerEdgeOf } from '../../derive/edge/controller-routes.ts';
import { edgeName, hasEdgePods } from '../../derive/edge/nginx-pods.ts';
import { type ContainerService, isFrontDoor } from '../../derive/kubernetes-scope.ts';
import { claim, from, type Mark, type MarkedFields } from '../../marks.ts';
import type { Model, Origin } from '../../resolve/model/index.ts';
import type { KubeNetworkPolicyProps } from './kubernetes-api.ts';
import { KubeNetworkPolicy } from './kubernetes-api.ts';
import { type MarkedTexts, metadataOf, type Subject, selectorOf, subjectOf } from './metadata.ts';
import type { EgressRule } from './network-rule.ts';
import { edgeNetworks, egressRules, ingressRules } from './network-rules.ts';
import { type ObjectDraft, typed } from './object-draft.ts';

export function networkPolicyOf(model: Model, service: ContainerService): ObjectDraft {
  const ingress = ingressRules(model, service);
  const egress = egressRules(model, service);
  const parameters = {
    ingressRules: ingress.length,
    egressRules: egress.length,
    ...(isFrontDoor(model, service) ? { frontDoor: frontDoorOf(model) } : {}),
  };
  return {
    folder: service.name,
    object: policyObject(model, subjectOf(service), service.origin.self, (spec) =>
      claim('security/network-policy', `service/${service.name}`, parameters, { ...spec, ingress, egress }),
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
  egress: readonly EgressRule[],
  origin: Origin,
): ObjectDraft['object'] => policyObject(model, subject, origin, (spec) => ({ ...spec, ingress: [], egress }));

type Spec = MarkedFields<NonNullable<KubeNetworkPolicyProps['spec']>>;

/** The policy of one workload; `withRules` adds its rules to what all have in common. */
export const policyObject = (
  model: Model,
  subject: Subject,
  origin: Origin,
  withRules: (spec: Spec) => Spec | Mark<Spec>,
  annotations: Readonly<MarkedTexts> = {},
): ObjectDraft['object'] =>
  typed(
    KubeNetworkPolicy,
    from(origin, {
      metadata: metadataOf(model, 'NetworkPolicy', subject.instance, subject, annotations),
      spec: withRules({ podSelector: { matchLabels: selectorOf(subject) }, policyTypes: ['Ingress', 'Egress'] }),
    }),
  );
