/** The exporters that run beside the services, by the name a spec gives them. One file an exporter; this one only lists them. */
import { cadvisor } from './cadvisor.ts';
import type { Exporter } from './exporter.ts';
import { kubeStateMetrics } from './kube-state-metrics.ts';
import { nginx } from './nginx.ts';
import { node } from './node.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';

export const EXPORTERS: readonly Exporter[] = [cadvisor, kubeStateMetrics, nginx, node, postgres, redis];

/** Name of a metric of any exporter, so that a typo in a rule does not compile. */
export type ExporterMetricName =
  | keyof typeof cadvisor.metrics
  | keyof typeof kubeStateMetrics.metrics
  | keyof typeof nginx.metrics
  | keyof typeof node.metrics
  | keyof typeof postgres.metrics
  | keyof typeof redis.metrics;

export type { ExportedMetric, Exporter } from './exporter.ts';
