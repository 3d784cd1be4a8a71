/** How long jobs take, and how they end. */
import type { JobResult } from '../../../schemas/metrics.ts';
import type { MetricRegistry } from '../../telemetry/registry.ts';

export type JobRecorder = (result: JobResult, ms: number) => void;

/** Upper bounds in seconds: jobs take from milliseconds to many minutes. */
const BOUNDARIES = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900];

export function createWorkerMetrics(registry: MetricRegistry | undefined, queue: string): JobRecorder {
  const times = registry?.histogram('queue_job_duration_seconds', BOUNDARIES);
  return (result, ms) => times?.({ queue, result })(ms / 1_000);
}
