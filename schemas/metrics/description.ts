/**
 * What the table says of one metric.
 *
 * Owns the words; the tables beside this file, one for each part of the runtime, use them.
 */

/** How a metric is read: `rate()` a counter, read a gauge as it is, `histogram_quantile()` over the `_bucket` of a histogram. */
export type MetricType = 'counter' | 'gauge' | 'histogram';

/** The unit that the name ends in; `1` counts things, `info` is always 1 and speaks through its labels. */
export type MetricUnit = 'seconds' | 'bytes' | '1' | 'info';

export interface MetricDescription {
  readonly type: MetricType;
  readonly unit: MetricUnit;
  readonly help: string;
  /** Label names. A series has all of them. */
  readonly labels: readonly string[];
  /** Labels with a closed set of values. Others hold names of the policy (routes, limits, upstreams) or a version. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** Whether every combination exists from the start with 0, so that `increase()` sees the first event. */
  readonly initialised: boolean;
}
