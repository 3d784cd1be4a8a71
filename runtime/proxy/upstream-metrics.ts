/** What is counted of upstreams beyond single calls: targets left out, retries. */
import type { MetricRegistry } from '../telemetry/registry.ts';

/** One target now. */
export interface TargetState {
  readonly upstream: string;
  readonly target: string;
  readonly in: boolean;
  /** In a row. */
  readonly failures: number;
  /** Requests and tunnels in flight. */
  readonly active: number;
}

export interface UpstreamMetrics {
  /** A target was left out. */
  ejected(upstream: string): void;
  retried(upstream: string, result: 'sent' | 'over-budget'): void;
}

/** The series of the upstreams named here exist from the start; those of a later policy when they are first used. */
export function createUpstreamMetrics(
  registry: MetricRegistry,
  upstreams: readonly string[],
  states: () => readonly TargetState[],
): UpstreamMetrics {
  const ejections = registry.counter(
    'upstream_ejections_total',
    upstreams.map((upstream) => ({ upstream })),
  );
  const retries = registry.counter(
    'upstream_retries_total',
    upstreams.flatMap((upstream) => (['sent', 'over-budget'] as const).map((result) => ({ upstream, result }))),
  );
  registry.gauge('upstream_target_healthy', () =>
    states().map(({ upstream, target, in: isIn }) => [isIn ? 1 : 0, { upstream, target }] as const),
  );
  return {
    ejected: (upstream) => ejections({ upstream }),
    retried: (upstream, result) => retries({ upstream, result }),
  };
}
