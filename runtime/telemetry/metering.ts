/**
 * The meter that instruments are made with, and the reader that a scrape asks.
 *
 * Histograms are kept beside the SDK (plain-histogram.ts) and handed to every reader as a producer of their own.
 */
import type { Meter } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { emptyResource } from '@opentelemetry/resources';
import { MeterProvider, type MetricProducer, type MetricReader } from '@opentelemetry/sdk-metrics';
import type { PlainHistogram } from './plain-histogram.ts';

export interface Metering {
  readonly meter: Meter;
  readonly scrape: MetricReader;
  /** Those that `scrape` and every other reader show. */
  readonly histograms: PlainHistogram[];
}

export const SCOPE = 'seaworthy-runtime';

/** Readers before there is a meter: the SDK takes them when it starts. */
export interface MeteringParts extends Omit<Metering, 'meter'> {
  /** For further readers. */
  readonly producer: MetricProducer;
}

export function createMeteringParts(): MeteringParts {
  const histograms: PlainHistogram[] = [];
  const producer: MetricProducer = {
    collect: async () => ({
      resourceMetrics: { resource: emptyResource(), scopeMetrics: [readHistograms(histograms)] },
      errors: [],
    }),
  };
  const scrape = new PrometheusExporter({ preventServerStart: true, metricProducers: [producer] });
  return { scrape, histograms, producer };
}

/** For a process whose SDK nobody started: scraped, and registered nowhere. */
export function openMetering(): Metering {
  const { scrape, histograms } = createMeteringParts();
  return { scrape, histograms, meter: new MeterProvider({ readers: [scrape] }).getMeter(SCOPE) };
}

/** Those without a series yet are left out: a name without values tells nothing. */
function readHistograms(histograms: readonly PlainHistogram[]) {
  const metrics = histograms.map((histogram) => histogram.read()).filter(({ dataPoints }) => dataPoints.length > 0);
  return { scope: { name: SCOPE }, metrics };
}
