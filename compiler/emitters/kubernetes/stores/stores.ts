/**
 * All objects of a store that the system runs itself: account, configuration, policy, both Services, the workload and its monitor.
 */
import { ANNOTATIONS, LABELS, SYNC_WAVE_OF_STORES } from '../../../../schemas/kubernetes-conventions.ts';
import { formatPrometheusDuration, milliseconds } from '../../../../schemas/units/index.ts';
import { hasOperator, wants } from '../../../derive/kubernetes-scope.ts';
import { headlessName, type SelfRunStore } from '../../../derive/self-run-stores.ts';
import { SKIP_DRY_RUN, syncOptions } from '../../../derive/sync-options.ts';
import { claim, from } from '../../../marks.ts';
import { objectName, shortHash } from '../../../object-name.ts';
import type { Model } from '../../../resolve/model/index.ts';
import { IntOrString, KubeConfigMap, KubeService, KubeServiceAccount } from '../kubernetes-api.ts';
import { metadataOf, objectSelectorOf, selectorOf } from '../metadata.ts';
import { askedForBy, custom, type ObjectDraft, typed } from '../object-draft.ts';
import { METRICS_PORT, metricsPortOf } from './exporter.ts';
import { storePolicyOf } from './network.ts';
import type { Recipe } from './recipe.ts';
import { RECIPES } from './recipes.ts';
import { statefulSetOf, subjectOfStore } from './workload.ts';

export function storeDrafts(model: Model, store: SelfRunStore): readonly ObjectDraft[] {
  const recipe = RECIPES[store.engine]?.(store);
  if (recipe === undefined) return [];
  const annotations = waveOf(model);
  const config = configMapOf(model, store, recipe, annotations);
  const metrics = metricsPortOf(model, store);
  return [
    accountOf(model, store, annotations),
    storePolicyOf(model, store, annotations),
    ...(config === undefined ? [] : [config]),
    serviceOf(model, store, annotations, metrics),
    headlessServiceOf(model, store, annotations),
    statefulSetOf(model, store, recipe, config?.object.value.metadata.name, annotations),
    ...(metrics === undefined || !hasOperator(model) ? [] : [monitorOf(model, store)]),
  ].map((draft) => askedForBy(store.origin.of('placement'), draft));
}

/** Before everything that uses it, the jobs of the first day included. */
const waveOf = (model: Model): Readonly<Record<string, string>> =>
  wants(model, 'argocd') ? { [ANNOTATIONS.syncWave]: String(SYNC_WAVE_OF_STORES) } : {};

const folderOf = ({ name }: SelfRunStore): string => `store-${name}`;

type Annotations = Readonly<Record<string, string>>;

const accountOf = (model: Model, store: SelfRunStore, annotations: Annotations): ObjectDraft => ({
  folder: folderOf(store),
  object: typed(
    KubeServiceAccount,
    from(store.origin.self, {
      metadata: metadataOf(model, 'ServiceAccount', store.name, subjectOfStore(store), annotations),
      automountServiceAccountToken: false,
    }),
  ),
});

/** Named after its content, so that a change of it is a change of the workload. */
function configMapOf(
  model: Model,
  store: SelfRunStore,
  { files }: Recipe,
  annotations: Annotations,
): ObjectDraft | undefined {
  if (files === undefined) return undefined;
  const name = objectName(`${store.name}-config-${shortHash(JSON.stringify(files))}`);
  return {
    folder: folderOf(store),
    object: typed(
      KubeConfigMap,
      from(store.origin.self, {
        metadata: metadataOf(model, 'ConfigMap', name, subjectOfStore(store), annotations),
        data: files,
        immutable: true,
      }),
    ),
  };
}

const serviceOf = (
  model: Model,
  store: SelfRunStore,
  annotations: Annotations,
  metrics: number | undefined,
): ObjectDraft => ({
  folder: folderOf(store),
  object: typed(
    KubeService,
    from(store.origin.self, {
      metadata: metadataOf(model, 'Service', store.name, subjectOfStore(store), annotations),
      spec: {
        type: 'ClusterIP',
        selector: selectorOf(subjectOfStore(store)),
        ports: [
          ...portsOf(store),
          ...(metrics === undefined
            ? []
            : [
                {
                  name: METRICS_PORT,
                  port: metrics,
                  protocol: 'TCP',
                  targetPort: IntOrString.fromString(METRICS_PORT),
                },
              ]),
        ],
      },
    }),
  ),
});

const portsOf = ({ port, server, origin }: SelfRunStore) => [
  from(origin.of('port'), {
    name: server.portName,
    port,
    protocol: 'TCP',
    targetPort: IntOrString.fromString(server.portName),
  }),
  ...server.morePorts.map((more) => ({
    name: more.name,
    port: more.port,
    protocol: 'TCP',
    targetPort: IntOrString.fromString(more.name),
  })),
];

/** Gives each pod a name of its own; clients use the other one. Also before it is ready, as Kubernetes advises for stateful pods. */
const headlessServiceOf = (model: Model, store: SelfRunStore, annotations: Annotations): ObjectDraft => {
  const subject = { ...subjectOfStore(store), component: 'datastore-pods' };
  return {
    folder: folderOf(store),
    object: typed(
      KubeService,
      from(store.origin.self, {
        metadata: metadataOf(model, 'Service', headlessName(store.name), subject, annotations),
        spec: {
          clusterIp: 'None',
          publishNotReadyAddresses: true,
          selector: selectorOf(subject),
          ports: portsOf(store),
        },
      }),
    ),
  };
};

function monitorOf(model: Model, store: SelfRunStore): ObjectDraft {
  const { scrapeInterval, labels, origin } = model.system.monitoring;
  const interval = formatPrometheusDuration(scrapeInterval);
  const subject = subjectOfStore(store);
  const metadata = metadataOf(model, 'ServiceMonitor', store.name, subject, syncOptions(model, [SKIP_DRY_RUN]));
  return {
    folder: folderOf(store),
    object: custom(
      from(store.origin.self, {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'ServiceMonitor',
        metadata: { ...metadata, labels: { ...metadata.labels, ...labels } },
        spec: claim(
          'observability/metrics',
          `datastore/${store.name}`,
          { path: '/metrics', port: store.server.exporter?.port ?? 0, interval },
          {
            jobLabel: LABELS.name,
            selector: { matchLabels: objectSelectorOf(subject) },
            endpoints: [
              {
                port: METRICS_PORT,
                path: '/metrics',
                scheme: 'http',
                interval: from(origin.of('scrapeInterval'), interval),
                scrapeTimeout: formatPrometheusDuration(milliseconds(Math.min(10_000, scrapeInterval))),
              },
            ],
          },
        ),
      }),
    ),
  };
}
