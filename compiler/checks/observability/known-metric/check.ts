/**
 * observability/known-metric
 *
 * Owns one claim: every metric that an alert names is exported by somebody, and as the kind of metric the condition needs.
 */
import { type MetricsInventory, metricsOf } from '../../../derive/metrics-inventory.ts';
import type { AlertModel, ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const knownMetric: Check = {
  id: 'observability/known-metric',
  code: 'SW-420',
  severity: 'error',
  misses: ['Service', 'Datastore'],
  title: 'An alert names a metric that nobody exports',
  why: 'Its rule would select nothing and stay silent for ever, which looks exactly like health.',
  hint: 'Correct the name, declare the metric in `metrics.exported`, or add its exporter to `monitoring.exporters`.',
  run: (model) => {
    if (!model.system.targets.wanted.includes('prometheus')) return [];
    const inventory = metricsOf(model);
    return model.services.flatMap((service) =>
      service.alerts.flatMap((alert) => findingsOf(alert, service, inventory)),
    );
  },
};

function findingsOf(alert: AlertModel, service: ServiceModel, inventory: MetricsInventory): Finding[] {
  const { when, name, origin } = alert;
  if (when.kind === 'error-ratio' || when.kind === 'latency') return [];
  const at = origin.of(when.kind);
  const metric = inventory.find(when.metric, service.name);
  if (metric === undefined)
    return [{ at, message: `alert \`${name}\` needs \`${when.metric}\`, which nobody exports` }];
  if (when.kind !== 'increase' || metric.type === 'counter' || metric.type === 'histogram') return [];
  const message = `alert \`${name}\` measures the growth of \`${when.metric}\`, which is a ${metric.type}`;
  return [{ at, message, hint: 'Use `threshold` for a gauge, or name a counter.' }];
}
