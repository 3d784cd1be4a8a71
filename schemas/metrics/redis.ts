/**
 * The connection to Redis. Exported only where the policy counts there.
 */
import type { MetricDescription } from './description.ts';

export const REDIS_METRICS = {
  redis_up: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Whether this process is connected to Redis: 1 or 0.',
    labels: [],
  },
  redis_connection_losses_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Connections to Redis that were lost.',
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
