/**
 * Prometheus rules: a plain `groups:` file for each service, and the same groups for the Prometheus Operator where there is a cluster.
 *
 * Assembles only. What an objective, an alert or a service needs is said by the files beside this one. Unit tests of the rules
 * (`prometheus/tests/`) are to be emitted from the same drafts.
 */
import { formatPrometheusDuration } from '../../../schemas/units/index.ts';
import { hasOperator, wants } from '../../derive/kubernetes-scope.ts';
import { type MetricsInventory, metricsOf } from '../../derive/metrics-inventory.ts';
import { openFields, type PlainMetadata, resourceMetadata } from '../../derive/observability/resource-metadata.ts';
import { claimAll, from, type Marked, type MarkedFields, separate } from '../../marks.ts';
import { printYaml } from '../../printers/yaml.ts';
import { type Model, type Origins, originsOf, type ServiceModel } from '../../resolve/model/index.ts';
import type { Artifact, Emitter } from '../emitter.ts';
import { type BackupGroup, backupGroups } from './backup-alerts.ts';
import { declaredGroups } from './declared-alerts.ts';
import { healthGroups } from './health-alerts.ts';
import { objectiveGroups } from './objective-groups.ts';
import type { AlertingRule, GroupDraft, RecordingRule } from './rule.ts';
import { runtimeGroups } from './runtime-alerts.ts';
import { scrapeConfigOf } from './scrape-config.ts';
import { systemGroups } from './system-alerts.ts';

export const emitter: Emitter = {
  id: 'prometheus',
  target: 'prometheus',
  title: 'Prometheus rules: objectives, burn-rate alerts, declared and standard alerts',
  emit,
};

interface RuleFile {
  /** Begins the names of the files; a dot keeps those that belong to no service apart. */
  readonly name: string;
  readonly owner: string;
  readonly document: string;
  /** Of the name and the owner. */
  readonly origin: Origins;
  readonly groups: readonly GroupDraft[];
}

/** One file after the other, so that the drafts of a service are gone before those of the next are made. */
function emit(model: Model): readonly Artifact[] {
  const inventory = metricsOf(model);
  return [
    ...model.services.flatMap((service) => artifactsOf(model, fileOfService(model, service, inventory))),
    ...backupGroups(model).flatMap((backup) => artifactsOf(model, fileOfBackup(backup))),
    ...artifactsOf(model, fileOfSystem(model)),
    ...scrapeConfigOf(model),
  ];
}

const fileOfService = (model: Model, service: ServiceModel, inventory: MetricsInventory): RuleFile => ({
  name: service.name,
  owner: service.owner,
  document: `Service ${service.name}`,
  origin: service.origin,
  groups: [
    ...service.objectives.flatMap((objective) => objectiveGroups(model, service, objective)),
    ...declaredGroups(model, service, inventory),
    ...healthGroups(model, service),
    ...runtimeGroups(model, service),
  ],
});

const fileOfBackup = ({ datastore, owner, group }: BackupGroup): RuleFile => ({
  name: `datastore.${datastore}`,
  owner,
  document: `Datastore ${datastore}`,
  origin: originsOf(group.origin),
  groups: [group],
});

const fileOfSystem = (model: Model): RuleFile => ({
  name: `system.${model.system.name}`,
  owner: model.system.owner,
  document: `System ${model.system.name}`,
  origin: model.system.origin,
  groups: systemGroups(model),
});

function artifactsOf(model: Model, file: RuleFile): readonly Artifact[] {
  if (file.groups.length === 0) return [];
  const groups = file.groups.map(groupOf);
  const { value, origins, claims } = separate<RuleGroups>({ groups });
  const text = printYaml(value);
  const plain = { path: `prometheus/rules/${file.name}.yaml`, text: headerOf(model, file) + text, origins, claims };
  if (!wants(model, 'kubernetes') || !hasOperator(model)) return [plain];
  const { name, owner, document, origin } = file;
  const subject = { kind: 'PrometheusRule', name, owner, component: 'rules', document, origin } as const;
  const head = separate<RuleObjectHead>({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: resourceMetadata(model, subject),
  });
  return [
    plain,
    {
      path: `kubernetes/monitoring/prometheusrule-${file.name}.yaml`,
      // The same groups, two columns further in: printing them once keeps the two files from drifting apart.
      text: `${printYaml(head.value)}spec:\n${indent(text)}`,
      origins: [...head.origins, ...separate({ spec: { groups } }).origins],
      claims,
    },
  ];
}

const indent = (text: string): string => `  ${text.trimEnd().replaceAll('\n', '\n  ')}\n`;

/** `pint file/owner` is what Cloudflare's linter looks for. */
function headerOf(model: Model, { owner, document }: RuleFile): string {
  const open = openFields(model, document);
  return [
    `# Rules of ${document} in ${model.system.name} ${model.environment.name}. Change the spec, not this file.`,
    `# pint file/owner ${owner}`,
    ...(open === '' ? [] : [`# Not decided yet: ${open}`]),
  ]
    .map((line) => `${line.replace(/\s+/g, ' ')}\n`)
    .join('');
}

type RuleObjectHead = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: PlainMetadata;
};

type RuleGroups = { readonly groups: readonly RuleGroup[] };

type RuleGroup = {
  readonly interval: string;
  readonly name: string;
  readonly rules: readonly (RecordingRule | AlertingRule)[];
};

/** A rule names its own origin only where it is another than that of its group. */
const groupOf = (group: GroupDraft): Marked<RuleGroup> =>
  from(
    group.origin,
    claimAll<MarkedFields<RuleGroup>>(group.claims, {
      interval: formatPrometheusDuration(group.interval),
      name: group.name,
      rules: group.rules.map(({ rule, origin }) => (origin === group.origin ? rule : from(origin, rule))),
    }),
  );
