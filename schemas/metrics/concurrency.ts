/**
 * Requests in flight, and those refused because too many are.
 */
import type { MetricDescription } from './description.ts';

/**
 * Why a request was refused at once. `route-full` and `tenant-share` are bounds of the policy; `upstream-busy` and
 * `event-loop` are overload, which `critical` requests are never refused for.
 */
export const SHED_REASONS = ['route-full', 'tenant-share', 'upstream-busy', 'event-loop'] as const;
export type ShedReason = (typeof SHED_REASONS)[number];

export const PRIORITIES = ['critical', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

export const CONCURRENCY_METRICS = {
  requests_in_flight: {
    type: 'gauge',
    unit: '1',
    initialised: false,
    help: 'Requests in flight, open streams included, of routes that have a bound or share an upstream with priorities.',
    labels: ['route'],
  },
  requests_shed_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Requests refused at once because too many were in flight, by the priority of their route.',
    labels: ['priority', 'reason'],
    values: { priority: PRIORITIES, reason: SHED_REASONS },
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
