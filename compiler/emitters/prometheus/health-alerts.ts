/**
 * Alerts that every service gets without asking, few and each with something to do about it.
 *
 * Each needs a source that is declared: a scrape of the service, or an exporter. Only a service that nobody can reach wakes somebody.
 */
import type { ExporterMetricName } from '../../../schemas/exporters/index.ts';
import { formatDuration, type Milliseconds, milliseconds } from '../../../schemas/units/index.ts';
import { hasAutoscaler, isMonitored, wants } from '../../derive/kubernetes-scope.ts';
import { evaluationInterval, pageSeverity, serviceDownWait } from '../../derive/observability/alert-times.ts';
import { serviceLabels } from '../../derive/observability/recorded-series.ts';
import { jobMatchers, namespaceMatchers } from '../../derive/observability/scrape-targets.ts';
import {
  aggregate,
  binary,
  call,
  equalTo,
  type Matcher,
  num,
  over,
  type PromExpr,
  select,
} from '../../printers/promql.ts';
import type { AlertSeverity, Model, Origin, ServiceModel } from '../../resolve/model/index.ts';
import { alertAnnotations, alertLabels } from './alert-text.ts';
import { alerting, type GroupDraft, type RuleDraft } from './rule.ts';

const MINUTE = 60_000;

export function healthGroups(model: Model, service: ServiceModel): readonly GroupDraft[] {
  const rules = [
    ...(isMonitored(model, service) ? [serviceDown(model, service), replicaUnreachable(model, service)] : []),
    ...(runsInCluster(model, service) ? clusterAlerts(model, service) : []),
  ];
  if (rules.length === 0) return [];
  const origin = service.origin.self;
  return [{ name: `health-${service.name}`, interval: evaluationInterval(model), rules, origin, claims: [] }];
}

const runsInCluster = (model: Model, service: ServiceModel): boolean =>
  wants(model, 'kubernetes') &&
  service.image !== undefined &&
  model.system.monitoring.exporters.includes('kube-state-metrics');

const clusterAlerts = (model: Model, service: ServiceModel): readonly RuleDraft[] => [
  crashLooping(model, service),
  replicasMissing(model, service),
  ...(hasAutoscaler(service) ? [atMaximum(model, service)] : []),
];

interface HealthAlert {
  readonly name: string;
  readonly expr: PromExpr;
  readonly for: Milliseconds;
  readonly severity: AlertSeverity;
  readonly summary: string;
  readonly description: string;
  readonly origin: Origin;
}

const draft = (model: Model, service: ServiceModel, alert: HealthAlert): RuleDraft =>
  alerting({
    name: alert.name,
    expr: alert.expr,
    for: alert.for,
    labels: { ...alertLabels(model, alert.severity, service.owner), ...serviceLabels(model, service.name) },
    annotations: alertAnnotations(model, {
      alert: alert.name,
      summary: `${service.name}: ${alert.summary}`,
      description: alert.description,
    }),
    origin: alert.origin,
  });

/** Covers a target that is gone as well as one that does not answer. */
function serviceDown(model: Model, service: ServiceModel): RuleDraft {
  const answering = binary('==', select('up', jobMatchers(model, [service.name])), num(1));
  const wait = serviceDownWait(service);
  return draft(model, service, {
    name: 'ServiceDown',
    expr: call('absent', answering),
    for: wait,
    severity: pageSeverity(model, service.tier),
    summary: 'no replica answers',
    description: `Prometheus has reached no replica of ${service.name} for ${formatDuration(wait)}: all are down, or their metrics are.`,
    origin: service.metrics.origin.self,
  });
}

function replicaUnreachable(model: Model, service: ServiceModel): RuleDraft {
  return draft(model, service, {
    name: 'ReplicaUnreachable',
    expr: binary('==', select('up', jobMatchers(model, [service.name])), num(0)),
    for: milliseconds(10 * MINUTE),
    severity: 'warning',
    summary: 'a replica does not answer',
    description: 'Prometheus cannot scrape {{ $labels.instance }}; whatever it does is not measured.',
    origin: service.metrics.origin.self,
  });
}

const containerMatchers = (model: Model, service: ServiceModel): readonly Matcher[] => [
  ...namespaceMatchers(model),
  equalTo('container', service.name),
];

function crashLooping(model: Model, service: ServiceModel): RuleDraft {
  const metric: ExporterMetricName = 'kube_pod_container_status_waiting_reason';
  const matchers = [...containerMatchers(model, service), equalTo('reason', 'CrashLoopBackOff')];
  // A container that loops is only now and then in the waiting state.
  const waiting = call('max_over_time', over(metric, matchers, '5m'));
  return draft(model, service, {
    name: 'ContainerCrashLooping',
    expr: binary('>', aggregate('max', waiting, ['pod']), num(0)),
    for: milliseconds(10 * MINUTE),
    severity: 'warning',
    summary: 'a container keeps crashing',
    description:
      'The container of pod {{ $labels.pod }} has been restarted again and again for 10m. Its last log lines tell why.',
    origin: service.origin.self,
  });
}

function replicasMissing(model: Model, service: ServiceModel): RuleDraft {
  const available: ExporterMetricName = 'kube_deployment_status_replicas_available';
  const wanted: ExporterMetricName = 'kube_deployment_spec_replicas';
  const matchers = [...namespaceMatchers(model), equalTo('deployment', service.name)];
  const per = ['deployment', 'namespace'];
  const have = aggregate('max', select(available, matchers), per);
  return draft(model, service, {
    name: 'ReplicasMissing',
    expr: binary('<', have, aggregate('max', select(wanted, matchers), per)),
    for: milliseconds(15 * MINUTE),
    severity: 'warning',
    summary: 'fewer replicas are ready than wanted',
    description: `Only {{ $value }} replicas of ${service.name} have been ready for 15m, fewer than wanted: a rollout that does not get on, or pods that find no place.`,
    origin: service.scale.origin.self,
  });
}

function atMaximum(model: Model, service: ServiceModel): RuleDraft {
  const current: ExporterMetricName = 'kube_horizontalpodautoscaler_status_current_replicas';
  const matchers = [...namespaceMatchers(model), equalTo('horizontalpodautoscaler', service.name)];
  return draft(model, service, {
    name: 'AutoscalerAtMaximum',
    expr: binary('>=', aggregate('max', select(current, matchers)), num(service.scale.max)),
    for: milliseconds(15 * MINUTE),
    severity: 'warning',
    summary: 'no replica can be added any more',
    description: `${service.name} has run with all ${service.scale.max} replicas for 15m. More load will make it slow; raise scale.max or find out what is busy.`,
    origin: service.scale.origin.of('max'),
  });
}
