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
  upstream_target_healthy: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Whether a target gets requests: 1, or 0 while it is left out. When all are left out, all are tried.',
    labels: ['upstream', 'target'],
  },
  upstream_ejections_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'How often a target of the upstream was left out because it failed.',
    labels: ['upstream'],
  },
  upstream_retries_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Attempts after the first that were sent, and those that the budget of retries did not allow.',
    labels: ['upstream', 'result'],
    values: { result: ['sent', 'over-budget'] },
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
