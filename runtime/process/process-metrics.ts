/**
 * Metrics of the policy in force and of the process that enforces it, all read at a scrape.
 *
 * Owns which value comes from where; keeps none.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { MetricRegistry } from '../telemetry/registry.ts';
import type { OverrideState } from './apply-overrides.ts';
import { readProcess } from './process-readings.ts';
import type { Unenforced } from './unenforced.ts';

/** What gauges read at each scrape. */
export interface Readings {
  readonly policy: () => RuntimePolicy;
  readonly digest: () => string;
  readonly overrides: () => readonly OverrideState[];
  readonly unenforced: () => readonly Unenforced[];
  readonly isReady: () => boolean;
  readonly isDraining: () => boolean;
  readonly dependencies: () => ReadonlyMap<string, boolean>;
  /** When the process started, in milliseconds since 1970; undefined in the library form, which leaves the process to its host. */
  readonly startedWallMs: number | undefined;
}

export function exportProcess(registry: MetricRegistry, readings: Readings, version: string): void {
  const { startedWallMs } = readings;
  registry.gauge('policy_info', () => {
    const { system, environment } = readings.policy();
    return [[1, { digest: readings.digest(), system, environment }]];
  });
  registry.gauge('build_info', () => [[1, { version, node_version: process.version }]]);
  registry.gauge('policy_unenforced', () => [[readings.unenforced().reduce((sum, { count }) => sum + count, 0), {}]]);
  registry.gauge('policy_overrides', () => countActive(readings.overrides()));
  registry.gauge('runtime_ready', () => [[Number(readings.isReady()), {}]]);
  registry.gauge('runtime_draining', () => [[Number(readings.isDraining()), {}]]);
  registry.gauge('dependency_up', () =>
    [...readings.dependencies()].map(([dependency, isUp]) => [Number(isUp), { dependency }]),
  );
  if (startedWallMs === undefined) return;
  const processNow = readProcess();
  registry.gauge('nodejs_eventloop_delay_p99_seconds', () => [[processNow.eventLoopDelayP99Seconds(), {}]]);
  registry.gauge('process_resident_memory_bytes', () => [[process.memoryUsage.rss(), {}]]);
  registry.total('process_cpu_seconds_total', () => [[processNow.cpuSeconds(), {}]]);
  registry.gauge('process_start_time_seconds', () => [[startedWallMs / 1000, {}]]);
}

function countActive(
  overrides: readonly OverrideState[],
): readonly (readonly [number, { readonly variable: string }])[] {
  const counts = new Map<string, number>();
  for (const { env, isActive } of overrides) counts.set(env, (counts.get(env) ?? 0) + Number(isActive));
  return [...counts].map(([variable, count]) => [count, { variable }]);
}
