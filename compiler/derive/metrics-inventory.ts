/**
 * Every metric that a declared source exports in one model, and where its series are found.
 *
 * Owns the answer to "does anybody export this?", which checks ask of the spec and tests ask of our own rules and dashboards. Sources:
 * the runtime (`schemas/metrics.ts`), what services promise, the exporters of the system, Prometheus itself, and what rules record.
 */
import { EXPORTERS } from '../../schemas/exporters/index.ts';
import type { MetricType } from '../../schemas/metrics.ts';
import type { Model } from '../resolve/model/index.ts';
import { burnPairs } from './observability/burn-rates.ts';
import { BASE_WINDOW, errorRatio, RECORDED, rawWindows, watched } from './observability/recorded-series.ts';
import { gatewayNames } from './observability/scrape-targets.ts';
import { runtimeMetricsOf } from './runtime-metrics.ts';

export type MetricSource =
  | { readonly kind: 'runtime' }
  | { readonly kind: 'service'; readonly service: string }
  | { readonly kind: 'exporter'; readonly exporter: string }
  /** `up` and its like, which Prometheus adds to every target. */
  | { readonly kind: 'prometheus' }
  | { readonly kind: 'recorded' };

export interface InventoryMetric {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** Labels of its own; those of the scrape come on top. */
  readonly labels: readonly string[];
  readonly source: MetricSource;
  /** Values of `job` under which it is scraped; empty where that is the platform's business. */
  readonly jobs: readonly string[];
}

export interface MetricsInventory {
  /** The metric behind the name of a series (`x_bucket` finds the histogram `x`); what `service` exports itself comes first. */
  find(series: string, service?: string): InventoryMetric | undefined;
  /** All of them, in the order of the sources. */
  readonly metrics: readonly InventoryMetric[];
}

/** Lists what can be queried in this model. */
export function metricsOf(model: Model): MetricsInventory {
  const metrics = [
    ...runtimeMetrics(model),
    ...serviceMetrics(model),
    ...exporterMetrics(model),
    ...PROMETHEUS_METRICS,
    ...recordedMetrics(model),
  ];
  const bySeries = new Map<string, InventoryMetric[]>();
  for (const metric of metrics) {
    for (const series of seriesOf(metric)) {
      const known = bySeries.get(series);
      if (known === undefined) bySeries.set(series, [metric]);
      else known.push(metric);
    }
  }
  return {
    metrics,
    find(series, service) {
      const found = bySeries.get(series) ?? [];
      return found.find(({ source }) => source.kind === 'service' && source.service === service) ?? found[0];
    },
  };
}

const seriesOf = ({ name, type }: InventoryMetric): readonly string[] =>
  type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name];

/** The gateway is the runtime; without one nobody scrapes it. */
function runtimeMetrics(model: Model): readonly InventoryMetric[] {
  const jobs = gatewayNames(model);
  if (jobs.length === 0) return [];
  return Object.entries(runtimeMetricsOf(model)).map(([name, { type, help, labels }]) => ({
    name,
    type,
    help,
    labels,
    source: { kind: 'runtime' },
    jobs,
  }));
}

const serviceMetrics = (model: Model): readonly InventoryMetric[] =>
  model.services.flatMap(({ name: service, metrics }) => {
    const where = { source: { kind: 'service', service }, jobs: [service] } as const;
    const { http } = metrics;
    const own: readonly InventoryMetric[] =
      http.kind === 'own'
        ? [
            { name: http.requests, type: 'counter', help: 'Requests.', labels: [http.statusLabel], ...where },
            { name: http.duration, type: 'histogram', help: 'Time to answer, in seconds.', labels: [], ...where },
          ]
        : [];
    const exported = metrics.exported.map(({ name, type, help, labels }) => ({
      name,
      type,
      help,
      labels: Object.keys(labels),
      ...where,
    }));
    return [...own, ...exported];
  });

const exporterMetrics = (model: Model): readonly InventoryMetric[] =>
  EXPORTERS.filter((exporter) => model.system.monitoring.exporters.includes(exporter.name)).flatMap((exporter) =>
    Object.entries(exporter.metrics).map(([name, metric]) => ({
      name,
      ...metric,
      source: { kind: 'exporter', exporter: exporter.name },
      jobs: [],
    })),
  );

const PROMETHEUS_METRICS: readonly InventoryMetric[] = [
  {
    name: 'up',
    type: 'gauge',
    help: 'Whether the last scrape of a target worked.',
    labels: [],
    source: { kind: 'prometheus' },
    jobs: [],
  },
  {
    name: 'ALERTS',
    type: 'gauge',
    help: 'Alerts that are pending or firing.',
    labels: ['alertname', 'alertstate', 'severity'],
    source: { kind: 'prometheus' },
    jobs: [],
  },
];

function recordedMetrics(model: Model): readonly InventoryMetric[] {
  const objectives = model.services.flatMap((service) => service.objectives);
  if (objectives.length === 0) return [];
  const windows = new Set([BASE_WINDOW, ...objectives.flatMap(burnPairs).flatMap(({ long, short }) => [long, short])]);
  const names = [
    ...Object.values(RECORDED),
    ...rawWindows(windows).map(watched),
    ...[...windows].sort((a, b) => a - b).map(errorRatio),
  ];
  return names.map((name) => ({
    name,
    type: 'gauge',
    help: 'Recorded for an objective.',
    labels: ['environment', 'service', 'slo', 'system'],
    source: { kind: 'recorded' },
    jobs: [],
  }));
}
