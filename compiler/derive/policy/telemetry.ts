/**
 * What the runtime measures, logs and traces.
 */
import type { RuntimePolicy, Telemetry } from '../../../schemas/runtime-policy.gen.ts';
import type { Model, TracingModel } from '../../resolve/model/index.ts';
import { latencyBuckets } from './latency-buckets.ts';
import { gatewayOf } from './placement.ts';

export function buildTelemetry(model: Model): RuntimePolicy['telemetry'] {
  const { log, tracing, errorsEnv, metricsEnv } = gatewayOf(model)?.runtime ?? {};
  return {
    latencyBucketsMs: latencyBuckets(model.services),
    routeLabels: true,
    logLevel: log?.level ?? 'info',
    ...(metricsEnv === undefined ? {} : { metrics: true }),
    ...(log?.slow === undefined ? {} : { slowMs: log.slow }),
    ...(log?.callers === 'minimised' ? { callerData: 'minimised' as const } : {}),
    ...(tracing === undefined ? {} : { traces: toTraces(tracing) }),
    ...(errorsEnv === undefined ? {} : { errors: { dsnEnv: errorsEnv } }),
  };
}

const toTraces = (tracing: TracingModel): NonNullable<Telemetry['traces']> => ({
  serviceName: tracing.service,
  endpointEnv: tracing.env,
  ...(tracing.endpoint === undefined ? {} : { endpoint: tracing.endpoint }),
  protocol: tracing.protocol,
  sampleRatio: tracing.sample,
  enabled: tracing.enabled,
});
