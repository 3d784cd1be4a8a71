/**
 * Which requests are refused while there is more work than can be done.
 *
 * Two readings tell of overload, both plain: how much of an upstream's connections are in use, and how late the event loop
 * runs. Each has a mark for `low`, which leaves the rest to others, and a later one for `normal`, which does not wait in
 * line. So what is accepted keeps its latency, and `critical` is never refused for this. Nothing is estimated: a figure on
 * the status page is the reason.
 */
import type { Priority, ShedReason } from '../../../schemas/metrics.ts';

export interface OverloadReadings {
  /** Requests in flight to the upstream of the route. */
  readonly inFlight: number;
  /** Connections that it may have in all. */
  readonly capacity: number;
  /** How late the event loop runs, smoothed. */
  readonly loopDelayMs: number;
}

type Sheddable = Exclude<Priority, 'critical'>;

/** Share of the capacity that may be in use for one more. */
const BUSY: Readonly<Record<Sheddable, number>> = { low: 0.8, normal: 1 };
/** A loop on time is well below 10 ms late; every request pays a few times the delay. */
const LATE_MS: Readonly<Record<Sheddable, number>> = { low: 50, normal: 100 };

/** Why a request of this priority is refused; undefined when it is not. */
export function overloadOf(priority: Priority, readings: OverloadReadings): ShedReason | undefined {
  if (priority === 'critical') return undefined;
  if (readings.inFlight >= BUSY[priority] * readings.capacity) return 'upstream-busy';
  return readings.loopDelayMs >= LATE_MS[priority] ? 'event-loop' : undefined;
}
