/**
 * What stands between the services and the world: the runtime with its limits and upstreams, and nginx.
 */
import type { ExporterMetricName } from '../../../schemas/exporters/index.ts';
import type { MetricName } from '../../../schemas/metrics.ts';
import { gatewayNames, hasExporter, jobMatchers } from '../../derive/observability/scrape-targets.ts';
import {
  aggregate,
  call,
  equalTo,
  type Matcher,
  num,
  type PromExpr,
  rate,
  select,
  sum,
} from '../../printers/promql.ts';
import type { Model } from '../../resolve/model/index.ts';
import { COLORS, type PanelDraft, RATE_INTERVAL, type RowDraft, timeseries } from './panel.ts';

export const runtimeRow = (model: Model): RowDraft => ({
  title: 'Runtime and dependencies',
  collapsed: false,
  panels: [...runtimePanels(model), ...edgePanels(model)],
});

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
  if (!hasExporter(model, 'nginx')) return [];
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
