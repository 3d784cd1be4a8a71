/**
 * Services behind the runtime.
 */
import type { MetricDescription } from './description.ts';

/** How a call to an upstream failed. `client-abort` is nobody's failure and is not counted. */
export const UPSTREAM_ERROR_REASONS = [
  'connect',
  'connect-timeout',
  'timeout',
  'idle-timeout',
  'reset',
  'protocol',
] as const;
export type UpstreamErrorReason = (typeof UPSTREAM_ERROR_REASONS)[number];

export const UPSTREAM_METRICS = {
  upstream_request_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    initialised: false,
    help: 'Time from sending a request to the head of the response of the upstream. Buckets: telemetry.latencyBucketsMs.',
    labels: ['upstream'],
  },
  upstream_errors_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Calls to an upstream that failed without a complete response, by reason.',
    labels: ['upstream', 'reason'],
    values: { reason: UPSTREAM_ERROR_REASONS },
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
