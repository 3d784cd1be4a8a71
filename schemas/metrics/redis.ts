/**
 * The connection to Redis, named for what is kept there: names that begin with redis_ belong to its exporter. Exported only where the
 * policy counts there.
 */
import type { MetricDescription } from './description.ts';

export const REDIS_METRICS = {
  shared_state_up: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Whether this process is connected to the Redis that its replicas share: 1 or 0. redis_up of the exporter is about the server.',
    labels: [],
  },
  shared_state_connection_losses_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Connections to Redis that were lost.',
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
