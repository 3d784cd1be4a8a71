/**
 * Metrics pushed to a collector, where the policy and the environment want it.
 *
 * Owns the reader that asks the registry for the same series that a scrape would show. A collector that is away costs one
 * log line, and the figures of the time it was away: the next push holds the sums.
 */
import type { MetricProducer, MetricReader, PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Environment } from '../../environment/environment.ts';
import type { Log } from '../log.ts';
import type { RegistryOptions } from '../registry.ts';
import { type OtlpProtocol, readCollectorAddress } from './collector-address.ts';

export interface OpenMetricPushOptions {
  readonly policy: RuntimePolicy;
  readonly env: Environment;
  readonly log: Log;
}

export type OpenedMetricPush =
  | ({ readonly kind: 'opened' } & RegistryOptions)
  | { readonly kind: 'refused'; readonly reason: string };

const EXPORT_TIMEOUT_MS = 5_000;

export async function openMetricPush({ policy, env, log }: OpenMetricPushOptions): Promise<OpenedMetricPush> {
  const settings = policy.telemetry.otlpMetrics;
  if (settings === undefined) return { kind: 'opened' };
  const address = readCollectorAddress(settings, 'metrics', env);
  if (address.kind === 'refused') return address;
  if (address.kind === 'off') return { kind: 'opened' };
  const [{ PeriodicExportingMetricReader }, { describeResource }, exporter] = await Promise.all([
    import('@opentelemetry/sdk-metrics'),
    import('./describe-resource.ts'),
    openExporter(settings.protocol, address.url),
  ]);
  const openReaders = (histograms: MetricProducer): readonly MetricReader[] => [
    new PeriodicExportingMetricReader({
      exporter: watched(exporter, log),
      exportIntervalMillis: settings.intervalMs,
      exportTimeoutMillis: Math.min(EXPORT_TIMEOUT_MS, settings.intervalMs),
      metricProducers: [histograms],
    }),
  ];
  return { kind: 'opened', resource: describeResource(policy, settings.serviceName), openReaders };
}

async function openExporter(protocol: OtlpProtocol, url: string): Promise<PushMetricExporter> {
  const options = { url, timeoutMillis: EXPORT_TIMEOUT_MS };
  if (protocol === 'grpc') {
    const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-grpc');
    return new OTLPMetricExporter(options);
  }
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto');
  return new OTLPMetricExporter(options);
}

/** Says when pushes begin to fail and when they work again. */
function watched(exporter: PushMetricExporter, log: Log): PushMetricExporter {
  let isAway = false;
  return {
    export(metrics, done) {
      exporter.export(metrics, (result) => {
        const { error } = result;
        if (isAway !== (error !== undefined)) {
          isAway = !isAway;
          if (error === undefined) log.info('metric collector back');
          else log.warn({ error: error.message }, 'metric collector away');
        }
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}
