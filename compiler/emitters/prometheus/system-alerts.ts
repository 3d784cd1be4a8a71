/**
 * Alerts about what all services stand on: datastores and the proxy, as far as a declared exporter sees them, and the hosts.
 */
import { engineOf } from '../../../schemas/engines/index.ts';
import type { ExporterMetricName } from '../../../schemas/exporters/index.ts';
import { formatDuration, type Milliseconds, milliseconds } from '../../../schemas/units/index.ts';
import { wants } from '../../derive/kubernetes-scope.ts';
import { EXPORTER_DOWN_WAIT, evaluationInterval, pageSeverity } from '../../derive/observability/alert-times.ts';
import { isDeclared } from '../../derive/observability/declared-thresholds.ts';
import { binary, type Matcher, matching, num, type PromExpr, ratioOf, select } from '../../printers/promql.ts';
import type { AlertSeverity, Model } from '../../resolve/model/index.ts';
import { alertAnnotations, alertLabels } from './alert-text.ts';
import { alerting, type GroupDraft, type RuleDraft } from './rule.ts';

const MINUTE = 60_000;

export function systemGroups(model: Model): readonly GroupDraft[] {
  const has = (exporter: string): boolean => model.system.monitoring.exporters.includes(exporter);
  const sees = (exporter: string): boolean =>
    has(exporter) && model.datastores.some(({ engine }) => engineOf(engine).exporter === exporter);
  const rules = [
    ...(sees('postgres') ? postgresAlerts(model) : []),
    ...(sees('redis') ? redisAlerts(model) : []),
    ...(has('nginx') && wants(model, 'nginx') ? down(model, 'nginx_up', 'nginx') : []),
    ...(has('node') ? hostAlerts(model) : []),
  ];
  if (rules.length === 0) return [];
  const { origin } = model.system.monitoring;
  return [
    {
      name: `system-${model.system.name}`,
      interval: evaluationInterval(model),
      rules,
      origin: origin.of('exporters'),
      claims: [],
    },
  ];
}

interface SystemAlert {
  readonly name: string;
  readonly expr: PromExpr;
  readonly for: Milliseconds;
  readonly severity: AlertSeverity;
  readonly summary: string;
  readonly description: string;
}

const draft = (model: Model, alert: SystemAlert): RuleDraft =>
  alerting({
    name: alert.name,
    expr: alert.expr,
    for: alert.for,
    labels: alertLabels(model, alert.severity, model.system.owner),
    annotations: alertAnnotations(model, {
      alert: alert.name,
      summary: alert.summary,
      description: alert.description,
    }),
    origin: model.system.monitoring.origin.of('exporters'),
  });

const ALERT_NAMES = { PostgreSQL: 'PostgresDown', Redis: 'RedisDown', nginx: 'EdgeDown' } as const;

/** None where a declared alert says the same: one fault, one page. */
const down = (model: Model, metric: ExporterMetricName, title: keyof typeof ALERT_NAMES): readonly RuleDraft[] =>
  isDeclared(model, metric, 'zero') ? [] : [downAlert(model, metric, title)];

const downAlert = (model: Model, metric: ExporterMetricName, title: keyof typeof ALERT_NAMES): RuleDraft =>
  draft(model, {
    name: ALERT_NAMES[title],
    expr: binary('==', select(metric), num(0)),
    for: EXPORTER_DOWN_WAIT,
    severity: pageSeverity(model, 1),
    summary: `${title} does not answer its exporter`,
    description: `The exporter at {{ $labels.instance }} has not reached ${title} for ${formatDuration(EXPORTER_DOWN_WAIT)}.`,
  });

function postgresAlerts(model: Model): readonly RuleDraft[] {
  const used: ExporterMetricName = 'pg_stat_database_numbackends';
  const most: ExporterMetricName = 'pg_settings_max_connections';
  const share = ratioOf(sumByInstance(used), { kind: 'aggregate', op: 'max', by: ['instance'], of: select(most) });
  return [
    ...down(model, 'pg_up', 'PostgreSQL'),
    draft(model, {
      name: 'PostgresConnectionsNearlyExhausted',
      expr: binary('>', share, num(0.85)),
      for: milliseconds(10 * MINUTE),
      severity: 'warning',
      summary: 'PostgreSQL is running out of connections',
      description:
        '{{ $value | humanizePercentage }} of the connections of {{ $labels.instance }} are taken. When all are, services fail to connect.',
    }),
  ];
}

function redisAlerts(model: Model): readonly RuleDraft[] {
  const used: ExporterMetricName = 'redis_memory_used_bytes';
  const most: ExporterMetricName = 'redis_memory_max_bytes';
  return [
    ...down(model, 'redis_up', 'Redis'),
    draft(model, {
      name: 'RedisMemoryNearlyFull',
      // maxmemory 0 means no limit; the guard of the divisor leaves such a server out.
      expr: binary('>', ratioOf(select(used), select(most)), num(0.9)),
      for: milliseconds(10 * MINUTE),
      severity: 'warning',
      summary: 'Redis is running out of memory',
      description:
        '{{ $value | humanizePercentage }} of maxmemory of {{ $labels.instance }} is used. When it is full, keys are dropped or writes refused.',
    }),
  ];
}

const REAL_FILESYSTEMS: Matcher = { label: 'fstype', op: '!~', value: 'tmpfs|ramfs|overlay|squashfs|iso9660' };

function hostAlerts(model: Model): readonly RuleDraft[] {
  const free: ExporterMetricName = 'node_filesystem_avail_bytes';
  const size: ExporterMetricName = 'node_filesystem_size_bytes';
  const isReadonly: ExporterMetricName = 'node_filesystem_readonly';
  const writable = binary('==', select(isReadonly, [REAL_FILESYSTEMS]), num(0));
  const low = binary('<', ratioOf(select(free, [REAL_FILESYSTEMS]), select(size, [REAL_FILESYSTEMS])), num(0.1));
  const available: ExporterMetricName = 'node_memory_MemAvailable_bytes';
  const total: ExporterMetricName = 'node_memory_MemTotal_bytes';
  return [
    draft(model, {
      name: 'DiskNearlyFull',
      expr: binary('and', low, writable),
      for: milliseconds(15 * MINUTE),
      severity: 'warning',
      summary: 'A disk is nearly full',
      description:
        'Only {{ $value | humanizePercentage }} of {{ $labels.mountpoint }} on {{ $labels.instance }} is free.',
    }),
    draft(model, {
      name: 'HostMemoryLow',
      expr: binary('<', ratioOf(select(available), select(total)), num(0.1)),
      for: milliseconds(15 * MINUTE),
      severity: 'warning',
      summary: 'A host is short of memory',
      description:
        'Only {{ $value | humanizePercentage }} of the memory of {{ $labels.instance }} is available. The kernel will kill a process soon.',
    }),
  ];
}

const sumByInstance = (metric: string): PromExpr => ({
  kind: 'aggregate',
  op: 'sum',
  by: ['instance'],
  of: select(metric, [matching('datname', '.+')]),
});
