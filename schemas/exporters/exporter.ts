/**
 * The shape of an exporter's inventory: the metrics that rules and dashboards may use, and where the facts are from.
 *
 * Inventories are excerpts. A metric that somebody needs is added with its type and labels as the exporter's documentation has them.
 */
import type { MetricType } from '../metrics.ts';

export interface ExportedMetric {
  readonly type: MetricType;
  readonly help: string;
  /** Labels of its own, without those that the scrape adds. */
  readonly labels: readonly string[];
}

export interface Exporter {
  /** Name in `System.spec.monitoring.exporters`. */
  readonly name: string;
  readonly title: string;
  readonly metrics: Readonly<Record<string, ExportedMetric>>;
}
