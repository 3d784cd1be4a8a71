/**
 * Bounds of the latency histograms.
 *
 * Owns the rule that the share of requests within an objective can be read exactly: its threshold is a bound. The same for alerts.
 */
import { fromAll, type Marked } from '../../marks.ts';
import type { Origin, ServiceModel } from '../../resolve/model/index.ts';

/** Advice of the OpenTelemetry semantic conventions for http.server.request.duration, in milliseconds. */
const ADVISED_MS = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000] as const;
const HIGHEST_ADVISED_MS = 10_000;
const MOST_BOUNDS = 40;

/**
 * Rising bounds in milliseconds: the advised ones and every threshold; where that is too many, advised ones give way. One more lies above
 * the largest threshold, because a quantile never comes out above the largest bound, and an alert there could not fire.
 */
export function latencyBuckets(services: readonly ServiceModel[]): readonly number[] {
  const asked = services.flatMap(thresholdsOf).map(({ bound }) => bound);
  const highest = Math.max(0, ...asked);
  const thresholds = new Set([...asked, ...(highest >= HIGHEST_ADVISED_MS ? [highest * 2] : [])]);
  const advised = ADVISED_MS.filter((bound) => !thresholds.has(bound)).slice(
    0,
    Math.max(0, MOST_BOUNDS - thresholds.size),
  );
  return [...thresholds, ...advised].sort((a, b) => a - b).slice(0, MOST_BOUNDS);
}

/** The same with all objectives and alerts that asked for a bound; what nobody asked for is advice of the conventions. */
export function latencyBucketDrafts(services: readonly ServiceModel[]): readonly Marked<number>[] {
  const thresholds = services.flatMap(thresholdsOf);
  return latencyBuckets(services).map((bound) => {
    const asking = thresholds.filter((threshold) => threshold.bound === bound);
    return fromAll(
      asking.map(({ origin }) => origin),
      bound,
    );
  });
}

interface Threshold {
  readonly bound: number;
  readonly origin: Origin;
}

const thresholdsOf = (service: ServiceModel): readonly Threshold[] => [
  ...service.objectives.flatMap((objective) =>
    objective.kind === 'latency' ? [{ bound: objective.within, origin: objective.origin.of('within') }] : [],
  ),
  ...service.alerts.flatMap((alert) =>
    alert.when.kind === 'latency' ? [{ bound: alert.when.above, origin: alert.origin.of('latency') }] : [],
  ),
];
