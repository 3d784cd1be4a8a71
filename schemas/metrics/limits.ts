/**
 * Rate limits and where they are counted.
 */
import type { MetricDescription } from './description.ts';

export const LIMIT_METRICS = {
  ratelimit_requests_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Decisions of each rate limit. A request that one limit refuses is admitted by none.',
    labels: ['policy', 'result'],
    values: { result: ['admitted', 'refused'] },
  },
  ratelimit_buckets: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Buckets held in memory.',
    labels: [],
  },
  ratelimit_evictions_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Buckets forgotten before they had refilled because the store was full: each gave its owner a fresh burst.',
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
