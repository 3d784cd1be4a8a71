/**
 * Resolves a Service document: who it is, how it runs, what it uses.
 *
 * Owns the assembly; how replicas live and die is in `resolve-workload.ts`, what clients may call in `resolve-routes.ts`, what is
 * measured and promised in `resolve-observability.ts`.
 */
import { compareTexts } from '../../schemas/data/texts.ts';
import { operatorsPort } from '../../schemas/runtime-ports.ts';
import type { ServiceSpec } from '../../schemas/spec/service.gen.ts';
import type { ValidDocumentOf } from '../validate/valid-document.ts';
import { overrideFor, type ResolveContext } from './context.ts';
import { below, FieldReader } from './field-reader.ts';
import type { EnvVarModel, ImageModel, JobModel, NamedPortModel, OutliersModel, ServiceModel } from './model/index.ts';
import { originsOf } from './model/origin.ts';
import type { Report } from './report.ts';
import { resolveImageReference } from './resolve-image.ts';
import { resolveCalls, resolveFiles, resolveUses } from './resolve-needs.ts';
import { resolveAlerts, resolveMetrics, resolveObjectives } from './resolve-observability.ts';
import { resolveBreaker } from './resolve-provider.ts';
import { resolveRoutes } from './resolve-routes.ts';
import { resolveRuntime } from './resolve-runtime.ts';
import {
  resolveProbes,
  resolveProcess,
  resolveResources,
  resolveScale,
  resolveSecurity,
  resolveShutdown,
} from './resolve-workload.ts';

/** What an environment may say of a service: some fields of its spec, and two figures that live deeper in it. */
type ServiceFields = ServiceSpec & { pool?: number; instances?: number };

export function resolveService({ value, source }: ValidDocumentOf<'Service'>, context: ResolveContext): ServiceModel {
  const { report, over, system } = context;
  const { name } = value.metadata;
  const at = { document: source, path: ['spec'] };
  const read = new FieldReader<ServiceFields>(
    {
      base: value.spec,
      at,
      self: { document: source, path: ['metadata', 'name'] },
      over: overrideFor<ServiceFields>(over, 'services', name),
    },
    report,
  );
  const metadata = new FieldReader({ base: value.metadata, at: { document: source, path: ['metadata'] } }, report);
  const port = read.get('port');
  const routes = resolveRoutes(read, name, context);
  const role = read.getOr('role', 'role');
  return {
    name,
    owner: value.metadata.owner ?? system.owner,
    tier: metadata.getOr('tier', 'tier'),
    description: read.get('description'),
    role,
    language: read.get('language'),
    image: resolveImage(read, report),
    command: read.get('command') ?? [],
    args: read.get('args') ?? [],
    port,
    ports: resolvePorts(read, report),
    process: value.spec.process && resolveProcess(read, port, report),
    workers: read.getOr('workers', 'workers'),
    priorityClass: read.get('priorityClass'),
    scale: resolveScale(read, value.spec.process !== undefined, report),
    resources: read.get('resources') === undefined ? undefined : resolveResources(read.child('resources'), report),
    probes: resolveProbes(read, { port, plain: plainPort(value.spec, role) }, report),
    shutdown: resolveShutdown(read, report),
    security: resolveSecurity(read, report),
    env: resolveEnv(read, { kind: 'Service', value, source }, context),
    files: resolveFiles(read, report),
    uses: resolveUses(read, report),
    calls: resolveCalls(read, report),
    routes,
    metrics: resolveMetrics(read, port, role, system, report),
    objectives: resolveObjectives(read, routes, report),
    alerts: resolveAlerts(read, report),
    jobs: resolveJobs(read, report),
    host: read.getOr('host', 'service-host'),
    keepAliveTimeout: read.durationOr(
      'keepAliveTimeout',
      role === 'gateway' ? 'gateway-keep-alive' : 'service-keep-alive',
    ),
    balance: read.getOr('balance', 'route-balance'),
    outliers: read.get('outliers') && resolveOutliers(read, report),
    breaker: read.get('breaker') && resolveBreaker(read.child('breaker'), report),
    runtime: role === 'gateway' ? resolveRuntime(read.child('runtime'), system.name, report) : undefined,
    origin: read.origins(),
  };
}

/** Where a gateway with TLS answers without it. */
const plainPort = ({ port, metrics, runtime }: ServiceSpec, role: ServiceModel['role']): number | undefined =>
  role === 'gateway' && runtime?.tls !== undefined ? operatorsPort(port, metrics?.port) : undefined;

function resolveOutliers(read: FieldReader<ServiceFields>, report: Report): OutliersModel {
  const outliers = new FieldReader(read.child('outliers'), report);
  return {
    failures: outliers.getOr('failures', 'outlier-failures'),
    leaveOut: outliers.durationOr('leaveOut', 'outlier-leave-out'),
    origin: outliers.origins(),
  };
}

function resolveImage(read: FieldReader<ServiceFields>, report: Report): ImageModel | undefined {
  const reference = read.get('image');
  return reference === undefined ? undefined : resolveImageReference(reference, read.origins().of('image'), report);
}

function resolvePorts(read: FieldReader<ServiceFields>, report: Report): NamedPortModel[] {
  return (read.get('ports') ?? []).map((port, index) => {
    const fields = new FieldReader({ base: port, at: read.at('ports', index) }, report);
    return {
      name: port.name,
      port: fields.get('port') ?? 0,
      protocol: port.protocol ?? 'tcp',
      origin: fields.origins(),
    };
  });
}

/** Variables of the service, replaced and extended by those of the environment. Sorted by name. */
function resolveEnv(
  read: FieldReader<ServiceFields>,
  { value, source }: ValidDocumentOf<'Service'>,
  { over, report }: ResolveContext,
): EnvVarModel[] {
  read.get('env');
  const overriding = over.spec.services?.[value.metadata.name]?.env ?? [];
  const path = ['spec', 'services', value.metadata.name, 'env'];
  const layers = [
    ...(value.spec.env ?? []).map((entry, index) => ({
      entry,
      at: { document: source, path: ['spec', 'env', index] },
      environment: undefined,
    })),
    ...overriding.map((entry, index) => ({
      entry,
      at: { document: over.source, path: [...path, index] },
      environment: over.name,
    })),
  ];
  const byName = new Map<string, EnvVarModel>();
  for (const { entry, at, environment } of layers) {
    const earlier = byName.get(entry.name);
    if (earlier !== undefined && (environment === undefined || earlier.origin.self.kind === 'override')) {
      report.add('SW-306', at, `variable \`${entry.name}\` is set twice`, {
        related: [{ at: earlier.origin.self, note: 'it is already set here' }],
      });
    }
    const own = { kind: 'spec', at } as const;
    const origin = originsOf(
      environment === undefined ? own : { kind: 'override', environment, at, base: earlier?.origin.self ?? own },
      { value: { kind: 'spec', at: below(at, 'value') } },
    );
    byName.set(
      entry.name,
      entry.secret === undefined
        ? { name: entry.name, kind: 'literal', value: entry.value ?? '', origin }
        : {
            name: entry.name,
            kind: 'secret',
            secret: entry.secret.name,
            key: entry.secret.key,
            optional: entry.secret.optional ?? false,
            origin,
          },
    );
  }
  return [...byName.values()].sort((a, b) => compareTexts(a.name, b.name));
}

function resolveJobs(read: FieldReader<ServiceFields>, report: Report): JobModel[] {
  return (read.get('jobs') ?? []).map((job, index) => {
    const fields = new FieldReader({ base: job, at: below(read.at('jobs'), index) }, report);
    return {
      name: job.name,
      schedule: fields.get('schedule'),
      command: fields.get('command') ?? [],
      deadline: fields.durationOr('deadline', 'job-deadline'),
      origin: fields.origins(),
    };
  });
}
