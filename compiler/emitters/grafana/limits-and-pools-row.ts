/**
 * What the runtime keeps in bounds, where the spec asks for it: breakers, pools of providers, caches, queues.
 */
import type { MetricName } from '../../../schemas/metrics.ts';
import { gatewayNames, jobMatchers } from '../../derive/observability/scrape-targets.ts';
import { buildQueues, draftCaches } from '../../derive/runtime-policy/stores.ts';
import { aggregate, binary, type Matcher, rate, ratioOf, select, sum } from '../../printers/promql.ts';
import type { Model } from '../../resolve/model/index.ts';
import { COLORS, type PanelDraft, RATE_INTERVAL, type RowDraft, timeseries } from './panel.ts';

export function limitsAndPoolsRow(model: Model): RowDraft {
  const jobs = gatewayNames(model);
  const at = jobMatchers(model, jobs);
  const panels =
    jobs.length === 0
      ? []
      : [...breakerPanels(model, at), ...poolPanels(model, at), ...cachePanels(model, at), ...queuePanels(model, at)];
  return { title: 'Bounds of the runtime', collapsed: false, panels };
}

const name = (metric: MetricName): MetricName => metric;

function breakerPanels({ providers, services }: Model, at: readonly Matcher[]): readonly PanelDraft[] {
  if (![...providers, ...services].some(({ breaker }) => breaker !== undefined)) return [];
  return [
    timeseries({
      title: 'Circuit breakers',
      description: 'State of each breaker, the worst over all replicas: an open one answers for its upstream.',
      unit: 'none',
      min: 0,
      max: 2,
      queries: [
        { expr: aggregate('max', select(name('breaker_state'), at), ['kind', 'name']), legend: '{{kind}} {{name}}' },
      ],
      mappings: { 0: 'closed', 1: 'half open', 2: 'open' },
      lines: [
        { color: COLORS.good, value: null },
        { color: COLORS.bad, value: 2 },
      ],
    }),
  ];
}

function poolPanels({ providers }: Model, at: readonly Matcher[]): readonly PanelDraft[] {
  if (!providers.some(({ pool }) => pool !== undefined)) return [];
  const gauge = (metric: MetricName) => sum(select(metric, at), ['pool']);
  return [
    timeseries({
      title: 'Calls to providers in flight',
      description: 'Places taken in each pool, and its size; a throttled pool is smaller than declared.',
      unit: 'short',
      min: 0,
      queries: [
        { expr: gauge('provider_pool_in_use'), legend: '{{pool}} taken' },
        { expr: gauge('provider_pool_size'), legend: '{{pool}} size' },
      ],
    }),
    timeseries({
      title: 'Calls that wait for a place',
      description: 'Calls in the line of each pool. A line that does not shrink means a pool that is too small.',
      unit: 'short',
      min: 0,
      queries: [{ expr: gauge('provider_pool_waiting'), legend: '{{pool}}' }],
    }),
    timeseries({
      title: 'Throttled by providers',
      description: 'Answers a second by which a provider asked for fewer calls.',
      unit: 'reqps',
      min: 0,
      queries: [
        { expr: sum(rate(name('provider_throttled_total'), at, RATE_INTERVAL), ['provider']), legend: '{{provider}}' },
      ],
    }),
  ];
}

function cachePanels(model: Model, at: readonly Matcher[]): readonly PanelDraft[] {
  if (Object.keys(draftCaches(model)).length === 0) return [];
  const hits = sum(rate(name('cache_hits_total'), at, RATE_INTERVAL), ['cache']);
  const misses = sum(rate(name('cache_misses_total'), at, RATE_INTERVAL), ['cache']);
  return [
    timeseries({
      title: 'Answered from caches',
      description: 'Share of the look-ups of each cache that it could answer.',
      unit: 'percentunit',
      min: 0,
      max: 1,
      queries: [{ expr: ratioOf(hits, binary('+', hits, misses)), legend: '{{cache}}' }],
    }),
  ];
}

function queuePanels(model: Model, at: readonly Matcher[]): readonly PanelDraft[] {
  if (Object.keys(buildQueues(model)).length === 0) return [];
  // Every replica measures the same queue.
  const gauge = (metric: MetricName) => aggregate('max', select(metric, at), ['queue']);
  return [
    timeseries({
      title: 'Work in queues',
      description: 'Entries of each stream, and those that a consumer took and has not acknowledged.',
      unit: 'short',
      min: 0,
      queries: [
        { expr: gauge('queue_length'), legend: '{{queue}} length' },
        { expr: gauge('queue_pending'), legend: '{{queue}} pending' },
      ],
    }),
    timeseries({
      title: 'Oldest work in hand',
      description: 'Age of the oldest entry that was taken and not acknowledged. It grows when consumers die.',
      unit: 's',
      min: 0,
      queries: [{ expr: gauge('queue_oldest_pending_seconds'), legend: '{{queue}}' }],
    }),
  ];
}
