/**
 * Every alert of a model that wakes somebody, with how long it takes from the start of a fault.
 *
 * Owns the arithmetic of `monitoring.alertWithin`. The rules themselves are the prometheus emitter's, whose tests hold this list and the
 * emitted rules together. Times are for a total fault: until the next scrape, until the condition holds, until the next evaluation, `for`,
 * and until Alertmanager has gathered the group.
 */
import { engineOf } from '../../../schemas/engines/index.ts';
import { complement, type Milliseconds, milliseconds } from '../../../schemas/units/index.ts';
import type { AlertCondition, Model, ObjectiveModel, Origin, ServiceModel } from '../../resolve/model/index.ts';
import { backupJobs, isMonitored, wants } from '../kubernetes-scope.ts';
import {
  burnWait,
  EXPORTER_DOWN_WAIT,
  evaluationInterval,
  GROUP_WAIT,
  pageSeverity,
  RECOVERY_POINT_WAIT,
  serviceDownWait,
} from './alert-times.ts';
import { burnPairs } from './burn-rates.ts';
import { isDeclared } from './declared-thresholds.ts';
import { httpSignals } from './http-signals.ts';
import { hasExporter } from './scrape-targets.ts';

export interface Page {
  readonly alert: string;
  /** The service or datastore that it is about. */
  readonly subject: string;
  /** How long a total fault lasts before the condition holds. */
  readonly fill: Milliseconds;
  readonly for: Milliseconds;
  /** What set `for`, or else what asked for the alert. */
  readonly at: Origin;
}

export const pagesOf = (model: Model): readonly Page[] =>
  wants(model, 'prometheus')
    ? [...model.services.flatMap((service) => pagesOfService(model, service)), ...pagesOfSystem(model)]
    : [];

const pagesOfService = (model: Model, service: ServiceModel): readonly Page[] => [
  ...(pageSeverity(model, service.tier) === 'critical' ? standardPages(model, service) : []),
  ...service.alerts
    .filter(({ severity, when }) => severity === 'critical' && isMeasured(model, service, when))
    .map((alert): Page => {
      const fill = milliseconds(fillOf(alert.when));
      return { alert: alert.name, subject: service.name, fill, for: alert.for, at: alert.origin.of('for') };
    }),
];

const standardPages = (model: Model, service: ServiceModel): readonly Page[] => [
  ...service.objectives.flatMap((objective) =>
    httpSignals(model, service, objective.route) === undefined ? [] : burnPages(model, service, objective),
  ),
  ...(isMonitored(model, service)
    ? [
        {
          alert: 'ServiceDown',
          subject: service.name,
          fill: NONE,
          for: serviceDownWait(service),
          at: service.probes?.origin.of('startWithin') ?? service.origin.self,
        },
      ]
    : []),
];

const NONE = milliseconds(0);

const isMeasured = (model: Model, service: ServiceModel, { kind }: AlertCondition): boolean =>
  (kind !== 'error-ratio' && kind !== 'latency') || httpSignals(model, service) !== undefined;

/** A share of a window is reached when that share of it has gone by with everything failing. */
function fillOf(when: AlertCondition): number {
  if (when.kind === 'error-ratio') return when.above * when.over;
  return when.kind === 'latency' ? complement(when.quantile) * when.over : 0;
}

/**
 * Of an availability objective the fastest pair must notice a total outage; the slower ones are for slower fires. An objective of
 * latency allows everything to be slow for a while: who must hear of that sooner declares a `latency` alert.
 */
function burnPages(model: Model, service: ServiceModel, objective: ObjectiveModel): readonly Page[] {
  const at = objective.origin.of('target');
  return burnPairs(objective)
    .filter(({ urgency }) => urgency === 'page')
    .map((pair, index) => ({
      alert: 'ErrorBudgetBurn',
      subject: `${service.name}, objective ${objective.name}`,
      fill: milliseconds(objective.kind === 'availability' && index === 0 ? pair.threshold * pair.long : 0),
      for: burnWait(pair, evaluationInterval(model)),
      at,
    }));
}

function pagesOfSystem(model: Model): readonly Page[] {
  if (pageSeverity(model, 1) !== 'critical') return [];
  const at = model.system.monitoring.origin.of('exporters');
  const sees = (exporter: string): boolean =>
    hasExporter(model, exporter) && model.datastores.some(({ engine }) => engineOf(engine).exporter === exporter);
  const down = (alert: string, subject: string, metric: string): readonly Page[] =>
    isDeclared(model, metric, 'zero') ? [] : [{ alert, subject, fill: NONE, for: EXPORTER_DOWN_WAIT, at }];
  return [
    ...(sees('postgres') ? down('PostgresDown', 'PostgreSQL', 'pg_up') : []),
    ...(sees('redis') ? down('RedisDown', 'Redis', 'redis_up') : []),
    ...(hasExporter(model, 'nginx') && wants(model, 'nginx') ? down('EdgeDown', 'nginx', 'nginx_up') : []),
    ...(hasExporter(model, 'kube-state-metrics') ? recoveryPointPages(model) : []),
  ];
}

const recoveryPointPages = (model: Model): readonly Page[] =>
  backupJobs(model)
    .filter(({ datastore, backup }) => datastore.rpo !== undefined && backup.archiveTimeout === undefined)
    .map(({ datastore }) => ({
      alert: 'RecoveryPointMissed',
      subject: datastore.name,
      fill: NONE,
      for: RECOVERY_POINT_WAIT,
      at: datastore.origin.of('rpo'),
    }));

export interface Detection {
  readonly scrape: Milliseconds;
  readonly evaluation: Milliseconds;
  /** `for` begins and ends at an evaluation. */
  readonly wait: Milliseconds;
  readonly group: Milliseconds;
  readonly total: Milliseconds;
}

export function detectionOf(model: Model, page: Page): Detection {
  const scrape = model.system.monitoring.scrapeInterval;
  const evaluation = evaluationInterval(model);
  const wait = milliseconds(Math.ceil(page.for / evaluation) * evaluation);
  const total = milliseconds(Math.ceil(scrape + page.fill + evaluation + wait + GROUP_WAIT));
  return { scrape, evaluation, wait, group: GROUP_WAIT, total };
}
