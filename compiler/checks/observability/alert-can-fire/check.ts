/**
 * observability/alert-can-fire
 *
 * Owns one claim: there is a fault that fires each declared alert. Whether somebody exports the metric is `known-metric`'s to say, and
 * whether the window holds samples that of `window-holds-samples`.
 */
import {
  formatDecimal,
  formatDuration,
  formatPercent,
  formatRate,
  milliseconds,
  perSecond,
} from '../../../../schemas/units/index.ts';
import { latencyBuckets } from '../../../derive/runtime-policy/latency-buckets.ts';
import type { AlertCondition, AlertModel, Model, ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

type Of<Kind extends AlertCondition['kind']> = AlertCondition & { readonly kind: Kind };

export const alertCanFire: Check = {
  id: 'observability/alert-can-fire',
  code: 'SW-470',
  severity: 'error',
  title: 'An alert can never fire',
  why: 'An alert that is silent through the very fault it was written for looks exactly like health.',
  hint: 'Choose figures that a fault can reach.',
  run: (model) =>
    model.services.flatMap((service) => service.alerts.flatMap((alert) => findingsOf(model, service, alert))),
};

function findingsOf(model: Model, service: ServiceModel, alert: AlertModel): Finding[] {
  const { when } = alert;
  if (when.kind === 'increase') return overBeforeItFires(alert, when);
  if (when.kind === 'error-ratio') return [...aboveAll(alert, when), ...abovePeak(service, alert, when)];
  return when.kind === 'latency' ? aboveBuckets(model, service, alert, when) : [];
}

/** One event is within the window for as long as the window is. With `above: 0` each event should tell; above that, growth may go on. */
function overBeforeItFires(alert: AlertModel, when: Of<'increase'>): Finding[] {
  if (alert.for < when.over) return [];
  return [
    {
      at: alert.origin.of('for'),
      severity: when.above === 0 ? 'error' : 'warning',
      message: `alert \`${alert.name}\` waits ${formatDuration(alert.for)}, but what it saw at once is out of its window after ${formatDuration(when.over)}`,
      arithmetic: [`for ${formatDuration(alert.for)} >= over ${formatDuration(when.over)}`],
      related: [{ at: alert.origin.of('increase'), note: 'the window is set here' }],
      hint: 'Leave `for` out (an `increase` then fires at once), or measure over more than `for`.',
    },
  ];
}

function aboveAll(alert: AlertModel, when: Of<'error-ratio'>): Finding[] {
  if (when.above < 1) return [];
  const message = `alert \`${alert.name}\` fires above ${formatPercent(when.above)} of failures, and there are never more than 100%`;
  return [{ at: alert.origin.of('errorRatio'), message, hint: 'Choose a limit below 100%.' }];
}

/** Only where every route says how busy it gets. */
function abovePeak({ routes }: ServiceModel, alert: AlertModel, when: Of<'error-ratio'>): Finding[] {
  const { minimumRate } = when;
  if (minimumRate === undefined || routes.length === 0 || routes.some(({ peak }) => peak === undefined)) return [];
  const peaks = routes.flatMap((route) => (route.peak === undefined ? [] : [{ route, peak: route.peak }]));
  const busiest = peaks.reduce((sum, { peak }) => sum + perSecond(peak), 0);
  if (perSecond(minimumRate) <= busiest) return [];
  return [
    {
      at: alert.origin.of('errorRatio'),
      message: `alert \`${alert.name}\` is silent below ${formatRate(minimumRate)}, and the routes are never that busy`,
      arithmetic: [
        `${peaks.map(({ route, peak }) => `${route.path} ${formatRate(peak)}`).join(' + ')} = ${formatDecimal(busiest)}/s < ${formatRate(minimumRate)}`,
      ],
      related: peaks.map(({ route }) => ({ at: route.origin.of('peak'), note: 'its peak is declared here' })),
      hint: `Let \`minimumRate\` be well below ${formatDecimal(busiest)}/s.`,
    },
  ];
}

/** A quantile never comes out above the largest bound of the histogram. */
function aboveBuckets(model: Model, service: ServiceModel, alert: AlertModel, when: Of<'latency'>): Finding[] {
  const { http } = service.metrics;
  const at = alert.origin.of('latency');
  if (http.kind === 'own' && http.buckets === undefined)
    return [
      {
        at,
        severity: 'info',
        message: `alert \`${alert.name}\` is silent unless \`${http.duration}\` has a bucket of ${formatDuration(when.above)} or more; the spec does not say`,
        hint: 'State `metrics.http.buckets`.',
      },
    ];
  const bounds = http.kind === 'own' ? (http.buckets ?? []) : latencyBuckets(model.services);
  const largest = milliseconds(Math.max(...bounds));
  if (http.kind === 'none' || when.above < largest || (http.kind === 'own' && when.above === largest)) return [];
  const most = formatDuration(largest);
  return [
    {
      at,
      message: `alert \`${alert.name}\` fires above ${formatDuration(when.above)}, and no quantile comes out above ${most}`,
      arithmetic: [`largest of ${bounds.length} buckets = ${most} < ${formatDuration(when.above)}`],
      hint: `Fire at ${most} or below, or give the histogram a larger bucket.`,
    },
  ];
}
