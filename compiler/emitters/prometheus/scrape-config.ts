/**
 * What a Prometheus without its operator scrapes: one job for each service in the cluster, under the same labels as ServiceMonitors give.
 *
 * Goes into `scrape_configs` of a Prometheus that runs in the cluster and may list pods of the namespace. Relies on the labels and port
 * names of the pods, which `schemas/kubernetes-conventions.ts` owns.
 */
import { LABELS } from '../../../schemas/kubernetes-conventions.ts';
import { formatPrometheusDuration, milliseconds } from '../../../schemas/units/index.ts';
import { containerServices, hasOperator, isMonitored, wants } from '../../derive/kubernetes-scope.ts';
import { claim, field, from } from '../../marks.ts';
import { printMarkedYaml } from '../../printers/yaml.ts';
import type { Model, ServiceModel } from '../../resolve/model/index.ts';
import type { Artifact } from '../emitter.ts';

export function scrapeConfigOf(model: Model): readonly Artifact[] {
  if (!wants(model, 'kubernetes') || hasOperator(model)) return [];
  const services = containerServices(model).filter((service) => isMonitored(model, service));
  const marked = { scrape_configs: services.map((service) => markedJob(model, service)) };
  const printed = printMarkedYaml(from(model.system.monitoring.origin.of('operator'), marked));
  return [{ path: 'prometheus/scrape.yaml', ...printed }];
}

function markedJob(model: Model, service: ServiceModel) {
  const { name, metrics } = service;
  const parameters = { path: metrics.path, port: metrics.port ?? 0, interval: intervalOf(model) };
  const job = claim('observability/metrics', `service/${name}`, parameters, jobOf(model, service));
  return from(metrics.origin.self, job);
}

const intervalOf = ({ system }: Model): string => formatPrometheusDuration(system.monitoring.scrapeInterval);

function jobOf(model: Model, { name, metrics, origin }: ServiceModel) {
  const { scrapeInterval, origin: monitoring } = model.system.monitoring;
  const timeout = formatPrometheusDuration(milliseconds(Math.min(10_000, scrapeInterval)));
  return {
    job_name: from(origin.of('name'), name),
    kubernetes_sd_configs: [{ role: 'pod', namespaces: { names: [field(model.environment, 'namespace')] } }],
    metrics_path: field(metrics, 'path'),
    scheme: field(metrics, 'scheme'),
    ...(metrics.scheme === 'https' ? { tls_config: { insecure_skip_verify: true } } : {}),
    scrape_interval: from(monitoring.of('scrapeInterval'), intervalOf(model)),
    scrape_timeout: from(monitoring.of('scrapeInterval'), timeout),
    relabel_configs: [
      // The replicas of this service and not the pods of its jobs, at the port of the metrics.
      keep(labelOf(LABELS.instance), name),
      keep('__meta_kubernetes_pod_container_port_number', String(metrics.port)),
      { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
      { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
      { source_labels: ['__meta_kubernetes_pod_container_name'], target_label: 'container' },
    ],
  };
}

const keep = (label: string, value: string) => ({ source_labels: [label], regex: value, action: 'keep' });

/** How Prometheus calls a label of a pod: what is no letter, digit or `_` becomes `_`. */
const labelOf = (label: string): string => `__meta_kubernetes_pod_label_${label.replaceAll(/[^A-Za-z0-9_]/g, '_')}`;
