/**
 * The OpenTelemetry SDK of the process, with what it is started with. Loading it takes a tenth of a second.
 *
 * Nothing is instrumented, and no context is kept over asynchronous calls: spans are made when they are over
 * (traces/late-tracer.ts), by a tracer that has decided on sampling and has given the ids.
 */
import { type ContextManager, metrics, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { type IMetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  RandomIdGenerator,
  SamplingDecision,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { settledWithin } from '../resilience/timeout.ts';
import { VERSION } from '../version.ts';
import { createMeteringParts, type MeteringParts, SCOPE } from './metering.ts';
import type { OtelSettings } from './otel-settings.ts';
import { openMetricExporter, openSpanExporter } from './otlp/open-exporters.ts';
import type { Sdk, SdkLog, Tracing } from './sdk.ts';
import { createLateIds } from './traces/late-ids.ts';
import { createSpanCounter, type SpanCounter } from './traces/span-counts.ts';

export interface OpenSdkOptions {
  readonly policy: RuntimePolicy;
  readonly settings: OtelSettings;
  readonly log: SdkLog;
  /** Called as soon as the SDK is that of the process. */
  readonly registered: () => void;
}

const SHUTDOWN_MS = 2_000;

export async function openSdk({ policy, settings, log, registered }: OpenSdkOptions): Promise<Sdk> {
  const parts = createMeteringParts();
  const ids = createLateIds(new RandomIdGenerator());
  const { spanProcessors, counter } = await openSpans(settings.traces, log);
  const sdk = new NodeSDK({
    resource: describeProcess(policy, settings.serviceName),
    resourceDetectors: [envDetector],
    instrumentations: [],
    contextManager: NO_CONTEXT,
    textMapPropagator: null,
    sampler: new AlwaysOnSampler(),
    idGenerator: ids.generator,
    spanProcessors,
    metricReaders: [parts.scrape, ...(await openReaders(settings.metrics, parts, log))],
    logRecordProcessors: [],
  });
  sdk.start();
  const startSpan = ids.starterOf(trace.getTracer(SCOPE));
  const metering = { ...parts, meter: metrics.getMeter(SCOPE) };
  registered();
  return {
    tracing: tracingOf(),
    metering,
    async shutdown() {
      await settledWithin(SHUTDOWN_MS, sdk.shutdown());
      counter?.giveUp();
    },
  };

  function tracingOf(): Tracing | undefined {
    if (settings.traces === undefined || counter === undefined) return undefined;
    const { sampling } = settings.traces;
    const sampler = new TraceIdRatioBasedSampler(sampling.ratio);
    return {
      startSpan,
      sampling,
      isInShare: (traceId) =>
        sampler.shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED,
      spans: counter.counts,
    };
  }
}

interface Spans {
  readonly spanProcessors: SpanProcessor[];
  readonly counter: SpanCounter | undefined;
}

async function openSpans(settings: OtelSettings['traces'], log: SdkLog): Promise<Spans> {
  if (settings === undefined) return { spanProcessors: [], counter: undefined };
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
function describeProcess({ system, environment }: RuntimePolicy, serviceName: string): Resource {
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
