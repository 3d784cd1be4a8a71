/**
 * What the runtime measures, logs and traces.
 */
import type { Telemetry } from '../../../schemas/runtime-policy.gen.ts';
import { claim, field, fields, from, type Marked } from '../../marks.ts';
import type { Model, RuntimeFeaturesModel, TracingModel } from '../../resolve/model/index.ts';
import { latencyBucketDrafts } from './latency-buckets.ts';
import { gatewayOf } from './placement.ts';

export function draftTelemetry(model: Model): Marked<Telemetry> {
  const runtime = gatewayOf(model)?.runtime;
  const log = runtime?.log;
  return {
    latencyBucketsMs: latencyBucketDrafts(model.services),
    routeLabels: true,
    logLevel: log === undefined ? 'info' : field(log, 'level'),
    metrics: runtime?.metricsEnv === undefined ? undefined : from(runtime.origin.of('metricsEnv'), true),
    slowMs: log && field(log, 'slow'),
    callerData: log?.callers === 'minimised' ? from(log.origin.of('callers'), 'minimised' as const) : undefined,
    traces: runtime?.tracing && toTraces(runtime.tracing),
    errors: runtime && toErrors(runtime),
  };
}

function toTraces(tracing: TracingModel): Marked<Telemetry['traces']> {
  const { service, protocol, sample, enabled } = tracing;
  const draft = {
    serviceName: field(tracing, 'service'),
    endpointEnv: field(tracing, 'env'),
    ...fields(tracing, 'endpoint', 'protocol', 'enabled'),
    sampleRatio: field(tracing, 'sample'),
  };
  if (!enabled) return draft;
  return claim('observability/traces', 'environment', { service, protocol, sampleRatio: sample }, draft);
}

function toErrors({ errorsEnv, origin }: RuntimeFeaturesModel): Marked<Telemetry['errors']> {
  if (errorsEnv === undefined) return undefined;
  const draft = { dsnEnv: from(origin.of('errorsEnv'), errorsEnv) };
  return claim('observability/error-reports', 'environment', { env: errorsEnv }, draft);
}
