/**
 * Grafana dashboards: one a system and environment, and the ConfigMap that brings it into a cluster.
 *
 * Assembles only. The rows say what is shown, `layout.ts` where. Every query reads what a declared source exports or our rules record.
 */
import { ANNOTATIONS } from '../../../schemas/kubernetes-conventions.ts';
import { formatPrometheusDuration } from '../../../schemas/units/index.ts';
import { wants } from '../../derive/kubernetes-scope.ts';
import { dashboardUid } from '../../derive/observability/dashboard-link.ts';
import { type PlainMetadata, resourceMetadata } from '../../derive/observability/resource-metadata.ts';
import { type Claim, claim, from, type Marked, separate } from '../../marks.ts';
import { printMarkedJson } from '../../printers/json.ts';
import { equalTo, printPromql, select } from '../../printers/promql.ts';
import { printYaml } from '../../printers/yaml.ts';
import type { Model, ServiceModel } from '../../resolve/model/index.ts';
import type { Artifact, Emitter } from '../emitter.ts';
import { inDataFlow } from './data-flow.ts';
import { datastoresRow } from './datastores-row.ts';
import { layOut, type PlacedPanel } from './layout.ts';
import { limitsAndPoolsRow } from './limits-and-pools-row.ts';
import { objectivesRow, systemMatchers } from './objectives-row.ts';
import { DATASOURCE, type PanelDraft, type RowDraft, text } from './panel.ts';
import { runtimeRow } from './runtime-row.ts';
import { saturationRow } from './saturation-row.ts';
import { serviceRow } from './service-row.ts';

export const emitter: Emitter = {
  id: 'grafana',
  target: 'grafana',
  title: 'Grafana dashboards: objectives, services in the order of a request, dependencies, saturation, state',
  emit: artifactsOf,
};

/** More open rows than this are more than a person reads; the others wait to be opened. */
const MOST_OPEN_ROWS = 4;
/** Kubernetes takes objects up to 1 MiB; metadata needs some of it. */
const LARGEST_CONFIG_MAP = 900 * 1024;

function artifactsOf(model: Model): readonly Artifact[] {
  const services = shownServices(model);
  const panels = layOut([header(model)], rowsOf(model, services));
  const printed = printMarkedJson(from(model.system.origin.self, dashboardOf(model, panels)));
  const dashboard = { path: `grafana/${model.system.name}.json`, ...printed };
  const isTooLarge = Buffer.byteLength(printed.text) > LARGEST_CONFIG_MAP;
  return wants(model, 'kubernetes') && !isTooLarge
    ? [dashboard, configMapOf(model, printed.text, printed.claims)]
    : [dashboard];
}

interface ShownService {
  readonly service: ServiceModel;
  readonly row: RowDraft;
}

const shownServices = (model: Model): readonly ShownService[] =>
  inDataFlow(model).flatMap((service) => {
    const row = serviceRow(model, service);
    return row === undefined ? [] : [{ service, row }];
  });

function rowsOf(model: Model, services: readonly ShownService[]): readonly RowDraft[] {
  const collapsed = services.length > MOST_OPEN_ROWS;
  const own = services.map(({ service: { name, origin }, row }) => ({
    ...row,
    collapsed,
    mark: <T>(panel: T) =>
      from(origin.self, claim('observability/dashboard', `service/${name}`, { uid: dashboardUid(model) }, panel)),
  }));
  return [objectivesRow(model), ...own, ...sharedRows(model)];
}

/** A panel is there only when its exporter is declared or a gateway runs; a row without panels is left out. */
const sharedRows = (model: Model): readonly RowDraft[] =>
  [runtimeRow(model), limitsAndPoolsRow(model), saturationRow(model), datastoresRow(model)].filter(
    ({ panels }) => panels.length > 0,
  );

function header(model: Model): PanelDraft {
  const { system, environment } = model;
  const links = [
    ...(system.repository === undefined ? [] : [`[Repository](${system.repository.url})`]),
    ...(system.runbooks?.includes('://') === true ? [`[Runbooks](${system.runbooks})`] : []),
  ];
  const lines = [
    `## ${system.title}`,
    `**${environment.name}** (${environment.stage}), owned by **${system.owner}**. Compiled from the spec; changes made here are lost.`,
    ...(links.length === 0 ? [] : [links.join(' | ')]),
  ];
  return text('', lines.join('\n\n'), 4);
}

function dashboardOf(model: Model, panels: readonly Marked<PlacedPanel>[]) {
  const { system, environment } = model;
  const runbooks = system.runbooks?.includes('://') === true ? system.runbooks : undefined;
  return {
    __requires: requiredBy(model),
    annotations: { list: [firingAnnotation(model)] },
    description: `Objectives, services, dependencies, saturation and state of ${system.title} in ${environment.name}.`,
    editable: false,
    fiscalYearStartMonth: 0,
    graphTooltip: 1,
    id: null,
    links:
      runbooks === undefined
        ? []
        : [{ icon: 'doc', targetBlank: true, title: 'Runbooks', type: 'link', url: runbooks }],
    panels,
    refresh: formatPrometheusDuration(system.monitoring.scrapeInterval),
    schemaVersion: 42,
    tags: ['seaworthy', system.name, environment.name],
    templating: { list: [DATASOURCE_VARIABLE] },
    time: { from: 'now-6h', to: 'now' },
    timepicker: {},
    timezone: 'utc',
    title: `${system.name} ${environment.name}`,
    uid: dashboardUid(model),
    version: 1,
    weekStart: 'monday',
  };
}

/** What an export of Grafana says it needs; an older one says so at the import instead of drawing half of it. */
const requiredBy = ({ system }: Model) => [
  { id: 'grafana', name: 'Grafana', type: 'grafana', version: `${system.versions.grafana}.0` },
  { id: 'prometheus', name: 'Prometheus', type: 'datasource', version: '1.0.0' },
];

const DATASOURCE_VARIABLE = {
  current: {},
  hide: 0,
  label: 'Data source',
  name: 'datasource',
  options: [],
  query: 'prometheus',
  refresh: 1,
  regex: '',
  type: 'datasource',
} as const;

const firingAnnotation = (model: Model) => ({
  datasource: DATASOURCE,
  enable: true,
  expr: printPromql(
    select('ALERTS', [equalTo('alertstate', 'firing'), equalTo('severity', 'critical'), ...systemMatchers(model)]),
  ),
  iconColor: 'red',
  name: 'Critical alerts',
  step: '60s',
  tagKeys: 'service,slo',
  titleFormat: '{{alertname}}',
});

type ConfigMapTail = { readonly kind: string; readonly metadata: PlainMetadata };

/** Found by the sidecar of the Grafana chart. Applied by the server: the client's way keeps a copy in an annotation of at most 256 KiB. */
function configMapOf(model: Model, json: string, claims: readonly Claim[]): Artifact {
  const { name } = model.system;
  const metadata = resourceMetadata(
    model,
    {
      kind: 'ConfigMap',
      name: `dashboard-${name}`,
      owner: model.system.owner,
      component: 'dashboard',
      document: `System ${name}`,
      origin: model.system.origin,
    },
    { grafana_dashboard: '1' },
  );
  const annotations = {
    ...metadata.annotations,
    ...(wants(model, 'argocd') ? { [ANNOTATIONS.syncOptions]: 'ServerSideApply=true' } : {}),
  };
  const head = printYaml({ apiVersion: 'v1' });
  const data = `data:\n  ${name}.json: |\n    ${json.trimEnd().replaceAll('\n', '\n    ')}\n`;
  const object = { ...metadata, annotations: Object.keys(annotations).length === 0 ? undefined : annotations };
  const tail = separate<ConfigMapTail>(from(model.system.origin.self, { kind: 'ConfigMap', metadata: object }));
  return {
    path: `kubernetes/monitoring/configmap-dashboard-${name}.yaml`,
    text: head + data + printYaml(tail.value),
    // The dashboard inside has its own, in its file.
    origins: [...tail.origins, { part: `/data/${name}.json`, origin: model.system.origin.self }],
    claims,
  };
}
