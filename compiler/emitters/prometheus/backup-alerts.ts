/**
 * Alerts about backups that run as CronJobs: one that is late, and a recovery point that is already missed.
 *
 * Relies on kube-state-metrics and on `kubernetes-scope.ts` for which backups run in the cluster. A job that never succeeded counts from
 * the day it was made.
 */
import type { ExporterMetricName } from '../../../schemas/exporters/index.ts';
import {
  formatDuration,
  inSeconds,
  longestGap,
  type Milliseconds,
  milliseconds,
  parseCron,
} from '../../../schemas/units/index.ts';
import { type BackupJob, backupJobs } from '../../derive/kubernetes-scope.ts';
import { evaluationInterval, pageSeverity, RECOVERY_POINT_WAIT } from '../../derive/observability/alert-times.ts';
import { namespaceMatchers } from '../../derive/observability/scrape-targets.ts';
import {
  aggregate,
  binary,
  call,
  equalTo,
  escapeRegex,
  type Matcher,
  matching,
  num,
  type PromExpr,
  select,
} from '../../printers/promql.ts';
import type { AlertSeverity, Model } from '../../resolve/model/index.ts';
import { alertAnnotations, alertLabels } from './alert-text.ts';
import { alerting, type GroupDraft, type RuleDraft } from './rule.ts';

export interface BackupGroup {
  readonly datastore: string;
  readonly owner: string;
  readonly group: GroupDraft;
}

export function backupGroups(model: Model): readonly BackupGroup[] {
  if (!model.system.monitoring.exporters.includes('kube-state-metrics')) return [];
  return backupJobs(model).map((job) => ({
    datastore: job.datastore.name,
    owner: job.datastore.owner,
    group: groupOf(model, job),
  }));
}

const groupOf = (model: Model, job: BackupJob): GroupDraft => ({
  name: `backup-${job.datastore.name}`,
  interval: evaluationInterval(model),
  rules: [...lateAlert(model, job), ...recoveryPointAlert(model, job)],
  origin: job.backup.origin.self,
  claims: [],
});

/** One run missed: time for somebody to look before the recovery point goes too. */
function lateAlert(model: Model, job: BackupJob): readonly RuleDraft[] {
  const cron = parseCron(job.backup.schedule);
  const gap = cron.ok ? longestGap(cron.value) : undefined;
  if (gap === undefined) return [];
  // A run may take its time and be tried again within twice that.
  const age = milliseconds(gap + 2 * job.backup.duration);
  const description = `The last good backup of ${job.datastore.name} is {{ $value | humanizeDuration }} old; by the schedule (${job.backup.schedule}) it should never be older than ${formatDuration(age)}.`;
  return [
    ageAlert(model, job, { name: 'BackupLate', age, severity: 'warning', what: 'the backup is late', description }),
  ];
}

/** With an archive of the log the recovery point does not hang on the backup alone. */
function recoveryPointAlert(model: Model, job: BackupJob): readonly RuleDraft[] {
  const { datastore, backup } = job;
  if (datastore.rpo === undefined || backup.archiveTimeout !== undefined) return [];
  const description = `The last good backup of ${datastore.name} is {{ $value | humanizeDuration }} old. If the data is lost now, more is lost than the promised ${formatDuration(datastore.rpo)}.`;
  const severity = pageSeverity(model, 1);
  const name = 'RecoveryPointMissed';
  return [
    ageAlert(model, job, { name, age: datastore.rpo, severity, what: 'the recovery point is missed', description }),
  ];
}

interface AgeAlert {
  readonly name: string;
  readonly age: Milliseconds;
  readonly severity: AlertSeverity;
  readonly what: string;
  readonly description: string;
}

function ageAlert(model: Model, job: BackupJob, { name, age, severity, what, description }: AgeAlert): RuleDraft {
  const { datastore, backup } = job;
  return alerting({
    name,
    expr: binary('>', ageOf(model, datastore.name), num(inSeconds(age))),
    for: name === 'BackupLate' ? milliseconds(300_000) : RECOVERY_POINT_WAIT,
    labels: { ...alertLabels(model, severity, datastore.owner), datastore: datastore.name },
    annotations: alertAnnotations(model, { alert: name, summary: `${datastore.name}: ${what}`, description }),
    origin: name === 'BackupLate' ? backup.origin.of('schedule') : datastore.origin.of('rpo'),
  });
}

function ageOf(model: Model, datastore: string): PromExpr {
  const succeeded: ExporterMetricName = 'kube_cronjob_status_last_successful_time';
  const created: ExporterMetricName = 'kube_cronjob_created';
  const matchers = [...namespaceMatchers(model), cronJobOf(datastore)];
  const since = (metric: string): PromExpr => aggregate('max', select(metric, matchers));
  return binary('-', call('time'), binary('or', since(succeeded), since(created)));
}

/** A name that is too long for a CronJob is cut, and a hash added. */
function cronJobOf(datastore: string): Matcher {
  const name = `backup-${datastore}`;
  if (name.length <= LONGEST) return equalTo('cronjob', name);
  return matching('cronjob', `${escapeRegex(name.slice(0, LONGEST - 9).replace(/-+$/, ''))}-[0-9a-f]{8}`);
}

const LONGEST = 43;
