/**
 * cAdvisor as the kubelet serves it at /metrics/cadvisor.
 * Source: github.com/google/cadvisor, docs/storage/prometheus.md; the labels namespace, pod and container are set by the kubelet.
 */
import type { Exporter } from './exporter.ts';

const CONTAINER = ['container', 'namespace', 'pod'] as const;

export const cadvisor = {
  name: 'cadvisor',
  title: 'cAdvisor (kubelet)',
  metrics: {
    container_cpu_usage_seconds_total: { type: 'counter', help: 'Processor time used.', labels: CONTAINER },
    container_cpu_cfs_periods_total: { type: 'counter', help: 'Enforcement periods of the quota.', labels: CONTAINER },
    container_cpu_cfs_throttled_periods_total: {
      type: 'counter',
      help: 'Enforcement periods in which the container was held back.',
      labels: CONTAINER,
    },
    container_memory_working_set_bytes: {
      type: 'gauge',
      help: 'Memory that cannot be reclaimed under pressure; what the kernel kills by.',
      labels: CONTAINER,
    },
  },
} as const satisfies Exporter;
