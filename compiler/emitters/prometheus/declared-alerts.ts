/**
 * The alerts that a service declares, word for word: severity and `for` are the team's.
 */

import { formatDuration } from '../../../schemas/units/index.ts';
import type { MetricsInventory } from '../../derive/metrics-inventory.ts';
import { evaluationInterval } from '../../derive/observability/alert-times.ts';
import { serviceLabels } from '../../derive/observability/recorded-series.ts';
import type { AlertModel, Model, ServiceModel } from '../../resolve/model/index.ts';
import type { Claim } from '../emitter.ts';
import { alertAnnotations, alertLabels, plainText } from './alert-text.ts';
import { type Condition, conditionOf } from './condition.ts';
import { alerting, type GroupDraft, type RuleDraft } from './rule.ts';

/** One group for all of them; none without a condition that can be measured. */
export function declaredGroups(
  model: Model,
  service: ServiceModel,
  inventory: MetricsInventory,
): readonly GroupDraft[] {
  const measured = service.alerts.flatMap((alert) => {
    const condition = conditionOf({ model, service, inventory }, alert.when);
    return condition === undefined ? [] : [{ alert, condition }];
  });
  if (measured.length === 0) return [];
  return [
    {
      name: `alerts-${service.name}`,
      interval: evaluationInterval(model),
      rules: measured.map(({ alert, condition }) => alertRule(model, service, alert, condition)),
      origin: service.origin.of('alerts'),
      claims: measured.map(({ alert }) => claimOf(service, alert)),
    },
  ];
}

function alertRule(
  model: Model,
  service: ServiceModel,
  alert: AlertModel,
  { expr, description }: Condition,
): RuleDraft {
  return alerting({
    name: alert.name,
    expr,
    for: alert.for,
    labels: { ...alertLabels(model, alert.severity, service.owner), ...serviceLabels(model, service.name) },
    annotations: alertAnnotations(model, {
      alert: alert.name,
      summary: plainText(alert.summary ?? `${service.name}: ${alert.name}`),
      description,
      runbook: alert.runbook,
    }),
    origin: alert.origin.self,
  });
}

const claimOf = (service: ServiceModel, alert: AlertModel): Claim => ({
  control: 'alerts/symptom',
  subject: `service/${service.name}`,
  parameters: {
    alert: alert.name,
    condition: alert.when.kind,
    for: formatDuration(alert.for),
    severity: alert.severity,
  },
});
