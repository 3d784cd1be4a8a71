/**
 * Exporters of OTLP, loaded where they are used: each takes a tenth of a second and tens of megabytes.
 *
 * They read `OTEL_EXPORTER_OTLP_HEADERS`, `_COMPRESSION`, `_CERTIFICATE` and what is not handed to them from the process.
 */
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { defined } from '../../../schemas/data/defined.ts';
import type { ExportSettings, OtlpProtocol } from '../otel-settings.ts';
import type { SdkLog } from '../sdk.ts';

export async function openSpanExporter(settings: ExportSettings): Promise<SpanExporter> {
  const { OTLPTraceExporter } = await load(settings.protocol);
  return new OTLPTraceExporter(optionsOf(settings));
}

/** Says when pushes begin to fail and when they work again; the next push holds the sums of the time between. */
export async function openMetricExporter(settings: ExportSettings, log: SdkLog): Promise<PushMetricExporter> {
  const { OTLPMetricExporter } = await load(settings.protocol);
  const exporter = new OTLPMetricExporter(optionsOf(settings));
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

function load(protocol: OtlpProtocol) {
  return protocol === 'grpc' ? import('./grpc.ts') : import('./http-protobuf.ts');
}

function optionsOf({ url, requestTimeoutMs }: ExportSettings): { url: string; timeoutMillis?: number } {
  return { url, ...defined({ timeoutMillis: requestTimeoutMs }) };
}
