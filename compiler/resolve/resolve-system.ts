/**
 * Resolves the System document: targets, versions, where the output lives, how it is observed, and the budgets that routes share.
 */
import { sortKeys } from '../../schemas/data/texts.ts';
import type { SystemSpec } from '../../schemas/spec/system.gen.ts';
import type { ValidDocumentOf } from '../validate/valid-document.ts';
import type { Overrides } from './context.ts';
import { PROMETHEUS_LABELS } from './defaults.ts';
import { FieldReader } from './field-reader.ts';
import type { MonitoringModel, RepositoryModel, SystemModel, Target, VersionsModel } from './model/index.ts';
import type { Report } from './report.ts';
import { targetsIn } from './resolve-edge.ts';
import { resolveLimit } from './resolve-limits.ts';

export function resolveSystem(
  { value, source }: ValidDocumentOf<'System'>,
  over: Overrides,
  report: Report,
): SystemModel {
  const read = new FieldReader<SystemSpec>(
    {
      base: value.spec,
      at: { document: source, path: ['spec'] },
      self: { document: source, path: ['metadata', 'name'] },
    },
    report,
  );
  const wanted = [...targetsIn(over.spec, value.spec.targets.wanted)].sort();
  const targets = new FieldReader(read.child('targets'), report);
  targets.get('wanted');
  targets.get('forbidden');
  return {
    name: value.metadata.name,
    title: read.get('title') ?? value.metadata.name,
    owner: value.metadata.owner ?? value.metadata.name,
    description: read.get('description'),
    targets: { wanted, forbidden: [...(value.spec.targets.forbidden ?? [])].sort(), origin: targets.origins() },
    versions: resolveVersions(read, report),
    repository: value.spec.repository && resolveRepository(read, report),
    runbooks: read.get('runbooks'),
    monitoring: resolveMonitoring(read, wanted, report),
    limits: (value.spec.rateLimits ?? []).map((limit, position) =>
      resolveLimit(
        { base: limit, at: read.at('rateLimits', position) },
        { zone: `${value.metadata.name}-${position}`, wanted, over, report },
      ),
    ),
    origin: read.origins(),
  };
}

function resolveVersions(read: FieldReader<SystemSpec>, report: Report): VersionsModel {
  const versions = new FieldReader(read.child('versions'), report);
  return {
    kubernetes: versions.getOr('kubernetes', 'version-kubernetes'),
    prometheus: versions.getOr('prometheus', 'version-prometheus'),
    nginx: versions.getOr('nginx', 'version-nginx'),
    openssl: versions.getOr('openssl', 'version-openssl'),
    grafana: versions.getOr('grafana', 'version-grafana'),
    origin: versions.origins(),
  };
}

function resolveRepository(read: FieldReader<SystemSpec>, report: Report): RepositoryModel {
  const repository = new FieldReader(read.child('repository'), report);
  return {
    url: repository.get('url') ?? '',
    revision: repository.getOr('revision', 'repository-revision'),
    path: repository.getOr('path', 'repository-path'),
    origin: repository.origins(),
  };
}

function resolveMonitoring(read: FieldReader<SystemSpec>, wanted: readonly Target[], report: Report): MonitoringModel {
  const monitoring = new FieldReader(read.child('monitoring'), report);
  const usual = [
    ...(wanted.includes('kubernetes') ? (['cadvisor', 'kube-state-metrics'] as const) : []),
    ...(wanted.includes('nginx') ? (['nginx'] as const) : []),
  ];
  return {
    scrapeInterval: monitoring.durationOr('scrapeInterval', 'scrape-interval'),
    retention: monitoring.durationOr('retention', 'retention'),
    exporters: [...monitoring.getOr('exporters', 'exporters', usual)].sort(),
    alertWithin: monitoring.duration('alertWithin'),
    operator: monitoring.getOr('operator', 'prometheus-operator'),
    labels: sortKeys(monitoring.get('labels') ?? {}),
    prometheus: resolvePrometheus(monitoring, report),
    origin: monitoring.origins(),
  };
}

function resolvePrometheus(
  monitoring: FieldReader<NonNullable<SystemSpec['monitoring']>>,
  report: Report,
): MonitoringModel['prometheus'] {
  const place = new FieldReader(monitoring.child('prometheus'), report);
  return {
    namespace: place.getOr('namespace', 'prometheus-namespace'),
    labels: sortKeys(place.getOr('labels', 'prometheus-labels', { ...PROMETHEUS_LABELS })),
    origin: place.origins(),
  };
}
