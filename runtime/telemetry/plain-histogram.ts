/**
 * Histograms in plain numbers, for what every request records.
 *
 * Owns the recording, some additions without a look at labels, and the form in which a scrape reads them. The general
 * instrument sorts and joins the labels of each record, which costs more than the rest of counting together.
 */
import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type HistogramMetricData } from '@opentelemetry/sdk-metrics';

/** Records one value in one series. */
export type Recorder = (value: number) => void;

export interface PlainHistogram {
  /** The recorder of one series; ask once for each label set and keep it. */
  series(labels: Attributes): Recorder;
  read(): HistogramMetricData;
}

export interface HistogramOptions {
  readonly name: string;
  readonly description: string;
  /** Upper bounds, inclusive, rising. */
  readonly boundaries: number[];
}

export function createHistogram({ name, description, boundaries }: HistogramOptions): PlainHistogram {
  const startTime = now();
  const all: { readonly attributes: Attributes; readonly counts: number[]; sum: number; count: number }[] = [];
  return {
    series(attributes) {
      const series = { attributes, counts: Array.from({ length: boundaries.length + 1 }, () => 0), sum: 0, count: 0 };
      all.push(series);
      return (value) => {
        let bucket = 0;
        while (bucket < boundaries.length && value > (boundaries[bucket] ?? 0)) bucket += 1;
        series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
        series.sum += value;
        series.count += 1;
      };
    },
    read: () => ({
      descriptor: { name, description, unit: '', valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: all.map(({ attributes, counts, sum, count }) => ({
        startTime,
        endTime: now(),
        attributes,
        value: { buckets: { boundaries, counts: [...counts] }, sum, count },
      })),
    }),
  };
}

function now(): HrTime {
  const ms = Date.now();
  return [Math.floor(ms / 1000), (ms % 1000) * 1e6];
}
