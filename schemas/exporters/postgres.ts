/**
 * postgres_exporter with its default collectors.
 * Source: github.com/prometheus-community/postgres_exporter, collector/pg_database.go, pg_replication.go, pg_settings.go, queries.yaml.
 */
import type { Exporter } from './exporter.ts';

export const postgres = {
  name: 'postgres',
  title: 'postgres_exporter',
  metrics: {
    pg_up: { type: 'gauge', help: 'Whether the last scrape of PostgreSQL worked.', labels: [] },
    pg_settings_max_connections: { type: 'gauge', help: 'Connections that the server accepts.', labels: ['server'] },
    pg_stat_database_numbackends: {
      type: 'gauge',
      help: 'Connections to a database.',
      labels: ['datid', 'datname'],
    },
    pg_stat_database_deadlocks: { type: 'counter', help: 'Deadlocks found.', labels: ['datid', 'datname'] },
    pg_stat_database_xact_commit: { type: 'counter', help: 'Transactions committed.', labels: ['datid', 'datname'] },
    pg_stat_database_xact_rollback: {
      type: 'counter',
      help: 'Transactions rolled back.',
      labels: ['datid', 'datname'],
    },
    pg_database_size_bytes: { type: 'gauge', help: 'Size of a database.', labels: ['datname'] },
    pg_replication_lag_seconds: { type: 'gauge', help: 'How far a replica is behind.', labels: [] },
  },
} as const satisfies Exporter;
