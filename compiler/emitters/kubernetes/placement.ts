/**
 * Where the replicas of a service are put: apart, as far as the cluster allows.
 *
 * All of it is preferred, none required. A cluster that is short of zones or nodes then still runs every replica, which is worth more
 * than the distance between them.
 */

import { hasAutoscaler } from '../../derive/kubernetes-scope.ts';
import { from, type Marked, type MarkedFields } from '../../marks.ts';
import type { Origin, ServiceModel } from '../../resolve/model/index.ts';
import type { PodSpec, TopologySpreadConstraint } from './kubernetes-api.ts';
import { type MarkedTexts, selectorOf, subjectOf } from './metadata.ts';

const ZONE = 'topology.kubernetes.io/zone';
const NODE = 'kubernetes.io/hostname';

export function placementOf(
  service: ServiceModel,
): MarkedFields<Pick<PodSpec, 'affinity' | 'topologySpreadConstraints'>> {
  if (service.scale.min < 2 && !hasAutoscaler(service)) return {};
  return spreadOf(selectorOf(subjectOf(service)), service.scale.origin.of('min'));
}

/** Over zones and nodes, as far as there are any. `origin`: what of the spec asks for more than one pod. */
export function spreadOf(
  matchLabels: MarkedTexts,
  origin: Origin,
): MarkedFields<Pick<PodSpec, 'affinity' | 'topologySpreadConstraints'>> {
  return {
    topologySpreadConstraints: from(origin, [spreadOver(ZONE, matchLabels), spreadOver(NODE, matchLabels)]),
    affinity: from(origin, {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, podAffinityTerm: { topologyKey: NODE, labelSelector: { matchLabels } } },
        ],
      },
    }),
  };
}

const spreadOver = (topologyKey: string, matchLabels: MarkedTexts): Marked<TopologySpreadConstraint> => ({
  topologyKey,
  maxSkew: 1,
  whenUnsatisfiable: 'ScheduleAnyway',
  labelSelector: { matchLabels },
  // Counts the replicas of one version only; else those about to leave would decide where the new ones go.
  matchLabelKeys: ['pod-template-hash'],
});
