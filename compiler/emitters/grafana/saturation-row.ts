/**
 * What the services run on, and how full it is: containers, replicas, hosts.
 */
import type { ExporterMetricName } from '../../../schemas/exporters/index.ts';
import { containerServices, isMonitored } from '../../derive/kubernetes-scope.ts';
import { hasExporter, jobMatchers, namespaceMatchers } from '../../derive/observability/scrape-targets.ts';
import {
  aggregate,
  binary,
  call,
  equalTo,
  type Matcher,
  notEqualTo,
  num,
  oneOf,
  type PromExpr,
  rate,
  ratioOf,
  select,
  sum,
} from '../../printers/promql.ts';
import type { Model } from '../../resolve/model/index.ts';
import { COLORS, type PanelDraft, RATE_INTERVAL, type RowDraft, timeseries } from './panel.ts';

export const saturationRow = (model: Model): RowDraft => ({
  title: 'Saturation',
  collapsed: false,
  panels: [...containerPanels(model), ...replicasPanel(model), ...hostPanels(model)],
});

function containerPanels(model: Model): readonly PanelDraft[] {
  const names = containerServices(model).map(({ name }) => name);
  if (names.length === 0) return [];
  const at = [...namespaceMatchers(model), oneOf('container', names)];
  return [
    ...(hasExporter(model, 'cadvisor') ? usagePanels(model, at) : []),
    ...(hasExporter(model, 'kube-state-metrics') ? replicaPanels(model, at) : []),
  ];
}

function usagePanels(model: Model, at: readonly Matcher[]): readonly PanelDraft[] {
  const throttled: ExporterMetricName = 'container_cpu_cfs_throttled_periods_total';
  const periods: ExporterMetricName = 'container_cpu_cfs_periods_total';
  const memory: ExporterMetricName = 'container_memory_working_set_bytes';
  const limits: ExporterMetricName = 'kube_pod_container_resource_limits';
  const by = ['container'];
  const perPod = ['container', 'pod'];
  const share = ratioOf(sum(rate(throttled, at, RATE_INTERVAL), by), sum(rate(periods, at, RATE_INTERVAL), by));
  const panels = [
    timeseries({
      title: 'CPU throttling',
      description: 'Share of the periods in which a container had used up its processor quota and was held back.',
      unit: 'percentunit',
      min: 0,
      max: 1,
      queries: [{ expr: share, legend: '{{container}}' }],
    }),
  ];
  if (!hasExporter(model, 'kube-state-metrics')) return panels;
  const used = aggregate('max', select(memory, at), perPod);
  const most = aggregate('max', select(limits, [...at, equalTo('resource', 'memory')]), perPod);
  panels.push(
    timeseries({
      title: 'Memory of the limit',
      description: 'The fullest replica of each service; at 100 % the kernel kills it.',
      unit: 'percentunit',
      min: 0,
      max: 1,
      queries: [{ expr: aggregate('max', ratioOf(used, most), by), legend: '{{container}}' }],
      lines: [
        { color: COLORS.good, value: null },
        { color: COLORS.bad, value: 0.9 },
      ],
    }),
  );
  return panels;
}

function replicaPanels(model: Model, at: readonly Matcher[]): readonly PanelDraft[] {
  const restarts: ExporterMetricName = 'kube_pod_container_status_restarts_total';
  const missing: ExporterMetricName = 'kube_deployment_status_replicas_unavailable';
  return [
    timeseries({
      title: 'Restarts',
      description: 'Restarts of containers within the interval of the graph.',
      unit: 'short',
      min: 0,
      queries: [{ expr: sum(rangeIncrease(restarts, at), ['container']), legend: '{{container}}' }],
    }),
    timeseries({
      title: 'Replicas missing',
      description: 'Replicas that are wanted and not ready.',
      unit: 'short',
      min: 0,
      queries: [
        { expr: aggregate('max', select(missing, namespaceMatchers(model)), ['deployment']), legend: '{{deployment}}' },
      ],
    }),
  ];
}

/** The one thing that is known of every service that is scraped, whatever else it exports. */
function replicasPanel(model: Model): readonly PanelDraft[] {
  const jobs = model.services.filter((service) => isMonitored(model, service)).map(({ name }) => name);
  if (jobs.length === 0) return [];
  return [
    timeseries({
      title: 'Replicas that answer',
      description: 'Targets of each service that Prometheus could scrape last time.',
      unit: 'short',
      min: 0,
      queries: [{ expr: sum(select('up', jobMatchers(model, jobs)), ['job']), legend: '{{job}}' }],
    }),
  ];
}

const rangeIncrease = (metric: string, matchers: readonly Matcher[]): PromExpr =>
  call('increase', { kind: 'selector', metric, matchers, range: RATE_INTERVAL });

function hostPanels(model: Model): readonly PanelDraft[] {
  if (!hasExporter(model, 'node')) return [];
  const cpu: ExporterMetricName = 'node_cpu_seconds_total';
  const available: ExporterMetricName = 'node_memory_MemAvailable_bytes';
  const total: ExporterMetricName = 'node_memory_MemTotal_bytes';
  const free: ExporterMetricName = 'node_filesystem_avail_bytes';
  const size: ExporterMetricName = 'node_filesystem_size_bytes';
  const disks: Matcher = { label: 'fstype', op: '!~', value: 'tmpfs|ramfs|overlay|squashfs|iso9660' };
  const used = (part: string, whole: string, matchers: readonly Matcher[] = []): PromExpr =>
    binary('-', num(1), ratioOf(select(part, matchers), select(whole, matchers)));
  const share = { unit: 'percentunit', min: 0, max: 1 } as const;
  return [
    timeseries({
      ...share,
      title: 'Host: processor',
      description: 'Share of the time that the processors of a host are busy.',
      queries: [{ expr: aggregate('avg', sumModes(cpu), ['instance']), legend: '{{instance}}' }],
    }),
    timeseries({
      ...share,
      title: 'Host: memory',
      description: 'Share of the memory that programs hold.',
      queries: [{ expr: used(available, total), legend: '{{instance}}' }],
    }),
    timeseries({
      ...share,
      title: 'Host: disks',
      description: 'Share of each file system that is full.',
      queries: [{ expr: used(free, size, [disks]), legend: '{{instance}} {{mountpoint}}' }],
    }),
  ];
}

const sumModes = (cpu: string): PromExpr =>
  sum(rate(cpu, [notEqualTo('mode', 'idle')], RATE_INTERVAL), ['instance', 'cpu']);
