/**
 * The Service, the account, the budget and the autoscaler of a service: what stands around its Deployment.
 */

import type { ContainerService } from '../../derive/kubernetes-scope.ts';
import { claim, field, from, type Mark, type Marked } from '../../marks.ts';
import type { Model, ScaleModel } from '../../resolve/model/index.ts';
import { autoscalerExemptionsOf } from './exemptions.ts';
import {
  IntOrString,
  KubeHorizontalPodAutoscalerV2,
  KubePodDisruptionBudget,
  KubeService,
  KubeServiceAccount,
  type MetricSpecV2,
} from './kubernetes-api.ts';
import { metadataOf, selectorOf, subjectOf } from './metadata.ts';
import { type ObjectDraft, typed } from './object-draft.ts';
import { servicePorts } from './ports.ts';

export const serviceOf = (model: Model, service: ContainerService): ObjectDraft => ({
  folder: service.name,
  object: typed(
    KubeService,
    from(service.origin.self, {
      metadata: metadataOf(model, 'Service', service.name, subjectOf(service)),
      spec: {
        type: 'ClusterIP',
        selector: selectorOf(subjectOf(service)),
        ports: servicePorts(service).map(({ name, port, protocol, origin }) =>
          from(origin, { name, port, protocol, targetPort: IntOrString.fromString(name) }),
        ),
      },
    }),
  ),
});

export const serviceAccountOf = (model: Model, service: ContainerService): ObjectDraft => ({
  folder: service.name,
  object: typed(
    KubeServiceAccount,
    from(service.origin.self, {
      metadata: metadataOf(model, 'ServiceAccount', service.name, subjectOf(service)),
      automountServiceAccountToken: false,
    }),
  ),
});

/** A share, so that it stays right while the number of replicas changes; Kubernetes rounds it up, so one can always leave. */
const MAX_UNAVAILABLE = '25%';

export const disruptionBudgetOf = (model: Model, service: ContainerService): ObjectDraft => ({
  folder: service.name,
  object: typed(
    KubePodDisruptionBudget,
    from(service.scale.origin.of('min'), {
      metadata: metadataOf(model, 'PodDisruptionBudget', service.name, subjectOf(service)),
      spec: {
        selector: { matchLabels: selectorOf(subjectOf(service)) },
        maxUnavailable: claim(
          'workload/disruption-budget',
          `service/${service.name}`,
          { maxUnavailable: MAX_UNAVAILABLE, minReplicas: service.scale.min },
          from(service.scale.origin.of('min'), IntOrString.fromString(MAX_UNAVAILABLE)),
        ),
        // A replica that is broken anyway must not hold up the drain of its node.
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      },
    }),
  ),
});

export const autoscalerOf = (model: Model, service: ContainerService): ObjectDraft => ({
  folder: service.name,
  object: typed(
    KubeHorizontalPodAutoscalerV2,
    from(service.scale.origin.self, {
      metadata: metadataOf(
        model,
        'HorizontalPodAutoscaler',
        service.name,
        subjectOf(service),
        autoscalerExemptionsOf(service),
      ),
      spec: claimScaling(service, {
        scaleTargetRef: from(service.origin.of('name'), {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name: service.name,
        }),
        minReplicas: field(service.scale, 'min'),
        maxReplicas: field(service.scale, 'max'),
        metrics: metricsOf(service.scale),
        behavior: {
          // Up at once and up to double; down slowly, after five quiet minutes, so that a dip does not cost the next peak.
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: 'Max',
            policies: [
              { type: 'Percent', value: 100, periodSeconds: 15 },
              { type: 'Pods', value: 4, periodSeconds: 15 },
            ],
          },
          scaleDown: {
            stabilizationWindowSeconds: 300,
            selectPolicy: 'Max',
            policies: [{ type: 'Percent', value: 25, periodSeconds: 60 }],
          },
        },
      }),
    }),
  ),
});

/** Processor last: the API server may move it there, and Argo CD would show that as drift (argoproj/argo-cd#1079). */
const metricsOf = ({ cpu, memory, origin }: ScaleModel): readonly Marked<MetricSpecV2>[] => [
  ...(memory === undefined ? [] : [from(origin.of('memory'), utilisationOf('memory', memory))]),
  ...(cpu === undefined ? [] : [from(origin.of('cpu'), utilisationOf('cpu', cpu))]),
];

const utilisationOf = (name: string, target: number): MetricSpecV2 => ({
  type: 'Resource',
  resource: { name, target: { type: 'Utilization', averageUtilization: Math.round(target * 100) } },
});

function claimScaling<T>({ name, scale }: ContainerService, spec: T): Mark<T> {
  const { min, max, cpu, memory } = scale;
  const parameters = {
    min,
    max,
    ...(cpu === undefined ? {} : { cpu: `${Math.round(cpu * 100)}%` }),
    ...(memory === undefined ? {} : { memory: `${Math.round(memory * 100)}%` }),
  };
  return claim('workload/autoscaling', `service/${name}`, parameters, spec);
}
