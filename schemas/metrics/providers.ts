/**
 * Outside providers: how calls end, the pools before them, throttling and fallbacks.
 */
import type { MetricDescription } from './description.ts';

/** How a call ended. `abandoned`: its client gave it up; `not-sent`: pool, breaker or missing credential did not let it go. */
export const PROVIDER_RESULTS = ['success', 'failure', 'throttled', 'abandoned', 'not-sent'] as const;
export type ProviderResult = (typeof PROVIDER_RESULTS)[number];

/** Why a pool refused a call. */
export const POOL_REFUSAL_REASONS = ['queue-full', 'queue-timeout', 'throttled'] as const;

export const PROVIDER_METRICS = {
  provider_calls_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Calls to a provider that ended, by result. `not-sent`: pool, breaker or missing credential did not let it go.',
    labels: ['provider', 'result'],
    values: { result: PROVIDER_RESULTS },
  },
  provider_call_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    initialised: false,
    help: 'Time from sending a call to the end of its response. Buckets: telemetry.latencyBucketsMs.',
    labels: ['provider'],
  },
  provider_throttled_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Calls that a provider answered with 429, or with 503 and Retry-After.',
    labels: ['provider'],
  },
  provider_retries_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Calls that were sent once more.',
    labels: ['provider'],
  },
  provider_configured: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Whether a provider can be called: 0 while the variables with its credentials are not set.',
    labels: ['provider'],
  },
  fallback_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Calls that went to the fallback of a provider.',
    labels: ['provider', 'fallback'],
  },
  provider_pool_size: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Most calls at once of a pool: below what is declared while a provider throttles.',
    labels: ['pool'],
  },
  provider_pool_in_use: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Calls in flight of a pool, each until the end of its response.',
    labels: ['pool'],
  },
  provider_pool_waiting: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Calls that wait for a place of a pool.',
    labels: ['pool'],
  },
  provider_pool_wait_seconds: {
    type: 'histogram',
    unit: 'seconds',
    initialised: false,
    help: 'How long calls waited for their place.',
    labels: ['pool'],
  },
  provider_pool_refusals_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Calls that a pool refused: its queue was full, the wait was over, or the provider asked for a longer wait.',
    labels: ['pool', 'reason'],
    values: { reason: POOL_REFUSAL_REASONS },
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
