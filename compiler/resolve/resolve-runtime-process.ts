/**
 * Resolves what the runtime tells the world (traces, log, TLS) and expects of the environment that it starts in.
 */
import type { RuntimeFeatures } from '../../schemas/spec/service.gen.ts';
import { FieldReader } from './field-reader.ts';
import type {
  RuntimeFeaturesModel,
  RuntimeLogModel,
  RuntimeTlsModel,
  TracingModel,
  VariableModel,
} from './model/index.ts';
import type { Report } from './report.ts';

export type RuntimeReader = FieldReader<RuntimeFeatures>;

export function resolveTracing(read: RuntimeReader, system: string, report: Report): TracingModel {
  const tracing = new FieldReader(read.child('tracing'), report);
  return {
    service: tracing.get('service') ?? system,
    endpoint: tracing.get('endpoint'),
    env: tracing.getOr('env', 'tracing-env'),
    protocol: tracing.getOr('protocol', 'tracing-protocol'),
    sample: tracing.ratioOr('sample', 'tracing-sample'),
    enabled: tracing.getOr('enabled', 'tracing-enabled'),
    enabledEnv: tracing.get('enabledEnv'),
    origin: tracing.origins(),
  };
}

export function resolveRuntimeLog(read: RuntimeReader, report: Report): RuntimeLogModel {
  const log = new FieldReader(read.child('log'), report);
  return {
    level: log.getOr('level', 'log-level'),
    env: log.get('env'),
    slow: log.duration('slow'),
    callers: log.getOr('callers', 'log-callers'),
    origin: log.origins(),
  };
}

export function resolveRuntimeTls(read: RuntimeReader, report: Report): RuntimeTlsModel {
  const tls = new FieldReader(read.child('tls'), report);
  return {
    cert: tls.get('cert') ?? '',
    key: tls.get('key') ?? '',
    clientCa: tls.get('clientCa'),
    minVersion: tls.getOr('minVersion', 'tls-min-version'),
    origin: tls.origins(),
  };
}

export function resolveReadReplica(
  read: RuntimeReader,
  report: Report,
): NonNullable<RuntimeFeaturesModel['readReplica']> {
  const replica = new FieldReader(read.child('readReplica'), report);
  return {
    env: replica.get('env') ?? '',
    maxLag: replica.durationOr('maxLag', 'replica-max-lag'),
    origin: replica.origins(),
  };
}

export function resolveVariables(read: RuntimeReader, report: Report): VariableModel[] {
  return (read.get('environment') ?? []).map((variable, index) => {
    const fields = new FieldReader({ base: variable, at: read.at('environment', index) }, report);
    return {
      name: fields.get('name') ?? '',
      required: fields.getOr('required', 'required'),
      format: fields.getOr('format', 'variable-format'),
      minBytes: fields.get('minBytes'),
      forbidden: [...(fields.get('forbidden') ?? [])].sort(),
      onProblem: fields.getOr('onProblem', 'variable-on-problem'),
      unless: fields.get('unless'),
      origin: fields.origins(),
    };
  });
}
