/**
 * Rate limits and where they are counted.
 */
import type { MetricDescription } from './description.ts';

/** How the shared store failed. `state`: what it holds under a key is not what was put there. */
export const LIMIT_STORE_ERROR_REASONS = [
  'away',
  'timeout',
  'readonly',
  'out-of-memory',
  'loading',
  'state',
  'other',
] as const;
export type LimitStoreErrorReason = (typeof LIMIT_STORE_ERROR_REASONS)[number];

export const LIMIT_METRICS = {
  ratelimit_requests_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Decisions of each rate limit. A request that one limit refuses is admitted by none. `would-refuse`: in a dry run.',
    labels: ['policy', 'result'],
    values: { result: ['admitted', 'refused', 'would-refuse'] },
  },
  ratelimit_refused_requests_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Requests refused by a rate limit, each once: by the limit that it would have to wait for longest.',
    labels: ['http_route', 'policy', 'scope'],
    values: { scope: ['client', 'api-key', 'tenant', 'user', 'organisation', 'route', 'global'] },
  },
  ratelimit_refused_tenant_requests_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Requests of tenants refused by a rate limit. The first 100 tenants have a series each, all others share `_other`.',
    labels: ['policy', 'tenant'],
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

/** The shared store of the counters. Exported only where the policy counts in Redis. */
export const LIMIT_STORE_METRICS = {
  ratelimit_store_degraded: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Whether limits are decided without the shared store, each as its onStoreFailure says: 1 or 0.',
    labels: [],
  },
  ratelimit_store_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    initialised: false,
    help: 'Time of one decision in the shared store, also of one that failed.',
    labels: [],
  },
  ratelimit_store_errors_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Decisions that the shared store did not make, by reason.',
    labels: ['reason'],
    values: { reason: LIMIT_STORE_ERROR_REASONS },
  },
  ratelimit_local_refusals_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Requests refused without asking the shared store, because this process knew that the budget was used up.',
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
