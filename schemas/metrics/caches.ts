/**
 * Named caches. Exported only where the policy has some.
 */
import type { MetricDescription } from './description.ts';

export const CACHE_METRICS = {
  cache_hits_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Look-ups that were answered without a call to the source.',
    labels: ['cache'],
  },
  cache_misses_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Look-ups that were not. Requests that no cache answers are not counted.',
    labels: ['cache'],
  },
  cache_collapsed_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Hits that waited for the call of another who asked the same at the same time.',
    labels: ['cache'],
  },
  cache_stale_served_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Answers that had ended and stood in for a source that failed.',
    labels: ['cache'],
  },
  cache_evictions_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Entries that went before their end, to make room.',
    labels: ['cache'],
  },
  cache_invalidations_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Times that tags were invalidated, or the cache was cleared, here or by another replica.',
    labels: ['cache'],
  },
  cache_store_failures_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Questions to a shared store that it did not answer in time. Each cost a call to the source.',
    labels: ['cache'],
  },
  cache_entries: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Entries held. For a shared store, those of all replicas; NaN while it does not answer.',
    labels: ['cache'],
  },
  cache_bytes: {
    type: 'gauge',
    unit: 'bytes',
    initialised: true,
    help: 'Bytes held in the memory of this process. Absent for a shared store.',
    labels: ['cache'],
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
