/**
 * The Service, the account, the budget and the autoscaler of a service: what stands around its Deployment.
 */

import type { ContainerService } from '../../derive/kubernetes-scope.ts';
import type { Model, ScaleModel } from '../../resolve/model/index.ts';
import type { Claim } from '../emitter.ts';
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
import type { ObjectDraft } from './object-draft.ts';
import { servicePorts } from './ports.ts';

export const serviceOf = (model: Model, service: ContainerService): ObjectDraft => ({
  folder: service.name,
  manifest: KubeService.manifest({
    metadata: metadataOf(model, 'Service', service.name, subjectOf(service)),
    spec: {
      type: 'ClusterIP',
      selector: selectorOf(subjectOf(service)),
      ports: servicePorts(service).map(({ name, port, protocol }) => ({
        name,
        port,
        protocol,
        targetPort: IntOrString.fromString(name),
      })),
    },
  }),
  origins: [
    { part: '', origin: service.origin.self },
    { part: '/spec/ports', origin: service.origin.of(service.port === undefined ? 'metrics' : 'port') },
  ],
});

export const serviceAccountOf = (model: Model, service: ContainerService): ObjectDraft => ({
  folder: service.name,
  manifest: KubeServiceAccount.manifest({
    metadata: metadataOf(model, 'ServiceAccount', service.name, subjectOf(service)),
    automountServiceAccountToken: false,
  }),
  origins: [{ part: '', origin: service.origin.self }],
});

/** A share, so that it stays right while the number of replicas changes; Kubernetes rounds it up, so one can always leave. */
const MAX_UNAVAILABLE = '25%';

export const disruptionBudgetOf = (model: Model, service: ContainerService): ObjectDraft => ({
  folder: service.name,
  manifest: KubePodDisruptionBudget.manifest({
    metadata: metadataOf(model, 'PodDisruptionBudget', service.name, subjectOf(service)),
    spec: {
      selector: { matchLabels: selectorOf(subjectOf(service)) },
      maxUnavailable: IntOrString.fromString(MAX_UNAVAILABLE),
      // A replica that is broken anyway must not hold up the drain of its node.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  }),
  origins: [{ part: '', origin: service.scale.origin.of('min') }],
  claims: [
    {
      control: 'workload/disruption-budget',
      subject: `service/${service.name}`,
      parameters: { maxUnavailable: MAX_UNAVAILABLE, minReplicas: service.scale.min },
    },
  ],
});

export const autoscalerOf = (model: Model, service: ContainerService): ObjectDraft => ({
  folder: service.name,
  manifest: KubeHorizontalPodAutoscalerV2.manifest({
    metadata: metadataOf(
      model,
      'HorizontalPodAutoscaler',
      service.name,
      subjectOf(service),
      autoscalerExemptionsOf(service),
    ),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: service.name },
      minReplicas: service.scale.min,
      maxReplicas: service.scale.max,
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
    },
  }),
  origins: [
    { part: '', origin: service.scale.origin.self },
    { part: '/spec/minReplicas', origin: service.scale.origin.of('min') },
    { part: '/spec/maxReplicas', origin: service.scale.origin.of('max') },
    { part: '/spec/metrics', origin: service.scale.origin.of(service.scale.cpu === undefined ? 'memory' : 'cpu') },
  ],
  claims: [autoscalingClaim(service)],
});

/** Processor last: the API server may move it there, and Argo CD would show that as drift (argoproj/argo-cd#1079). */
const metricsOf = ({ cpu, memory }: ScaleModel): MetricSpecV2[] => [
  ...(memory === undefined ? [] : [utilisationOf('memory', memory)]),
  ...(cpu === undefined ? [] : [utilisationOf('cpu', cpu)]),
];

const utilisationOf = (name: string, target: number): MetricSpecV2 => ({
  type: 'Resource',
  resource: { name, target: { type: 'Utilization', averageUtilization: Math.round(target * 100) } },
});

function autoscalingClaim({ name, scale }: ContainerService): Claim {
  const { min, max, cpu, memory } = scale;
  return {
    control: 'workload/autoscaling',
    subject: `service/${name}`,
    parameters: {
      min,
      max,
      ...(cpu === undefined ? {} : { cpu: `${Math.round(cpu * 100)}%` }),
      ...(memory === undefined ? {} : { memory: `${Math.round(memory * 100)}%` }),
    },
  };
}
