/**
 * Resolves how the replicas of a service live: their number, their share of a machine, their probes, their rights, and how they end.
 */
import type { Resources, ScaleOn } from '../../schemas/spec/common.gen.ts';
import type { Process, ServiceSpec } from '../../schemas/spec/service.gen.ts';
import {
  bytes,
  exactDecimal,
  formatDecimal,
  formatDuration,
  millicores,
  milliseconds,
} from '../../schemas/units/index.ts';
import { FieldReader, type Layers } from './field-reader.ts';
import type {
  ProbesModel,
  ProcessModel,
  ResourcesModel,
  ScaleModel,
  SecurityModel,
  ShutdownModel,
} from './model/index.ts';
import { renameOrigins } from './model/origin.ts';
import type { Report } from './report.ts';

type ServiceReader = FieldReader<ServiceSpec & { pool?: number; instances?: number }>;

const FLUSH_MS = 5000;

export function resolveScale(read: ServiceReader, onHost: boolean, report: Report): ScaleModel {
  const scale = new FieldReader(read.child('scale'), report);
  const on = new FieldReader(scale.child('on'), report);
  const min = scale.getOr('min', 'scale-min', onHost ? 1 : 2);
  const max = scale.getOr('max', 'scale-max', min);
  const memory = on.ratio('memory');
  const cpu = on.ratio('cpu') ?? (max > min && memory === undefined ? on.ratioOr('cpu', 'scale-cpu') : undefined);
  const [own, driven] = [scale.origins(), on.origins()];
  const origin = renameOrigins(own, {
    cpu: cpu === undefined ? own.self : driven.of('cpu'),
    memory: memory === undefined ? own.self : driven.of('memory'),
  });
  if (!onHost) for (const field of ['cpu', 'memory'] as const) reportBrokenPercent(on, field, report);
  if (max < min) {
    report.add('SW-310', origin.of('max'), `max ${max} is below min ${min}`, {
      related: [{ at: origin.of('min'), note: 'min is set here' }],
    });
  }
  return { min, max: Math.max(min, max), cpu, memory, origin };
}

/** The autoscaler of Kubernetes counts whole percents; a rounded one would be another figure than the declared. */
function reportBrokenPercent(on: FieldReader<ScaleOn>, field: 'cpu' | 'memory', report: Report): void {
  const share = on.ratio(field);
  if (share === undefined || Number.isInteger(exactDecimal(share * 100))) return;
  const written = formatDecimal(share * 100);
  report.add('SW-308', on.origins().of(field), `${field} is \`${written}%\`; Kubernetes scales by whole percents`, {
    hint: `Write \`${field}: ${Math.max(1, Math.floor(share * 100))}%\`.`,
  });
}

export function resolveResources(layers: Layers<Resources>, report: Report): ResourcesModel {
  const read = new FieldReader(layers, report);
  const limits = new FieldReader(read.child('limits'), report);
  const cpuRequest = read.cpu('cpu') ?? millicores(100);
  const memoryRequest = read.bytes('memory') ?? bytes(2 ** 27);
  const cpuLimit = limits.cpu('cpu');
  const memoryLimit = limits.bytes('memory');
  if (cpuLimit === undefined) read.useDefault('cpuLimit', 'cpu-limit');
  if (memoryLimit === undefined) read.useDefault('memoryLimit', 'memory-limit');
  const limit = { cpu: cpuLimit ?? millicores(cpuRequest * 2), memory: memoryLimit ?? memoryRequest };
  if (limit.cpu < cpuRequest)
    report.add('SW-308', limits.origins().of('cpu'), 'the processor limit is below the request', {
      hint: 'Raise the limit to at least the request.',
    });
  if (limit.memory < memoryRequest)
    report.add('SW-308', limits.origins().of('memory'), 'the memory limit is below the request', {
      hint: 'Raise the limit to at least the request.',
    });
  const ephemeralStorage = read.bytesOr('ephemeralStorage', 'ephemeral-storage');
  const [own, bounds] = [read.origins(), limits.origins()];
  const origin = renameOrigins(own, {
    cpuRequest: own.of('cpu'),
    memoryRequest: own.of('memory'),
    cpuLimit: cpuLimit === undefined ? own.of('cpuLimit') : bounds.of('cpu'),
    memoryLimit: memoryLimit === undefined ? own.of('memoryLimit') : bounds.of('memory'),
  });
  return { cpuRequest, cpuLimit: limit.cpu, memoryRequest, memoryLimit: limit.memory, ephemeralStorage, origin };
}

export function resolveProcess(read: ServiceReader, port: number | undefined, report: Report): ProcessModel {
  const process = new FieldReader<Process>(read.child('process'), report);
  const written = process.getOr('instances', 'instances');
  const instances = read.get('instances') ?? written;
  const ports = process.get('instancePorts') ?? (port === undefined ? [] : [port]);
  if (port !== undefined && ports[0] !== port) {
    report.add(
      'SW-313',
      process.origins().of('instancePorts'),
      `the first of \`instancePorts\` is ${ports[0] ?? 'missing'}, but \`port\` is ${port}`,
      { hint: 'Begin `instancePorts` with `port`.' },
    );
  }
  return {
    manager: process.get('manager') ?? 'systemd',
    instances,
    instancePorts: ports,
    directory: process.get('directory'),
    origin: process.origins(),
  };
}

/** What the probes must know of the rest of the service. */
export interface ProbedPorts {
  readonly port: number | undefined;
  /** The operators' port of a gateway that encrypts `port`. */
  readonly plain: number | undefined;
}

/** Undefined for a service without a port to ask. */
export function resolveProbes(read: ServiceReader, served: ProbedPorts, report: Report): ProbesModel | undefined {
  const probes = new FieldReader(read.child('probes'), report);
  const usual = served.plain ?? served.port;
  if (usual === undefined && probes.get('port') === undefined) return undefined;
  const port = probes.getOr('port', 'probe-port', usual);
  const isEncrypted = served.plain !== undefined && port === served.port;
  const values = {
    livenessPath: probes.getOr('liveness', 'probe-liveness'),
    readinessPath: probes.getOr('readiness', 'probe-readiness'),
    port,
    scheme: probes.getOr('scheme', 'probe-scheme', isEncrypted ? 'https' : 'http'),
    period: probes.durationOr('period', 'probe-period'),
    timeout: probes.durationOr('timeout', 'probe-timeout'),
    failures: probes.getOr('failures', 'probe-failures'),
    startWithin: probes.durationOr('startWithin', 'probe-start-within'),
  };
  const own = probes.origins();
  const named = { livenessPath: own.of('liveness'), readinessPath: own.of('readiness') };
  const model: ProbesModel = { ...values, origin: renameOrigins(own, named) };
  if (model.timeout > model.period) {
    report.add(
      'SW-308',
      model.origin.of('timeout'),
      `the probe's timeout ${formatDuration(model.timeout)} is longer than its period ${formatDuration(model.period)}`,
      { hint: 'Make the timeout at most the period.' },
    );
  }
  return model;
}

export function resolveShutdown(read: ServiceReader, report: Report): ShutdownModel {
  const shutdown = new FieldReader(read.child('shutdown'), report);
  const preStop = shutdown.durationOr('preStop', 'pre-stop');
  const drain = shutdown.durationOr('drain', 'drain');
  const written = shutdown.duration('grace');
  if (written === undefined) shutdown.useDefault('grace', 'grace');
  return { preStop, drain, grace: written ?? milliseconds(preStop + drain + FLUSH_MS), origin: shutdown.origins() };
}

export function resolveSecurity(read: ServiceReader, report: Report): SecurityModel {
  const security = new FieldReader(read.child('security'), report);
  const uid = security.getOr('uid', 'uid');
  return {
    uid,
    gid: security.getOr('gid', 'gid', uid),
    readOnlyRootFilesystem: security.getOr('readOnlyRootFilesystem', 'read-only-root'),
    writable: (security.get('writable') ?? []).map((entry, index) => {
      const fields = new FieldReader({ base: entry, at: security.at('writable', index) }, report);
      return { path: entry.path, size: fields.bytesOr('size', 'writable-size'), origin: fields.origins() };
    }),
    origin: security.origins(),
  };
}
