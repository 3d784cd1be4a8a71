/**
 * Rows that all services share: what stands between them and the world, what they run on, where state is.
 *
 * A panel appears only when its exporter is declared or a gateway runs; nothing here can be empty for want of a source.
 */
import type { ExporterMetricName } from '../../../schemas/exporters/index.ts';
import type { MetricName } from '../../../schemas/metrics.ts';
import { containerServices, isMonitored } from '../../kubernetes-scope.ts';
import { gatewayNames, jobMatchers, namespaceMatchers } from '../../observability/scrape-targets.ts';
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
import { COLORS, colored, type PanelDraft, RATE_INTERVAL, type RowDraft, timeseries } from './panel.ts';

export const sharedRows = (model: Model): readonly RowDraft[] =>
  [
    { title: 'Runtime and dependencies', collapsed: false, panels: [...runtimePanels(model), ...edgePanels(model)] },
    {
      title: 'Saturation',
      collapsed: false,
      panels: [...containerPanels(model), ...replicasPanel(model), ...hostPanels(model)],
    },
    { title: 'State', collapsed: false, panels: [...postgresPanels(model), ...redisPanels(model)] },
  ].filter(({ panels }) => panels.length > 0);

const has = (model: Model, exporter: string): boolean => model.system.monitoring.exporters.includes(exporter);

function runtimePanels(model: Model): readonly PanelDraft[] {
  const jobs = gatewayNames(model);
  if (jobs.length === 0) return [];
  const at = jobMatchers(model, jobs);
  const counted = (metric: MetricName, by: readonly string[], matchers: readonly Matcher[] = []): PromExpr =>
    sum(rate(metric, [...at, ...matchers], RATE_INTERVAL), by);
  const bucket = `${'upstream_request_duration_seconds' satisfies MetricName}_bucket`;
  return [
    timeseries({
      title: 'Refused by rate limits',
      description: 'Requests a second that each rate limit of the policy refused.',
      unit: 'reqps',
      min: 0,
      queries: [
        { expr: counted('ratelimit_requests_total', ['policy'], [equalTo('result', 'refused')]), legend: '{{policy}}' },
      ],
    }),
    timeseries({
      title: 'Refused credentials',
      description: 'Requests a second without an acceptable credential, by reason.',
      unit: 'reqps',
      min: 0,
      queries: [{ expr: counted('auth_failures_total', ['reason']), legend: '{{reason}}' }],
    }),
    timeseries({
      title: 'Upstream errors',
      description: 'Calls to services a second that failed without a complete response.',
      unit: 'reqps',
      min: 0,
      queries: [{ expr: counted('upstream_errors_total', ['upstream', 'reason']), legend: '{{upstream}} {{reason}}' }],
    }),
    timeseries({
      title: 'Upstream latency, p95',
      description: 'Time to the head of the response of each service; what the runtime adds itself is not in it.',
      unit: 's',
      min: 0,
      queries: [
        {
          expr: call('histogram_quantile', num(0.95), sum(rate(bucket, at, RATE_INTERVAL), ['le', 'upstream'])),
          legend: '{{upstream}}',
        },
      ],
    }),
    timeseries({
      title: 'Dependencies of the runtime',
      description: 'Whether each dependency answered last time: 1 or 0.',
      unit: 'none',
      min: 0,
      max: 1,
      queries: [
        {
          expr: aggregate('min', select('dependency_up' satisfies MetricName, at), ['dependency']),
          legend: '{{dependency}}',
        },
      ],
    }),
    timeseries({
      title: 'Event loop delay of the runtime, p99',
      description:
        'How long the runtime is busy before it gets to the next event. Above a tenth of a second every request waits.',
      unit: 's',
      min: 0,
      queries: [
        {
          expr: aggregate('max', select('nodejs_eventloop_delay_p99_seconds' satisfies MetricName, at), ['instance']),
          legend: '{{instance}}',
        },
      ],
      lines: [
        { color: COLORS.good, value: null },
        { color: COLORS.bad, value: 0.1 },
      ],
    }),
  ];
}

function edgePanels(model: Model): readonly PanelDraft[] {
  if (!has(model, 'nginx')) return [];
  const requests: ExporterMetricName = 'nginx_http_requests_total';
  const active: ExporterMetricName = 'nginx_connections_active';
  const waiting: ExporterMetricName = 'nginx_connections_waiting';
  return [
    timeseries({
      title: 'nginx: requests',
      description: 'Requests a second at the edge, before any limit.',
      unit: 'reqps',
      min: 0,
      width: 12,
      queries: [{ expr: sum(rate(requests, [], RATE_INTERVAL), ['instance']), legend: '{{instance}}' }],
    }),
    timeseries({
      title: 'nginx: connections',
      description: 'Open client connections, and those of them that are idle.',
      unit: 'short',
      min: 0,
      width: 12,
      queries: [
        { expr: sum(select(active)), legend: 'open' },
        { expr: sum(select(waiting)), legend: 'idle' },
      ],
    }),
  ];
}

function containerPanels(model: Model): readonly PanelDraft[] {
  const names = containerServices(model).map(({ name }) => name);
  if (names.length === 0) return [];
  const at = [...namespaceMatchers(model), oneOf('container', names)];
  return [
    ...(has(model, 'cadvisor') ? usagePanels(model, at) : []),
    ...(has(model, 'kube-state-metrics') ? replicaPanels(model, at) : []),
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
  if (!has(model, 'kube-state-metrics')) return panels;
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
  if (!has(model, 'node')) return [];
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

function postgresPanels(model: Model): readonly PanelDraft[] {
  if (!has(model, 'postgres')) return [];
  const used: ExporterMetricName = 'pg_stat_database_numbackends';
  const most: ExporterMetricName = 'pg_settings_max_connections';
  const commits: ExporterMetricName = 'pg_stat_database_xact_commit';
  const rollbacks: ExporterMetricName = 'pg_stat_database_xact_rollback';
  const size: ExporterMetricName = 'pg_database_size_bytes';
  return [
    timeseries({
      title: 'PostgreSQL: connections',
      description: 'Connections that are taken, and the most that the server accepts.',
      unit: 'short',
      min: 0,
      queries: [
        { expr: sum(select(used), ['instance']), legend: '{{instance}} taken' },
        { expr: aggregate('max', select(most), ['instance']), legend: '{{instance}} most' },
      ],
    }),
    timeseries({
      title: 'PostgreSQL: transactions',
      description: 'Transactions a second that were committed and rolled back.',
      unit: 'cps',
      min: 0,
      queries: [
        { expr: sum(rate(commits, [], RATE_INTERVAL)), legend: 'committed' },
        { expr: sum(rate(rollbacks, [], RATE_INTERVAL)), legend: 'rolled back' },
      ],
      overrides: [colored('rolled back', COLORS.bad)],
    }),
    timeseries({
      title: 'PostgreSQL: size',
      description: 'Size of each database on disk.',
      unit: 'bytes',
      min: 0,
      queries: [{ expr: aggregate('max', select(size), ['datname']), legend: '{{datname}}' }],
    }),
  ];
}

function redisPanels(model: Model): readonly PanelDraft[] {
  if (!has(model, 'redis')) return [];
  const used: ExporterMetricName = 'redis_memory_used_bytes';
  const most: ExporterMetricName = 'redis_memory_max_bytes';
  const clients: ExporterMetricName = 'redis_connected_clients';
  const evicted: ExporterMetricName = 'redis_evicted_keys_total';
  return [
    timeseries({
      title: 'Redis: memory',
      description: 'Memory that is used, and maxmemory where it is set.',
      unit: 'bytes',
      min: 0,
      queries: [
        { expr: aggregate('max', select(used), ['instance']), legend: '{{instance}} used' },
        { expr: binary('>', aggregate('max', select(most), ['instance']), num(0)), legend: '{{instance}} most' },
      ],
    }),
    timeseries({
      title: 'Redis: clients',
      description: 'Client connections.',
      unit: 'short',
      min: 0,
      queries: [{ expr: aggregate('max', select(clients), ['instance']), legend: '{{instance}}' }],
    }),
    timeseries({
      title: 'Redis: evicted keys',
      description:
        'Keys a second that were dropped because memory was full. Counters of rate limits may be among them.',
      unit: 'cps',
      min: 0,
      queries: [{ expr: sum(rate(evicted, [], RATE_INTERVAL), ['instance']), legend: '{{instance}}' }],
    }),
  ];
}
