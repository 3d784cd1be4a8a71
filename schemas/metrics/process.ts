/**
 * The policy in force, and the process that enforces it.
 */
import type { MetricDescription } from './description.ts';

export const PROCESS_METRICS = {
  dependency_up: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Whether a dependency of health.dependencies answered last time: 1 or 0.',
    labels: ['dependency'],
  },
  policy_info: {
    type: 'gauge',
    unit: 'info',
    initialised: true,
    help: 'The policy in force. Its digest is the sha256 of policy.json, as in index.json.',
    labels: ['digest', 'system', 'environment'],
  },
  policy_unenforced: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'How many entries of the policy ask for something that this release does not enforce.',
    labels: [],
  },
  build_info: {
    type: 'gauge',
    unit: 'info',
    initialised: true,
    help: 'The running program.',
    labels: ['version', 'node_version'],
  },
  runtime_ready: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'What the readiness probe answers: 1 or 0.',
    labels: [],
  },
  runtime_draining: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Whether the process was told to stop: 1 or 0.',
    labels: [],
  },
  nodejs_eventloop_delay_p99_seconds: {
    type: 'gauge',
    unit: 'seconds',
    initialised: true,
    help: '99th percentile of the event loop delay since the last scrape.',
    labels: [],
  },
  process_resident_memory_bytes: {
    type: 'gauge',
    unit: 'bytes',
    initialised: true,
    help: 'Resident memory of the process.',
    labels: [],
  },
  process_cpu_seconds_total: {
    type: 'counter',
    unit: 'seconds',
    initialised: true,
    help: 'User and system CPU time of the process.',
    labels: [],
  },
  process_start_time_seconds: {
    type: 'gauge',
    unit: 'seconds',
    initialised: true,
    help: 'When the runtime started, in seconds since 1970.',
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
