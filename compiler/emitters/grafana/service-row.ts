/**
 * One row a service: rate and errors, the share that fails, how long it takes; then what the service counts itself.
 */
import { complement, formatDuration, formatPercent, inSeconds } from '../../../schemas/units/index.ts';
import {
  type HttpSignals,
  httpSignals,
  plainClassRate,
  plainFailureRatio,
} from '../../derive/observability/http-signals.ts';
import { BASE_WINDOW, errorRatio, matchersFor, objectiveLabels } from '../../derive/observability/recorded-series.ts';
import { jobMatchers } from '../../derive/observability/scrape-targets.ts';
import { aggregate, call, num, over, type PromExpr, rate, select, sum } from '../../printers/promql.ts';
import type { MetricModel, Model, ObjectiveModel, ServiceModel } from '../../resolve/model/index.ts';
import {
  COLORS,
  colored,
  type PanelDraft,
  RATE_INTERVAL,
  type RowDraft,
  type Step,
  timeseries,
  type Unit,
} from './panel.ts';

/** Undefined where nothing is measured: a row without panels would only say that nothing is known. */
export function serviceRow(model: Model, service: ServiceModel): RowDraft | undefined {
  const signals = httpSignals(model, service);
  const panels = [
    ...(signals === undefined ? [] : requestPanels(model, service, signals)),
    ...service.metrics.exported.map((metric) => productPanel(model, service, metric)),
  ];
  if (panels.length === 0) return undefined;
  const title = `${service.name} (${service.role}, tier ${service.tier}, ${service.owner})`;
  return { title, collapsed: false, panels };
}

const requestPanels = (model: Model, service: ServiceModel, signals: HttpSignals): readonly PanelDraft[] => [
  requestsPanel(service, signals),
  failuresPanel(model, service, signals),
  latencyPanel(service, signals),
];

const CLASSES = [
  { name: '2xx', color: COLORS.good },
  { name: '3xx', color: COLORS.mild },
  { name: '4xx', color: COLORS.cold },
  { name: '5xx', color: COLORS.bad },
] as const;

const requestsPanel = (service: ServiceModel, signals: HttpSignals): PanelDraft =>
  timeseries({
    title: `${service.name}: requests`,
    description: 'Requests a second by class of status.',
    unit: 'reqps',
    min: 0,
    queries: CLASSES.map(({ name }) => ({
      expr: plainClassRate(signals, `${name[0]}..`, RATE_INTERVAL),
      legend: name,
    })),
    overrides: CLASSES.map(({ name, color }) => colored(name, color)),
  });

function failuresPanel(model: Model, service: ServiceModel, signals: HttpSignals): PanelDraft {
  const budgets = service.objectives.filter(({ kind, route }) => kind === 'availability' && route === undefined);
  const allowed = budgets.map(({ target }) => complement(target));
  const note = budgets.map(({ name, target }) => ` Objective ${name} allows ${formatPercent(complement(target))}.`);
  return timeseries({
    title: `${service.name}: failures`,
    description: `Share of requests answered with a server error.${note.join('')}`,
    unit: 'percentunit',
    min: 0,
    queries: [{ expr: failedOf(model, service, signals, budgets[0]), legend: 'failed' }],
    overrides: [colored('failed', COLORS.bad)],
    ...linesAt(allowed),
  });
}

/** What the objective records, where there is one: then the panel shows exactly what its alerts see, newborn series among it. */
const failedOf = (
  model: Model,
  service: ServiceModel,
  signals: HttpSignals,
  objective: ObjectiveModel | undefined,
): PromExpr =>
  objective === undefined
    ? plainFailureRatio(signals, RATE_INTERVAL)
    : aggregate('max', select(errorRatio(BASE_WINDOW), matchersFor(objectiveLabels(model, service, objective))));

const QUANTILES = [
  { quantile: 0.5, legend: 'p50' },
  { quantile: 0.95, legend: 'p95' },
  { quantile: 0.99, legend: 'p99' },
] as const;

function latencyPanel(service: ServiceModel, signals: HttpSignals): PanelDraft {
  const promised = service.objectives.flatMap((objective) => (objective.kind === 'latency' ? [objective] : []));
  const note = promised.map(
    ({ name, within, target }) => ` Objective ${name}: ${formatPercent(target)} within ${formatDuration(within)}.`,
  );
  return timeseries({
    title: `${service.name}: latency`,
    description: `Time to answer, estimated from the buckets; refusals and streams are left out.${note.join('')}`,
    unit: 's',
    min: 0,
    queries: QUANTILES.map(({ quantile, legend }) => ({
      expr: quantileOf(quantile, `${signals.duration}_bucket`, signals.durationMatchers),
      legend,
    })),
    ...linesAt(promised.map(({ within }) => inSeconds(within))),
  });
}

/** A red line at each promise. */
function linesAt(values: readonly number[]): { readonly lines?: readonly Step[] } {
  if (values.length === 0) return {};
  const rising = [...new Set(values)].sort((a, b) => a - b);
  return { lines: [{ color: COLORS.good, value: null }, ...rising.map((value) => ({ color: COLORS.bad, value }))] };
}

const quantileOf = (quantile: number, bucket: string, matchers: HttpSignals['durationMatchers']): PromExpr =>
  call('histogram_quantile', num(quantile), sum(rate(bucket, matchers, RATE_INTERVAL), ['le']));

/** What the spec says that the service exports, each by its declared labels. */
function productPanel(model: Model, service: ServiceModel, metric: MetricModel): PanelDraft {
  const matchers = jobMatchers(model, [service.name]);
  const by = Object.keys(metric.labels).sort();
  const legend = by.length === 0 ? metric.name : by.map((label) => `{{${label}}}`).join(' ');
  const shared = { title: `${service.name}: ${metric.name}`, description: metric.help, height: 7 };
  if (metric.type === 'histogram') {
    const queries = QUANTILES.map(({ quantile, legend: name }) => ({
      expr: quantileOf(quantile, `${metric.name}_bucket`, matchers),
      legend: name,
    }));
    return timeseries({ ...shared, unit: unitOf(metric), min: 0, queries });
  }
  if (metric.type === 'counter') {
    const expr = sum(call('rate', over(metric.name, matchers, RATE_INTERVAL)), by);
    return timeseries({
      ...shared,
      description: `${metric.help} A second.`,
      unit: 'cps',
      min: 0,
      queries: [{ expr, legend }],
    });
  }
  const expr = aggregate('max', select(metric.name, matchers), by);
  return timeseries({ ...shared, unit: unitOf(metric), queries: [{ expr, legend }] });
}

/** Names end in their unit (prometheus.io, "Metric and label naming"). */
function unitOf({ name }: MetricModel): Unit {
  if (name.endsWith('_seconds')) return 's';
  if (name.endsWith('_bytes')) return 'bytes';
  return name.endsWith('_ratio') ? 'percentunit' : 'short';
}
