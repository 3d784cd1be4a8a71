/**
 * Requests as their callers see them, and what the front door turned away.
 */
import type { MetricDescription } from './description.ts';

/** Why the front door turned a request away before any route was looked up. */
export const FRONT_DOOR_REASONS = [
  'malformed',
  'version',
  'head-too-large',
  'head-timeout',
  'host',
  'target-form',
  'path',
  'query',
  'method',
  'header',
  'framing',
] as const;
export type FrontDoorReason = (typeof FRONT_DOOR_REASONS)[number];

export const REQUEST_METRICS = {
  http_server_request_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    initialised: false,
    help: 'Time from the head of a request to the end of its response; probes are left out. Buckets: telemetry.latencyBucketsMs.',
    labels: ['http_request_method', 'http_route', 'http_response_status_code'],
    values: { http_request_method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', '_OTHER'] },
  },
  http_server_active_requests: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Requests being served now, probes left out.',
    labels: [],
  },
  front_door_refusals_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Requests turned away before routing because they are malformed or ambiguous.',
    labels: ['reason'],
    values: { reason: FRONT_DOOR_REASONS },
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
