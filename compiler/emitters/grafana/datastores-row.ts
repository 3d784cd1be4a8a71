/**
 * Where state is: PostgreSQL and Redis, as their exporters see them.
 */
import type { ExporterMetricName } from '../../../schemas/exporters/index.ts';
import { hasExporter } from '../../derive/observability/scrape-targets.ts';
import { aggregate, binary, num, rate, select, sum } from '../../printers/promql.ts';
import type { Model } from '../../resolve/model/index.ts';
import { COLORS, colored, type PanelDraft, RATE_INTERVAL, type RowDraft, timeseries } from './panel.ts';

export const datastoresRow = (model: Model): RowDraft => ({
  title: 'State',
  collapsed: false,
  panels: [...postgresPanels(model), ...redisPanels(model)],
});

function postgresPanels(model: Model): readonly PanelDraft[] {
  if (!hasExporter(model, 'postgres')) return [];
  const used: ExporterMetricName = 'pg_stat_database_numbackends';
  const most: ExporterMetricName = 'pg_settings_max_connections';
  const commits: ExporterMetricName = 'pg_stat_database_xact_commit';
  const rollbacks: ExporterMetricName = 'pg_stat_database_xact_rollback';
  const size: ExporterMetricName = 'pg_database_size_bytes';
  return [
    timeseries({
      title: 'PostgreSQL: connections',
      description: 'Connections that are taken, and the most that the server accepts.',
      unit: 'short',
      min: 0,
      queries: [
        { expr: sum(select(used), ['instance']), legend: '{{instance}} taken' },
        { expr: aggregate('max', select(most), ['instance']), legend: '{{instance}} most' },
      ],
    }),
    timeseries({
      title: 'PostgreSQL: transactions',
      description: 'Transactions a second that were committed and rolled back.',
      unit: 'cps',
      min: 0,
      queries: [
        { expr: sum(rate(commits, [], RATE_INTERVAL)), legend: 'committed' },
        { expr: sum(rate(rollbacks, [], RATE_INTERVAL)), legend: 'rolled back' },
      ],
      overrides: [colored('rolled back', COLORS.bad)],
    }),
    timeseries({
      title: 'PostgreSQL: size',
      description: 'Size of each database on disk.',
      unit: 'bytes',
      min: 0,
      queries: [{ expr: aggregate('max', select(size), ['datname']), legend: '{{datname}}' }],
    }),
  ];
}

function redisPanels(model: Model): readonly PanelDraft[] {
  if (!hasExporter(model, 'redis')) return [];
  const used: ExporterMetricName = 'redis_memory_used_bytes';
  const most: ExporterMetricName = 'redis_memory_max_bytes';
  const clients: ExporterMetricName = 'redis_connected_clients';
  const evicted: ExporterMetricName = 'redis_evicted_keys_total';
  return [
    timeseries({
      title: 'Redis: memory',
      description: 'Memory that is used, and maxmemory where it is set.',
      unit: 'bytes',
      min: 0,
      queries: [
        { expr: aggregate('max', select(used), ['instance']), legend: '{{instance}} used' },
        { expr: binary('>', aggregate('max', select(most), ['instance']), num(0)), legend: '{{instance}} most' },
      ],
    }),
    timeseries({
      title: 'Redis: clients',
      description: 'Client connections.',
      unit: 'short',
      min: 0,
      queries: [{ expr: aggregate('max', select(clients), ['instance']), legend: '{{instance}}' }],
    }),
    timeseries({
      title: 'Redis: evicted keys',
      description:
        'Keys a second that were dropped because memory was full. Counters of rate limits may be among them.',
      unit: 'cps',
      min: 0,
      queries: [{ expr: sum(rate(evicted, [], RATE_INTERVAL), ['instance']), legend: '{{instance}}' }],
    }),
  ];
}
