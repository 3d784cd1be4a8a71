/**
 * The condition of a declared alert as a query, and in words.
 *
 * Selectors get the job that exports the metric, so that a metric of the same name elsewhere cannot raise or hide the alert.
 */
import {
  formatDecimal,
  formatDuration,
  formatPercent,
  formatPrometheusDuration,
  formatRate,
  inSeconds,
  perSecond,
} from '../../../schemas/units/index.ts';
import type { MetricsInventory } from '../../derive/metrics-inventory.ts';
import {
  bucketRates,
  failureRate,
  type HttpSignals,
  httpSignals,
  requestRate,
} from '../../derive/observability/http-signals.ts';
import { matchersFor } from '../../derive/observability/recorded-series.ts';
import { jobMatchers, namespaceMatchers } from '../../derive/observability/scrape-targets.ts';
import {
  aggregate,
  binary,
  call,
  type Matcher,
  num,
  over,
  type PromExpr,
  select,
  selectAt,
  sum,
} from '../../printers/promql.ts';
import type { AlertCondition, Model, ServiceModel } from '../../resolve/model/index.ts';

export interface Condition {
  readonly expr: PromExpr;
  /** One sentence with the numbers; may hold templates. */
  readonly description: string;
}

interface Context {
  readonly model: Model;
  readonly service: ServiceModel;
  readonly inventory: MetricsInventory;
}

type Of<Kind extends AlertCondition['kind']> = AlertCondition & { readonly kind: Kind };

/** Undefined for a condition about requests that nobody measures; `observability/has-http-metrics` has reported it. */
export function conditionOf(context: Context, when: AlertCondition): Condition | undefined {
  switch (when.kind) {
    case 'error-ratio':
      return withSignals(context, (signals) => errorRatioCondition(signals, when));
    case 'latency':
      return withSignals(context, (signals) => latencyCondition(signals, when, context.service));
    case 'threshold':
      return thresholdCondition(context, when);
    case 'increase':
      return increaseCondition(context, when);
    case 'absent':
      return absentCondition(context, when);
  }
}

function withSignals({ model, service }: Context, make: (signals: HttpSignals) => Condition): Condition | undefined {
  const signals = httpSignals(model, service);
  return signals === undefined ? undefined : make(signals);
}

/** One ratio of two sums. A ratio for each series would let a busy healthy one hide nothing and a quiet broken one decide everything. */
function errorRatioCondition(signals: HttpSignals, when: Of<'error-ratio'>): Condition {
  const least = when.minimumRate === undefined ? 0 : perSecond(when.minimumRate);
  const counted = binary('>', requestRate(signals, when.over), num(least));
  const quiet = when.minimumRate === undefined ? '' : ` Silent below ${formatRate(when.minimumRate)}.`;
  return {
    expr: binary('>', binary('/', failureRate(signals, when.over), counted), num(when.above)),
    description: `{{ $value | humanizePercentage }} of the requests failed over the last ${formatDuration(when.over)}; the limit is ${formatPercent(when.above)}.${quiet}`,
  };
}

/**
 * A quantile stops at the largest bound. The runtime has one above every threshold; of a service's own histogram the threshold may be the
 * largest, and then all that can be seen of slowness is that the quantile is there.
 */
function latencyCondition(signals: HttpSignals, when: Of<'latency'>, { metrics }: ServiceModel): Condition {
  const reaches = metrics.http.kind === 'own' && when.quantile < 1 ? '>=' : '>';
  const buckets = bucketRates(signals, when.over);
  return {
    expr: binary(reaches, call('histogram_quantile', num(when.quantile), buckets), num(inSeconds(when.above))),
    description: `${formatPercent(when.quantile)} of the requests of the last ${formatDuration(when.over)} were answered within {{ $value | humanizeDuration }}; the limit is ${formatDuration(when.above)}.`,
  };
}

const COMPARISONS = { above: '>', below: '<', equals: '==' } as const;
const COMPARISON_WORDS = { above: 'above', below: 'below', equals: 'exactly' } as const;

function thresholdCondition(context: Context, when: Of<'threshold'>): Condition {
  const gauge = select(when.metric, matchersOf(context, when.metric, when.matching));
  const value = aggregate(when.aggregate, gauge, when.by);
  return {
    expr: binary(COMPARISONS[when.comparison], value, num(when.value)),
    description: `${when.metric}${labelsText(when.by)} is {{ $value | humanize }}; it should not be ${COMPARISON_WORDS[when.comparison]} ${formatDecimal(when.value)}.`,
  };
}

const labelsText = (by: readonly string[]): string =>
  by.length === 0 ? '' : ` of ${by.map((label) => `${label} {{ $labels.${label} }}`).join(', ')}`;

/**
 * `increase()` cannot see a series that is born with its first event already counted. Such a one counts whole: it has no sample in the day
 * before the window, although the exporter was scraped at that time, so it is neither old nor merely unseen by a Prometheus that was down.
 */
function increaseCondition(context: Context, when: Of<'increase'>): Condition {
  const matchers = matchersOf(context, when.metric, when.matching);
  const range = formatPrometheusDuration(when.over);
  const before = call('max_over_time', over(when.metric, matchers, '1d', range));
  const wasScraped = binary('==', aggregate('max', selectAt('up', upMatchers(context, when.metric), range)), num(1));
  const newborn = binary('and', binary('unless', select(when.metric, matchers), before), wasScraped, []);
  const grown = call('increase', over(when.metric, matchers, range));
  return {
    expr: binary('>', sum(binary('or', newborn, grown)), num(when.above)),
    description: `${when.metric}${matchingText(when.matching)} grew by {{ $value | humanize }} within ${formatDuration(when.over)}; more than ${formatDecimal(when.above)} is too much.`,
  };
}

function absentCondition(context: Context, when: Of<'absent'>): Condition {
  return {
    expr: call('absent', select(when.metric, matchersOf(context, when.metric, when.matching))),
    description: `No target exports ${when.metric}${matchingText(when.matching)}, so whatever it would tell is unknown.`,
  };
}

const matchingText = (matching: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(matching).map(([label, value]) => `${label} ${value}`);
  return pairs.length === 0 ? '' : ` (${pairs.sort().join(', ')})`;
};

/** What the spec asks for, within the job or the namespace that it is about. What the spec says itself wins. */
function matchersOf(context: Context, metric: string, matching: Readonly<Record<string, string>>): readonly Matcher[] {
  const own = matchersFor(matching);
  return [...sourceMatchers(context, metric).filter(({ label }) => !Object.hasOwn(matching, label)), ...own];
}

function sourceMatchers({ model, service, inventory }: Context, series: string): readonly Matcher[] {
  const metric = inventory.find(series, service.name);
  if (metric === undefined) return [];
  if (metric.jobs.length > 0) return jobMatchers(model, metric.jobs);
  return metric.labels.includes('namespace') ? namespaceMatchers(model) : [];
}

const upMatchers = ({ model, service, inventory }: Context, series: string): readonly Matcher[] => {
  const jobs = inventory.find(series, service.name)?.jobs ?? [];
  return jobs.length === 0 ? [] : jobMatchers(model, jobs);
};
