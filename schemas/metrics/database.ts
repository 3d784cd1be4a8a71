/**
 * The runtime's own database: whether it is there, its connections, its read replica. Exported where the policy keeps keys.
 */
import type { MetricDescription } from './description.ts';

/** The servers that have a pool of connections each. */
const DATABASE_POOLS = ['primary', 'replica'] as const;

export const DATABASE_METRICS = {
  database_up: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Whether the database is asked: 1, or 0 from some failures in a row until it answers again.',
    labels: [],
  },
  database_listening: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Whether changes of keys and tenants are heard at once: 1, or 0 while only the cache time bounds them.',
    labels: [],
  },
  database_pool_connections: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Connections of the pool of this process, by what they do.',
    labels: ['pool', 'state'],
    values: { pool: DATABASE_POOLS, state: ['in_use', 'idle'] },
  },
  database_pool_waiting: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Callers that wait for a connection of the pool.',
    labels: ['pool'],
    values: { pool: DATABASE_POOLS },
  },
  database_pool_max_connections: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Most connections that the pool may hold.',
    labels: ['pool'],
    values: { pool: DATABASE_POOLS },
  },
  database_replica_used: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Whether reads go to the replica: 1, or 0 while it is too far behind or away. Only with a replica.',
    labels: [],
  },
  database_replica_lag_seconds: {
    type: 'gauge',
    unit: 'seconds',
    initialised: true,
    help: 'How far the replica is behind at most; +Inf while that is not known. Only with a replica.',
    labels: [],
  },
  database_reads_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Reads that a replica could answer, by who did. Only with a replica.',
    labels: ['pool'],
    values: { pool: DATABASE_POOLS },
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
