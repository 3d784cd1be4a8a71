/** Defaults of metrics, objectives and alerts. */
import type { Default } from './default.ts';

export const OBSERVABILITY_DEFAULTS = {
  'error-window': {
    value: '5m',
    field: 'Service.spec.alerts[].errorRatio.over',
    reason: 'Several scrapes long, so one lost scrape does not matter.',
  },
  'alert-for': {
    value: '5m',
    field: 'Service.spec.alerts[].for',
    reason: 'Waits out a restart before it wakes somebody.',
  },
  'increase-for': {
    value: '0s',
    field: 'Service.spec.alerts[].for',
    reason: 'Of an `increase`: one event is over when `over` is, so waiting as long would never tell of it.',
  },
  'alert-severity': {
    value: 'warning',
    field: 'Service.spec.alerts[].severity',
    reason: 'Waking somebody is a decision, so it must be written.',
  },
  'latency-quantile': {
    value: '99%',
    field: 'Service.spec.alerts[].latency.quantile',
    reason: 'What the slowest one in a hundred callers sees.',
  },
  'latency-window': {
    value: '5m',
    field: 'Service.spec.alerts[].latency.over',
    reason: 'Several scrapes long, so one lost scrape does not matter.',
  },
  'metrics-path': { value: '/metrics', field: 'Service.spec.metrics.path', reason: 'Where Prometheus looks.' },
  'metrics-scheme': {
    value: 'http',
    field: 'Service.spec.metrics.scheme',
    reason: 'Scrapes stay inside the cluster, where few services encrypt them.',
  },
  'objective-window': {
    value: '30d',
    field: 'Service.spec.objectives[].window',
    reason: 'The usual period of error budgets; burn rates are known for it.',
  },
} as const satisfies Readonly<Record<string, Default>>;
