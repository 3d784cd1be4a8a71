/**
 * kube-state-metrics, scraped with `honorLabels: true` so that `namespace` is the one of the object.
 * Source: github.com/kubernetes/kube-state-metrics, docs/metrics/ (pages of each resource; metrics marked STABLE where there is a choice).
 */
import type { Exporter } from './exporter.ts';

const CONTAINER = ['container', 'namespace', 'pod', 'uid'] as const;
const CRONJOB = ['cronjob', 'namespace'] as const;
const DEPLOYMENT = ['deployment', 'namespace'] as const;
const HPA = ['horizontalpodautoscaler', 'namespace'] as const;

export const kubeStateMetrics = {
  name: 'kube-state-metrics',
  title: 'kube-state-metrics',
  metrics: {
    kube_pod_container_status_restarts_total: { type: 'counter', help: 'Restarts of a container.', labels: CONTAINER },
    kube_pod_container_status_last_terminated_reason: {
      type: 'gauge',
      help: 'Why the container ended last time, as label reason.',
      labels: [...CONTAINER, 'reason'],
    },
    kube_pod_container_status_waiting_reason: {
      type: 'gauge',
      help: 'Why the container waits, as label reason.',
      labels: [...CONTAINER, 'reason'],
    },
    kube_pod_container_resource_limits: {
      type: 'gauge',
      help: 'Limit of a container, by resource.',
      labels: [...CONTAINER, 'node', 'resource', 'unit'],
    },
    kube_deployment_spec_replicas: { type: 'gauge', help: 'Replicas that are wanted.', labels: DEPLOYMENT },
    kube_deployment_status_replicas_available: { type: 'gauge', help: 'Replicas that are ready.', labels: DEPLOYMENT },
    kube_deployment_status_replicas_unavailable: {
      type: 'gauge',
      help: 'Replicas that are wanted and not ready.',
      labels: DEPLOYMENT,
    },
    kube_horizontalpodautoscaler_spec_max_replicas: { type: 'gauge', help: 'The most replicas.', labels: HPA },
    kube_horizontalpodautoscaler_status_current_replicas: { type: 'gauge', help: 'Replicas now.', labels: HPA },
    kube_horizontalpodautoscaler_status_desired_replicas: { type: 'gauge', help: 'Replicas it asks for.', labels: HPA },
    kube_cronjob_created: { type: 'gauge', help: 'When the CronJob was made, in seconds since 1970.', labels: CRONJOB },
    kube_cronjob_status_last_successful_time: {
      type: 'gauge',
      help: 'When a run last succeeded, in seconds since 1970; no series before the first.',
      labels: CRONJOB,
    },
    kube_cronjob_spec_suspend: { type: 'gauge', help: 'Whether the CronJob is suspended.', labels: CRONJOB },
  },
} as const satisfies Exporter;
