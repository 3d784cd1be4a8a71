/**
 * redis_exporter.
 * Source: github.com/oliver006/redis_exporter, exporter/metrics.go (names made from the fields of INFO).
 */
import type { Exporter } from './exporter.ts';

export const redis = {
  name: 'redis',
  title: 'redis_exporter',
  metrics: {
    redis_up: { type: 'gauge', help: 'Whether the last scrape of Redis worked.', labels: [] },
    redis_memory_used_bytes: { type: 'gauge', help: 'Memory that Redis uses.', labels: [] },
    redis_memory_max_bytes: { type: 'gauge', help: 'maxmemory; 0 means no limit.', labels: [] },
    redis_connected_clients: { type: 'gauge', help: 'Client connections.', labels: [] },
    redis_config_maxclients: { type: 'gauge', help: 'The most client connections.', labels: [] },
    redis_rejected_connections_total: {
      type: 'counter',
      help: 'Connections refused because of maxclients.',
      labels: [],
    },
    redis_evicted_keys_total: { type: 'counter', help: 'Keys dropped because of maxmemory.', labels: [] },
    redis_commands_processed_total: { type: 'counter', help: 'Commands.', labels: [] },
  },
} as const satisfies Exporter;
