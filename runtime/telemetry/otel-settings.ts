/**
 * What is sent to a collector and how, from the policy and the `OTEL_*` variables.
 *
 * Owns the precedence: a variable of one signal (`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`), then the variable that the policy
 * names for the address, then the general variable (`OTEL_EXPORTER_OTLP_ENDPOINT`), then the policy. An empty variable
 * counts as unset, but for the one that the policy names: that turns the export off, without an attempt or an error.
 * Headers, compression, certificates and resource attributes are read by the SDK itself.
 *
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Environment } from '../environment/environment.ts';
import { type Sampling, samplingOf } from './traces/sampling.ts';

export interface OtelSettings {
  readonly serviceName: string;
  readonly traces: (ExportSettings & { readonly sampling: Sampling; readonly batch: BatchSettings }) | undefined;
  readonly metrics: (ExportSettings & { readonly intervalMs: number; readonly timeoutMs: number }) | undefined;
}

export type OtlpProtocol = 'grpc' | 'http/protobuf';

export interface ExportSettings {
  readonly url: string;
  readonly protocol: OtlpProtocol;
  /** Of one request; undefined where a variable says it, which the exporter reads. */
  readonly requestTimeoutMs: number | undefined;
}

export interface BatchSettings {
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  readonly scheduledDelayMillis: number;
  readonly exportTimeoutMillis: number;
}

export type ReadSettings =
  | { readonly kind: 'read'; readonly settings: OtelSettings }
  /** Nothing is sent. */
  | { readonly kind: 'off' }
  /** Variables hold something unusable. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

type Signal = 'traces' | 'metrics';
type Declared = { readonly endpointEnv: string; readonly endpoint?: string; readonly protocol: OtlpProtocol };

const REQUEST_TIMEOUT_MS = 5_000;

export function readOtelSettings({ telemetry }: Pick<RuntimePolicy, 'telemetry'>, env: Environment): ReadSettings {
  const reasons: string[] = [];
  const read = (name: string): string | undefined => (env[name] ?? '').trim() || undefined;
  if (read('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return { kind: 'off' };
  const traces = telemetry.traces?.enabled === true ? readTraces(telemetry.traces) : undefined;
  const metrics = telemetry.otlpMetrics === undefined ? undefined : readMetrics(telemetry.otlpMetrics);
  const serviceName = telemetry.traces?.serviceName ?? telemetry.otlpMetrics?.serviceName ?? '';
  if (reasons.length > 0) return { kind: 'refused', reasons };
  if (traces === undefined && metrics === undefined) return { kind: 'off' };
  return { kind: 'read', settings: { serviceName, traces, metrics } };

  function readTraces(declared: Declared & { readonly sampleRatio: number }): OtelSettings['traces'] {
    const target = readExport('traces', declared);
    if (target === undefined) return undefined;
    const sampling = samplingOf(declared.sampleRatio, read('OTEL_TRACES_SAMPLER'), read('OTEL_TRACES_SAMPLER_ARG'));
    if (typeof sampling === 'string') reasons.push(sampling);
    return typeof sampling === 'string' ? undefined : { ...target, sampling, batch: readBatch() };
  }

  function readMetrics(declared: Declared & { readonly intervalMs: number }): OtelSettings['metrics'] {
    const target = readExport('metrics', declared);
    if (target === undefined) return undefined;
    const intervalMs = readCount('OTEL_METRIC_EXPORT_INTERVAL', declared.intervalMs);
    const timeoutMs = readCount('OTEL_METRIC_EXPORT_TIMEOUT', REQUEST_TIMEOUT_MS);
    return { ...target, intervalMs, timeoutMs: Math.min(timeoutMs, intervalMs) };
  }

  /** Undefined when this signal is not sent. */
  function readExport(signal: Signal, declared: Declared): ExportSettings | undefined {
    const prefix = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}`;
    if (!isWanted(`OTEL_${signal.toUpperCase()}_EXPORTER`)) return undefined;
    const protocol = readProtocol(prefix) ?? declared.protocol;
    const own = read(`${prefix}_ENDPOINT`);
    const name = own === undefined ? addressVariable(declared.endpointEnv) : `${prefix}_ENDPOINT`;
    const text = own ?? env[name]?.trim() ?? declared.endpoint ?? '';
    if (text === '') return undefined;
    if (!URL.canParse(text) || !/^https?:\/\//.test(text)) {
      reasons.push(`${name}: is no http or https address of a collector`);
      return undefined;
    }
    const isTimed = read(`${prefix}_TIMEOUT`) !== undefined || read('OTEL_EXPORTER_OTLP_TIMEOUT') !== undefined;
    const requestTimeoutMs = isTimed ? undefined : REQUEST_TIMEOUT_MS;
    return { url: own ?? withPath(text, signal, protocol), protocol, requestTimeoutMs };
  }

  function addressVariable(declared: string): string {
    return env[declared] === undefined && read('OTEL_EXPORTER_OTLP_ENDPOINT') !== undefined
      ? 'OTEL_EXPORTER_OTLP_ENDPOINT'
      : declared;
  }

  function readProtocol(prefix: string): OtlpProtocol | undefined {
    for (const name of [`${prefix}_PROTOCOL`, 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
      const text = read(name);
      if (text === 'grpc' || text === 'http/protobuf') return text;
      if (text !== undefined) reasons.push(`${name}: must be grpc or http/protobuf`);
    }
    return undefined;
  }

  function isWanted(name: string): boolean {
    const text = read(name) ?? 'otlp';
    if (text !== 'otlp' && text !== 'none') reasons.push(`${name}: must be otlp or none`);
    return text === 'otlp';
  }

  function readBatch(): BatchSettings {
    const maxQueueSize = readCount('OTEL_BSP_MAX_QUEUE_SIZE', 2_048);
    return {
      maxQueueSize,
      maxExportBatchSize: Math.min(readCount('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512), maxQueueSize),
      scheduledDelayMillis: readCount('OTEL_BSP_SCHEDULE_DELAY', 1_000),
      // Longer than what one request is given.
      exportTimeoutMillis: readCount('OTEL_BSP_EXPORT_TIMEOUT', REQUEST_TIMEOUT_MS + 1_000),
    };
  }

  function readCount(name: string, usual: number): number {
    const text = read(name);
    if (text === undefined) return usual;
    const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (count === 0) reasons.push(`${name}: must be a whole number above 0`);
    return count;
  }
}

/** The path that OTLP over HTTP has for each signal (https://opentelemetry.io/docs/specs/otlp/#otlphttp-request). */
function withPath(url: string, signal: Signal, protocol: OtlpProtocol): string {
  const path = `/v1/${signal}`;
  return protocol === 'grpc' || url.endsWith(path) ? url : url.replace(/\/$/, '') + path;
}
