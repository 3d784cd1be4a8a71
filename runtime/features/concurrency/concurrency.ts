/** What bounds on requests in flight need: the counts, the reading of the event loop, and the instruments. */
import { PRIORITIES, type Priority, SHED_REASONS, type ShedReason } from '../../../schemas/metrics.ts';
import type { MetricRegistry } from '../../telemetry/registry.ts';
import { createInFlight, type InFlight } from './in-flight.ts';

export interface Concurrency {
  readonly inFlight: InFlight;
  readonly loopDelayMs: () => number;
  readonly shed: (priority: Priority, reason: ShedReason) => void;
}

/** `loopDelayMs`: how late the event loop runs; 0 where nobody looks. */
export function createConcurrency(registry: MetricRegistry, loopDelayMs: () => number): Concurrency {
  const inFlight = createInFlight();
  const count = registry.counter(
    'requests_shed_total',
    PRIORITIES.flatMap((priority) => SHED_REASONS.map((reason) => ({ priority, reason }))),
  );
  registry.gauge('requests_in_flight', () => [...inFlight.routes()].map(([route, { count }]) => [count, { route }]));
  return { inFlight, loopDelayMs, shed: (priority, reason) => count({ priority, reason }) };
}
