/**
 * Alerts about the parts of the runtime that a policy asks for: breakers, providers, queues, the shared state, the database.
 *
 * All are tickets: whoever is woken is woken by an objective that their failing breaks. Each is there only where the policy has the part,
 * as `runtime-metrics.ts` says, and where no declared alert watches the same value.
 */
import type { MetricName } from '../../../schemas/metrics.ts';
import { formatDuration, inSeconds, type Milliseconds, milliseconds } from '../../../schemas/units/index.ts';
import { isMonitored } from '../../derive/kubernetes-scope.ts';
import { evaluationInterval } from '../../derive/observability/alert-times.ts';
import { isDeclared } from '../../derive/observability/declared-thresholds.ts';
import { serviceLabels } from '../../derive/observability/recorded-series.ts';
import { jobMatchers } from '../../derive/observability/scrape-targets.ts';
import { runtimeMetricsOf } from '../../derive/runtime-metrics.ts';
import { buildQueues } from '../../derive/runtime-policy/stores.ts';
import { buildUpstreams } from '../../derive/runtime-policy/upstreams.ts';
import {
  aggregate,
  binary,
  call,
  equalTo,
  type Matcher,
  num,
  over,
  type PromExpr,
  rate,
  ratioOf,
  select,
  sum,
} from '../../printers/promql.ts';
import type { AlertSeverity, Model, Origin, ServiceModel } from '../../resolve/model/index.ts';
import { alertAnnotations, alertLabels } from './alert-text.ts';
import { alerting, type GroupDraft, type RuleDraft } from './rule.ts';

const MINUTE = 60_000;

export function runtimeGroups(model: Model, gateway: ServiceModel): readonly GroupDraft[] {
  if (gateway.role !== 'gateway' || !isMonitored(model, gateway)) return [];
  const rules = alertsOf(model, gateway)
    .filter(({ metric }) => metric in runtimeMetricsOf(model))
    .filter(({ metric, firesAt }) => firesAt === undefined || !isDeclared(model, metric, firesAt))
    .map((alert) => draft(model, gateway, alert));
  if (rules.length === 0) return [];
  const origin = gateway.origin.self;
  return [{ name: `runtime-${gateway.name}`, interval: evaluationInterval(model), rules, origin, claims: [] }];
}

interface RuntimeAlert {
  readonly name: string;
  readonly metric: MetricName;
  /** What a declared alert over the same gauge would compare with. */
  readonly firesAt?: 'zero' | 'positive';
  readonly expr: PromExpr;
  readonly for: Milliseconds;
  /** A ticket, unless it says otherwise. */
  readonly severity?: AlertSeverity;
  readonly owner: string;
  readonly summary: string;
  readonly description: string;
  readonly origin: Origin;
}

const draft = (model: Model, gateway: ServiceModel, alert: RuntimeAlert): RuleDraft =>
  alerting({
    name: alert.name,
    expr: alert.expr,
    for: alert.for,
    labels: { ...alertLabels(model, alert.severity ?? 'warning', alert.owner), ...serviceLabels(model, gateway.name) },
    annotations: alertAnnotations(model, {
      alert: alert.name,
      summary: `${gateway.name}: ${alert.summary}`,
      description: alert.description,
    }),
    origin: alert.origin,
  });

function alertsOf(model: Model, gateway: ServiceModel): readonly RuntimeAlert[] {
  const at = jobMatchers(model, [gateway.name]);
  return [
    ...breakerAlerts(model, at),
    ...providerAlerts(model, at),
    ...queueAlerts(model, gateway, at),
    ...storeAlerts(gateway, at),
  ];
}

/** An open breaker tries again and again, so half open counts too; it is closed only when calls succeed. */
function breakerAlerts(model: Model, at: readonly Matcher[]): readonly RuntimeAlert[] {
  const metric = 'breaker_state';
  const served = buildUpstreams(model);
  const behind = [
    ...model.services
      .filter(({ name }) => name in served)
      .map((one) => ({ ...one, kind: 'upstream', severity: severityOf(true) })),
    ...model.providers.map((one) => ({ ...one, kind: 'provider', severity: severityOf(one.required) })),
  ];
  return behind.flatMap(({ name, owner, kind, severity, breaker, origin }) => {
    if (breaker === undefined) return [];
    const state = select(metric, [...at, equalTo('kind', kind), equalTo('name', name)]);
    return [
      {
        name: 'BreakerOpen',
        metric,
        firesAt: 'positive' as const,
        expr: binary('>', aggregate('max', state, ['kind', 'name']), num(0)),
        for: milliseconds(2 * MINUTE),
        owner,
        severity,
        summary: `the breaker before ${name} does not close`,
        description: `A replica has refused calls to ${kind} ${name} for 2m, and every trial has failed; the breaker answers in its place.`,
        origin: origin.of('breaker'),
      },
    ];
  });
}

/** Nobody need act when the system does its job without it; dashboards show it. */
const severityOf = (isRequired: boolean): AlertSeverity => (isRequired ? 'warning' : 'info');

const TEN_MINUTES = '10m';

function providerAlerts({ providers }: Model, at: readonly Matcher[]): readonly RuntimeAlert[] {
  return providers.flatMap(({ name, owner, pool, required, origin }) => {
    const of = [...at, equalTo('provider', name)];
    const counted = (metric: MetricName): PromExpr => sum(rate(metric, of, TEN_MINUTES));
    const severity = severityOf(required);
    const common = { owner, severity, for: milliseconds(10 * MINUTE), origin: origin.self };
    const poolOf = [...at, equalTo('pool', name)];
    return [
      {
        ...common,
        name: 'ProviderThrottles',
        metric: 'provider_throttled_total',
        expr: binary('>', ratioOf(counted('provider_throttled_total'), counted('provider_calls_total')), num(0.1)),
        summary: `${name} asks for fewer calls`,
        description: `${name} has answered {{ $value | humanizePercentage }} of the calls with 429, or 503 and Retry-After, for 10m. Send less, or ask for a larger quota.`,
      },
      {
        ...common,
        name: 'ProviderNotConfigured',
        metric: 'provider_configured',
        firesAt: 'zero',
        expr: binary('==', aggregate('min', select('provider_configured', of)), num(0)),
        for: milliseconds(5 * MINUTE),
        summary: `${name} has no credentials`,
        description: `The variables with the credentials of ${name} are not set in some replica, so it is never called there.`,
      },
      ...(pool === undefined
        ? []
        : [
            {
              ...common,
              name: 'ProviderPoolRefuses',
              metric: 'provider_pool_refusals_total' as const,
              expr: binary(
                '>',
                sum(call('increase', over('provider_pool_refusals_total', poolOf, TEN_MINUTES))),
                num(0),
              ),
              summary: `the pool of ${name} is too small`,
              description: `The pool of ${name} has refused {{ $value | humanize }} calls within 10m, again and again: more calls come than ${pool.maxConcurrent} at once can carry.`,
              origin: pool.origin.of('maxConcurrent'),
            },
          ]),
    ] satisfies readonly RuntimeAlert[];
  });
}

/** How many times `reclaimAfter` an entry may wait: another consumer takes it over after one. */
const PATIENCE = 3;

function queueAlerts(model: Model, { owner, origin }: ServiceModel, at: readonly Matcher[]): readonly RuntimeAlert[] {
  return Object.entries(buildQueues(model)).flatMap(([queue, { reclaimAfterMs }]) => {
    const read = (metric: MetricName, op: 'max' | 'min'): PromExpr =>
      aggregate(op, select(metric, [...at, equalTo('queue', queue)]));
    const patience = milliseconds(PATIENCE * reclaimAfterMs);
    const common = { owner, for: milliseconds(5 * MINUTE), origin: origin.self };
    return [
      {
        ...common,
        name: 'QueueUnmeasured',
        metric: 'queue_up',
        firesAt: 'zero',
        expr: binary('==', read('queue_up', 'max'), num(0)),
        summary: `queue ${queue} cannot be measured`,
        description: `No replica has been able to measure queue ${queue} for 5m: whether anybody works on it is not known.`,
      },
      {
        ...common,
        name: 'QueueStuck',
        metric: 'queue_oldest_pending_seconds',
        firesAt: 'positive',
        expr: binary('>', read('queue_oldest_pending_seconds', 'max'), num(inSeconds(patience))),
        summary: `nobody takes over the work of queue ${queue}`,
        description: `An entry of queue ${queue} has been in hand for {{ $value | humanizeDuration }} without a sign of life; after ${formatDuration(milliseconds(reclaimAfterMs))} another consumer should have taken it.`,
      },
      {
        ...common,
        name: 'QueueDeadEntries',
        metric: 'queue_dead_entries',
        firesAt: 'positive',
        expr: binary('>', read('queue_dead_entries', 'max'), num(0)),
        summary: `work of queue ${queue} was set aside`,
        description: `{{ $value | humanize }} entries of queue ${queue} failed too often and wait for somebody to look.`,
      },
    ] satisfies readonly RuntimeAlert[];
  });
}

function storeAlerts({ owner, origin }: ServiceModel, at: readonly Matcher[]): readonly RuntimeAlert[] {
  const common = { owner, for: milliseconds(2 * MINUTE), origin: origin.of('uses') };
  const worst = (metric: MetricName, op: 'max' | 'min'): PromExpr => aggregate(op, select(metric, at));
  return [
    {
      ...common,
      name: 'SharedStateLost',
      metric: 'shared_state_up',
      firesAt: 'zero',
      expr: binary('==', worst('shared_state_up', 'min'), num(0)),
      summary: 'a replica has lost Redis',
      description: 'A replica has not been connected to Redis for 2m: it decides limits as their onStoreFailure says.',
    },
    {
      ...common,
      name: 'GatewayDatabaseLost',
      metric: 'database_up',
      firesAt: 'zero',
      expr: binary('==', worst('database_up', 'min'), num(0)),
      summary: 'a replica has lost its database',
      description:
        'A replica has had no answer from its database for 2m: only keys that were seen lately are still accepted.',
    },
    {
      ...common,
      name: 'DatabasePoolExhausted',
      metric: 'database_pool_waiting',
      firesAt: 'positive',
      expr: binary('>', worst('database_pool_waiting', 'max'), num(0)),
      for: milliseconds(5 * MINUTE),
      summary: 'callers wait for a connection of the database',
      description:
        'For 5m callers have waited for a connection of the pool: it is too small, or the database too slow.',
    },
  ];
}
