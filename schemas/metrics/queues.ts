/**
 * Work queues: what the gateway measures of those that the policy names, and what a worker says of its jobs.
 */
import type { MetricDescription } from './description.ts';

/** How an attempt at a job ended: `dead` is a failure after which the job was set aside. */
const JOB_RESULTS = ['done', 'failed', 'dead'] as const;
export type JobResult = (typeof JOB_RESULTS)[number];

export const QUEUE_METRICS = {
  queue_up: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Whether the queue could be measured: 1 or 0. While it is 0, the other values are NaN.',
    labels: ['queue'],
  },
  queue_length: {
    type: 'gauge',
    unit: '1',
    initialised: false,
    help: 'Entries of the stream, waiting and in hand (XLEN).',
    labels: ['queue'],
  },
  queue_pending: {
    type: 'gauge',
    unit: '1',
    initialised: false,
    help: 'Entries that were delivered to the group and not acknowledged (XPENDING).',
    labels: ['queue'],
  },
  queue_oldest_pending_seconds: {
    type: 'gauge',
    unit: 'seconds',
    initialised: false,
    help: 'Longest time since a pending entry was delivered or its consumer gave a sign of life; 0 without any.',
    labels: ['queue'],
  },
  queue_consumers: {
    type: 'gauge',
    unit: '1',
    initialised: false,
    help: 'Consumers of the group.',
    labels: ['queue'],
  },
  queue_dead_entries: {
    type: 'gauge',
    unit: '1',
    initialised: false,
    help: 'Entries that were set aside after too many deliveries.',
    labels: ['queue'],
  },
  queue_job_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    initialised: false,
    help: 'Processing times of jobs, by how they ended. Exported by workers.',
    labels: ['queue', 'result'],
    values: { result: JOB_RESULTS },
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
