/** The breakers as Prometheus sees them: read at each scrape, so a probe that is overdue shows without traffic. */
import type { BreakerKind } from '../../schemas/metrics.ts';
import type { CircuitBreaker } from '../resilience/breaker.ts';
import type { BreakerState } from '../resilience/breaker-episode.ts';
import type { MetricRegistry } from '../telemetry/registry.ts';

/** Transitions by where they went. */
export type BreakerCounts = Record<BreakerState, number>;

export interface MeasuredBreaker {
  readonly kind: BreakerKind;
  readonly name: string;
  readonly breaker: CircuitBreaker;
  readonly counts: BreakerCounts;
}

/** As `breaker_state` tells it. */
const LEVELS: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };
const STATES = ['closed', 'half-open', 'open'] as const;

export function exportBreakers(registry: MetricRegistry, read: () => Iterable<MeasuredBreaker>): void {
  registry.gauge('breaker_state', () =>
    [...read()].map(({ kind, name, breaker }) => [LEVELS[breaker.state], { kind, name }] as const),
  );
  registry.total('breaker_transitions_total', () =>
    [...read()].flatMap(({ kind, name, counts }) => STATES.map((to) => [counts[to], { kind, name, to }] as const)),
  );
  registry.total('breaker_refusals_total', () =>
    [...read()].map(({ kind, name, breaker }) => [breaker.view().refused, { kind, name }] as const),
  );
}
