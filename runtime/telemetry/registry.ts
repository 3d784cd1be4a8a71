/**
 * Instruments made from the table of metrics, and the text of a scrape; nothing else.
 *
 * Owns the tie between name and labels: what the table does not know does not compile. Starts no server and no exporter
 * thread. Each part of the runtime asks for its own instruments once, and keeps them over reloads of the policy.
 */

import type { Attributes, ObservableCallback } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  METRICS,
  type MetricLabels,
} from '../../schemas/metrics.ts';
import { type Metering, openMetering } from './metering.ts';
import { createHistogram, type Recorder } from './plain-histogram.ts';

/** What a callback gives at each scrape: values with their labels. Where another server must be asked, it bounds the wait itself. */
export type Observations<Name extends CounterName | GaugeName> = () => Observed<Name> | Promise<Observed<Name>>;
type Observed<Name extends CounterName | GaugeName> = Iterable<readonly [number, MetricLabels<Name>]>;

export interface MetricRegistry {
  /** A counter that is added to now and then. `initial`: series that exist from the start with 0. */
  counter<Name extends CounterName>(name: Name, initial?: readonly MetricLabels<Name>[]): Add<Name>;
  /** A counter that is kept elsewhere as a number and read at each scrape. */
  total<Name extends CounterName>(name: Name, read: Observations<Name>): void;
  gauge<Name extends GaugeName>(name: Name, read: Observations<Name>): void;
  /** Upper bounds in the unit of the metric, rising. The recorder of a label set is made once and kept. */
  histogram<Name extends HistogramName>(name: Name, boundaries: readonly number[]): HistogramSeries<Name>;
  /** The text that Prometheus reads. */
  scrape(): Promise<string>;
  /** The same as values, for whoever shows them inside: counters and gauges. */
  read(): Promise<ReadSeries>;
}

/** All series of one metric; none when it was never given a value. */
export type ReadSeries = <Name extends CounterName | GaugeName>(name: Name) => readonly Series<Name>[];

export interface Series<Name extends CounterName | GaugeName> {
  readonly labels: MetricLabels<Name>;
  readonly value: number;
}

export type Add<Name extends CounterName> = (labels: MetricLabels<Name>, by?: number) => void;
export type HistogramSeries<Name extends HistogramName> = (labels: MetricLabels<Name>) => Recorder;

/** `metering`: of the SDK that somebody started. Default: scraped only. */
export function createMetricRegistry({ meter, scrape, histograms }: Metering = openMetering()): MetricRegistry {
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);

  return {
    counter(name, initial = []) {
      const counter = meter.createCounter(name, { description: METRICS[name].help });
      for (const labels of initial) counter.add(0, attributesOf(labels));
      return (labels, by = 1) => counter.add(by, attributesOf(labels));
    },
    total(name, read) {
      meter.createObservableCounter(name, { description: METRICS[name].help }).addCallback(observe(read));
    },
    gauge(name, read) {
      meter.createObservableGauge(name, { description: METRICS[name].help }).addCallback(observe(read));
    },
    histogram(name, boundaries) {
      const histogram = createHistogram({ name, description: METRICS[name].help, boundaries: [...boundaries] });
      histograms.push(histogram);
      const recorders = new Map<string, Recorder>();
      return (labels) => {
        const key = JSON.stringify(labels);
        const recorder = recorders.get(key) ?? histogram.series(attributesOf(labels));
        recorders.set(key, recorder);
        return recorder;
      };
    },
    async scrape() {
      const { resourceMetrics } = await scrape.collect();
      return serializer.serialize(resourceMetrics);
    },
    async read() {
      const { resourceMetrics } = await scrape.collect();
      const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
      return (name) =>
        metrics
          .filter(({ descriptor }) => descriptor.name === name)
          .flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => ({ attributes, value })))
          .flatMap(({ attributes, value }) =>
            typeof value === 'number' ? [{ labels: labelsOf(name, attributes), value }] : [],
          );
    },
  };
}

function observe<Name extends CounterName | GaugeName>(read: Observations<Name>): ObservableCallback {
  return (result) => {
    const record = (observed: Observed<Name>): void => {
      for (const [value, labels] of observed) result.observe(value, attributesOf(labels));
    };
    const observed = read();
    return observed instanceof Promise ? observed.then(record) : record(observed);
  };
}

/** Names and values are the same; the general interface only knows them as a dictionary. */
function attributesOf(labels: Readonly<Record<string, string>>): Attributes {
  return labels;
}

/** The labels that the table gives this metric, whatever else an exporter may have added. */
function labelsOf<Name extends CounterName | GaugeName>(name: Name, attributes: Attributes): MetricLabels<Name> {
  const names: readonly MetricLabel<Name>[] = METRICS[name].labels;
  const labels: Partial<Record<MetricLabel<Name>, string>> = {};
  for (const label of names) labels[label] = String(attributes[label] ?? '');
  return labels as MetricLabels<Name>;
}

type MetricLabel<Name extends CounterName | GaugeName> = (typeof METRICS)[Name]['labels'][number];
