/**
 * Traces as the policy and the environment want them: recorded and sent, or ids only.
 *
 * Owns the loading of the exporter, which takes a tenth of a second and tens of megabytes, so only where it is used. No
 * SDK is started for the process, and nothing is instrumented: several gateways can run side by side, each with its own.
 */
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Environment } from '../../environment/environment.ts';
import type { Clock } from '../../resilience/clock.ts';
import type { Log } from '../log.ts';
import { type OtlpProtocol, readCollectorAddress } from '../otlp/collector-address.ts';
import type { TelemetryMetrics } from '../telemetry-metrics.ts';
import { idsOnly, type RequestTracer } from './request-tracer.ts';

export interface Traces {
  readonly tracer: RequestTracer;
  /** Says from now on which policy is in force. */
  use(digest: string): void;
  /** Sends what waits, for a bounded time. */
  close(): Promise<void>;
}

export interface OpenTracesOptions {
  readonly policy: RuntimePolicy;
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: TelemetryMetrics;
}

export type OpenedTraces =
  | { readonly kind: 'opened'; readonly traces: Traces }
  | { readonly kind: 'refused'; readonly reason: string };

const EXPORT_TIMEOUT_MS = 5_000;
const FLUSH_TIMEOUT_MS = 2_000;
const OFF: Traces = { tracer: idsOnly, use: () => undefined, close: async () => undefined };

export async function openTraces(options: OpenTracesOptions): Promise<OpenedTraces> {
  const settings = options.policy.telemetry.traces;
  if (settings === undefined || !settings.enabled) return { kind: 'opened', traces: OFF };
  const address = readCollectorAddress(settings, 'traces', options.env);
  if (address.kind === 'refused') return address;
  if (address.kind === 'off') return { kind: 'opened', traces: OFF };
  const exporter = await openExporter(settings.protocol, address.url);
  return { kind: 'opened', traces: await createTraces(options, settings, exporter) };
}

async function createTraces(
  { policy, clock, log, metrics }: OpenTracesOptions,
  { serviceName, sampleRatio }: NonNullable<RuntimePolicy['telemetry']['traces']>,
  exporter: SpanExporter,
): Promise<Traces> {
  const [{ describeResource }, { createRecordingTracer }, { createSpanQueue }] = await Promise.all([
    import('../otlp/describe-resource.ts'),
    import('./recording-tracer.ts'),
    import('./span-queue.ts'),
  ]);
  let resource = describeResource(policy, serviceName);
  const queue = createSpanQueue({
    exporter,
    onExported: metrics.spansExported,
    onDropped: metrics.spansDropped,
    onChange: (error) =>
      error === undefined ? log.info('trace collector back') : log.warn({ error }, 'trace collector away'),
  });
  metrics.watchQueue(() => queue.size);
  return {
    tracer: createRecordingTracer({ sampleRatio, clock, resource: () => resource, add: (span) => queue.add(span) }),
    use(digest) {
      resource = describeResource(policy, serviceName, digest);
    },
    close: () => queue.close(FLUSH_TIMEOUT_MS),
  };
}

async function openExporter(protocol: OtlpProtocol, url: string): Promise<SpanExporter> {
  const options = { url, timeoutMillis: EXPORT_TIMEOUT_MS };
  if (protocol === 'grpc') {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
    return new OTLPTraceExporter(options);
  }
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter(options);
}
