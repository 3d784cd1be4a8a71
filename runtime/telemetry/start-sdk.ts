/**
 * Starts the OpenTelemetry SDK of the process, where the policy and the environment want something sent.
 *
 * Owns the parts that it is started with. Nothing is instrumented, and no context is kept over asynchronous calls: spans
 * are made when they are over, by the tracer that is handed out (traces/late-tracer.ts), which has decided on sampling and
 * has given the ids. What `OTEL_*` variables mean is in otel-settings.ts.
 */
import { type ContextManager, metrics, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { type IMetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { settledWithin } from '../resilience/timeout.ts';
import { VERSION } from '../version.ts';
import { createMeteringParts, type MeteringParts, SCOPE } from './metering.ts';
import { type OtelSettings, readOtelSettings } from './otel-settings.ts';
import { openMetricExporter, openSpanExporter } from './otlp-exporters.ts';
import type { SdkLog, SdkOptions, StartedSdk, Tracing } from './sdk.ts';
import { createLateIds } from './traces/late-ids.ts';
import { createSpanCounter, type SpanCounter } from './traces/span-counts.ts';

const SHUTDOWN_MS = 2_000;

export async function startSdk(options: SdkOptions): Promise<StartedSdk> {
  return startSdkWith(options, () => undefined);
}

/** `registered` is called as soon as the SDK is that of the process: a test takes it away, to start another beside it. */
export async function startSdkWith({ policy, env, log }: SdkOptions, registered: () => void): Promise<StartedSdk> {
  const read = readOtelSettings(policy, env);
  if (read.kind !== 'read') return read;
  const { settings } = read;
  const [{ NodeSDK }, sdkTrace] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/sdk-trace'),
  ]);
  const parts = createMeteringParts();
  const ids = createLateIds(new sdkTrace.RandomIdGenerator());
  const { spanProcessors, counter } = await openSpans(settings.traces, log);
  const sdk = new NodeSDK({
    resource: describeProcess(policy, settings.serviceName),
    resourceDetectors: [envDetector],
    instrumentations: [],
    contextManager: NO_CONTEXT,
    textMapPropagator: null,
    sampler: new sdkTrace.AlwaysOnSampler(),
    idGenerator: ids.generator,
    spanProcessors,
    metricReaders: [parts.scrape, ...(await openReaders(settings.metrics, parts, log))],
    logRecordProcessors: [],
  });
  sdk.start();
  const startSpan = ids.starterOf(trace.getTracer(SCOPE));
  const metering = { ...parts, meter: metrics.getMeter(SCOPE) };
  registered();
  return { kind: 'started', sdk: { tracing: tracingOf(), metering, shutdown } };

  function tracingOf(): Tracing | undefined {
    if (settings.traces === undefined || counter === undefined) return undefined;
    const { sampling } = settings.traces;
    const sampler = new sdkTrace.TraceIdRatioBasedSampler(sampling.ratio);
    return {
      startSpan,
      sampling,
      isInShare: (traceId) =>
        sampler.shouldSample(ROOT_CONTEXT, traceId).decision === sdkTrace.SamplingDecision.RECORD_AND_SAMPLED,
      spans: counter.counts,
    };
  }

  async function shutdown(): Promise<void> {
    await settledWithin(SHUTDOWN_MS, sdk.shutdown());
    counter?.giveUp();
  }
}

interface Spans {
  readonly spanProcessors: SpanProcessor[];
  readonly counter: SpanCounter | undefined;
}

async function openSpans(settings: OtelSettings['traces'], log: SdkLog): Promise<Spans> {
  if (settings === undefined) return { spanProcessors: [], counter: undefined };
  const { BatchSpanProcessor } = await import('@opentelemetry/sdk-trace');
  const counter = createSpanCounter(settings.batch.maxQueueSize, (error) =>
    error === undefined ? log.info('trace collector back') : log.warn({ error }, 'trace collector away'),
  );
  const exporter = counter.watchExporter(await openSpanExporter(settings));
  const batch = new BatchSpanProcessor({ exporter, ...settings.batch });
  return { spanProcessors: [counter.watchProcessor(batch)], counter };
}

async function openReaders(
  settings: OtelSettings['metrics'],
  { producer }: MeteringParts,
  log: SdkLog,
): Promise<readonly IMetricReader[]> {
  if (settings === undefined) return [];
  const exporter = await openMetricExporter(settings, log);
  return [
    new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: settings.intervalMs,
      exportTimeoutMillis: settings.timeoutMs,
      metricProducers: [producer],
    }),
  ];
}

/** Who speaks; `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` go before it. */
function describeProcess(
  { system, environment }: RuntimePolicy,
  serviceName: string,
): NodeSDKConfiguration['resource'] {
  return resourceFromAttributes({
    'service.name': serviceName,
    'service.namespace': system,
    'service.version': VERSION,
    'deployment.environment.name': environment,
  });
}

/** Keeping a context over asynchronous calls would slow down every promise of the process, and nobody asks for it. */
const NO_CONTEXT: ContextManager = {
  active: () => ROOT_CONTEXT,
  with: (_context, run, that, ...args) => Reflect.apply(run, that, args),
  bind: (_context, target) => target,
  enable: () => NO_CONTEXT,
  disable: () => NO_CONTEXT,
};
