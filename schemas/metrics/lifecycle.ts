/**
 * How the policy in force came to be: overrides of the environment, reloads.
 */
import type { MetricDescription } from './description.ts';

/** What came of a reload. `unchanged`: the file holds what is in force. */
export const RELOAD_RESULTS = ['applied', 'unchanged', 'refused'] as const;
export type ReloadResultName = (typeof RELOAD_RESULTS)[number];

export const LIFECYCLE_METRICS = {
  policy_overrides: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Places of the policy that a variable of the environment may replace: how many it does replace.',
    labels: ['variable'],
  },
  policy_reloads_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Attempts to put another policy in force without a restart, by result.',
    labels: ['result'],
    values: { result: RELOAD_RESULTS },
  },
  policy_reload_failed: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Whether the last reload was refused, so that an older policy than the file is in force: 1 or 0.',
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
