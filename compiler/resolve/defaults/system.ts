/** Defaults of systems. */
import type { Default } from './default.ts';

export const SYSTEM_DEFAULTS = {
  'prometheus-labels': {
    value: 'app.kubernetes.io/name: prometheus',
    field: 'System.spec.monitoring.prometheus.labels',
    reason: 'What the operator and the usual charts put on its pods.',
  },
  'prometheus-namespace': {
    value: 'monitoring',
    field: 'System.spec.monitoring.prometheus.namespace',
    reason: 'Where the usual charts install it.',
  },
  'prometheus-operator': {
    value: true,
    field: 'System.spec.monitoring.operator',
    reason: 'Most clusters with Prometheus have it.',
  },
  'repository-path': { value: 'generated', field: 'System.spec.repository.path', reason: 'Where the compiler writes.' },
  'repository-revision': {
    value: 'main',
    field: 'System.spec.repository.revision',
    reason: 'What is merged is what runs.',
  },
  retention: {
    value: '30d',
    field: 'System.spec.monitoring.retention',
    reason: 'Objectives over thirty days need as many days of samples.',
  },
  'scrape-interval': {
    value: '30s',
    field: 'System.spec.monitoring.scrapeInterval',
    reason: 'Ten samples in the shortest burn-rate window.',
  },
  exporters: {
    value: 'kube-state-metrics and cadvisor for Kubernetes, nginx for nginx',
    field: 'System.spec.monitoring.exporters',
    reason: 'The usual companions of the wanted targets.',
  },
  'version-grafana': {
    value: '12.0',
    field: 'System.spec.versions.grafana',
    reason: 'The oldest version with the panels that are used.',
  },
  'version-kubernetes': {
    value: '1.33',
    field: 'System.spec.versions.kubernetes',
    reason: 'The oldest version that is still maintained.',
  },
  'version-nginx': { value: '1.22', field: 'System.spec.versions.nginx', reason: 'What Debian 12 ships.' },
  'version-openssl': { value: '3.0', field: 'System.spec.versions.openssl', reason: 'What Debian 12 ships.' },
  'version-prometheus': { value: '2.42', field: 'System.spec.versions.prometheus', reason: 'What Debian 12 ships.' },
} as const satisfies Readonly<Record<string, Default>>;
