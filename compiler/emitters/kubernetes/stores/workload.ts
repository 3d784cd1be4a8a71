/**
 * The StatefulSet of a store that the system runs itself: one pod with its volume, from the recipe of its engine.
 *
 * The claim is made by the controller from the template, not by a sync, so that Argo CD neither prunes it nor waits for it; it stays
 * when the store is taken out of the spec. One replica only: two of them would be two stores.
 */
import { PLACES } from '../../../../schemas/kubernetes-conventions.ts';
import { type Bytes, formatKubernetesBytes } from '../../../../schemas/units/index.ts';
import { headlessName, passwordOf, type SelfRunStore } from '../../../derive/self-run-stores.ts';
import { type Claim, claimAll, from, type Mark, type Marked } from '../../../marks.ts';
import type { Model } from '../../../resolve/model/index.ts';
import { resourceFigures, resourcesOf } from '../container.ts';
import { DNS_CONFIG, pullSecretsOf } from '../deployment.ts';
import { annotationsFor } from '../exemptions.ts';
import {
  type Container,
  type EnvVar,
  KubeStatefulSet,
  type PodSpec,
  type Probe,
  Quantity,
  type Volume,
  type VolumeMount,
} from '../kubernetes-api.ts';
import { labelsOf, type MarkedTexts, metadataOf, type Subject, selectorOf, versionOf } from '../metadata.ts';
import { type ObjectDraft, type Patch, typed } from '../object-draft.ts';
import { containerSecurityOf, podSecurityOf } from '../pod-security.ts';
import { exporterOf } from './exporter.ts';
import { isEncrypted, type Recipe } from './recipe.ts';

export const subjectOfStore = ({ name, owner, image, origin }: SelfRunStore): Subject => ({
  name,
  instance: name,
  component: 'datastore',
  owner,
  version: versionOf(image),
  document: `Datastore ${name}`,
  origin,
});

export function statefulSetOf(
  model: Model,
  store: SelfRunStore,
  recipe: Recipe,
  config: string | undefined,
  annotations: Readonly<Record<string, string>>,
): ObjectDraft {
  const subject = subjectOfStore(store);
  const { origin } = store;
  return {
    folder: `store-${store.name}`,
    object: typed(
      KubeStatefulSet,
      from(origin.self, {
        metadata: metadataOf(model, 'StatefulSet', store.name, subject, { ...annotations, ...exemptions(store) }),
        spec: {
          replicas: from(origin.of('replicas'), store.replicas),
          serviceName: headlessName(store.name),
          selector: { matchLabels: selectorOf(subject) },
          updateStrategy: { type: 'RollingUpdate' },
          podManagementPolicy: 'OrderedReady',
          revisionHistoryLimit: 5,
          persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
          template: {
            metadata: { labels: labelsOf(model, subject) },
            spec: claimAll(claimsOf(store), podSpecOf(model, store, recipe, config)),
          },
          volumeClaimTemplates:
            store.storage === undefined ? undefined : [claimTemplateOf(store, store.storage, subject)],
        },
      }),
    ),
    patches: store.storage === undefined ? [] : CLAIM_TYPE.map((patch) => ({ ...patch, origin: origin.self })),
  };
}

/** As the API server writes them; else Argo CD would show them as drift. */
const CLAIM_TYPE: readonly Omit<Patch, 'origin'>[] = [
  { part: '/spec/volumeClaimTemplates/0/apiVersion', value: 'v1' },
  { part: '/spec/volumeClaimTemplates/0/kind', value: 'PersistentVolumeClaim' },
];

/** The template of a claim can never be changed, so it carries only labels that never change. */
const claimTemplateOf = ({ origin }: SelfRunStore, storage: Bytes, subject: Subject) => ({
  metadata: { name: DATA, labels: selectorOf(subject) },
  spec: {
    accessModes: ['ReadWriteOnce'],
    volumeMode: 'Filesystem',
    resources: {
      requests: {
        storage: from(origin.of('storage'), Quantity.fromString(formatKubernetesBytes(storage))),
      },
    },
  },
});

const DATA = 'data';
const CONFIG = 'config';
const CERTIFICATE = 'certificate';

const exemptions = ({ server, origin }: SelfRunStore): MarkedTexts =>
  annotationsFor([
    {
      reason: `${server.title} is one process over its files`,
      kubeLinter: ['minimum-three-replicas'],
      origin: origin.of('replicas'),
    },
    {
      reason: 'the official image runs as the user that owns its files',
      kubeScore: ['container-security-context-user-group-id'],
      origin: origin.of('engine'),
    },
  ]);

function podSpecOf(model: Model, store: SelfRunStore, recipe: Recipe, config: string | undefined): Marked<PodSpec> {
  const { server, name, origin } = store;
  const exporter = exporterOf(model, store, recipe);
  return {
    automountServiceAccountToken: false,
    dnsConfig: DNS_CONFIG,
    enableServiceLinks: false,
    ...pullSecretsOf(model),
    securityContext: podSecurityOf({ uid: server.uid, gid: server.uid }),
    serviceAccountName: name,
    // A server writes down what it holds before it ends.
    terminationGracePeriodSeconds: 120,
    containers: [serverOf(store, recipe, config), ...(exporter === undefined ? [] : [exporter])],
    restartPolicy: 'Always',
    volumes: [
      ...scratchPaths(recipe).map((_, index) => scratch(`scratch-${index}`)),
      ...(store.storage === undefined ? [scratch(DATA)] : []),
      ...(config === undefined ? [] : [{ name: CONFIG, configMap: { name: config } }]),
      ...(certificateOf(store) === undefined
        ? []
        : [
            from(origin.of('certificate'), {
              name: CERTIFICATE,
              secret: { secretName: certificateOf(store), defaultMode: 0o440 },
            }),
          ]),
    ],
  };
}

const scratchPaths = ({ scratch: paths = [] }: Recipe): readonly string[] => ['/tmp', ...paths];

const scratch = (name: string): Volume => ({ name, emptyDir: { sizeLimit: Quantity.fromString('256Mi') } });

const certificateOf = (store: SelfRunStore): string | undefined => (isEncrypted(store) ? store.certificate : undefined);

function serverOf(store: SelfRunStore, recipe: Recipe, config: string | undefined): Marked<Container> {
  const { image, resources, server, port, origin } = store;
  return {
    name: store.engine,
    image: from(image.origin.self, image.reference),
    imagePullPolicy: 'Always',
    command: recipe.command === undefined ? undefined : [...recipe.command],
    args: recipe.args === undefined ? undefined : [...recipe.args],
    env: environmentOf(store, recipe),
    ports: [
      from(origin.of('port'), { name: server.portName, containerPort: port, protocol: 'TCP' }),
      ...server.morePorts.map((more) => ({ name: more.name, containerPort: more.port, protocol: 'TCP' })),
    ],
    resources: resourcesOf(resources),
    securityContext: containerSecurityOf(true),
    startupProbe: { ...recipe.liveness, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 120 },
    livenessProbe: { ...recipe.liveness, ...REGULAR, failureThreshold: 6 },
    readinessProbe: { ...recipe.readiness, ...REGULAR, failureThreshold: 3 },
    volumeMounts: mountsOf(store, recipe, config),
  };
}

const REGULAR: Probe = { periodSeconds: 10, timeoutSeconds: 5 };

function environmentOf(store: SelfRunStore, { env = {}, passwordVariable }: Recipe): readonly Mark<EnvVar>[] {
  const { origin } = store;
  const password = passwordOf(store);
  const plain = Object.entries(env).map(([name, value]) => from<EnvVar>(origin.of('engine'), { name, value }));
  if (password === undefined || passwordVariable === undefined) return plain;
  const { secret, key } = password;
  return [
    ...plain,
    from<EnvVar>(origin.of('credentials'), {
      name: passwordVariable,
      valueFrom: { secretKeyRef: { name: secret, key } },
    }),
  ];
}

const mountsOf = (store: SelfRunStore, recipe: Recipe, config: string | undefined): readonly VolumeMount[] => [
  ...scratchPaths(recipe).map((mountPath, index) => ({ name: `scratch-${index}`, mountPath })),
  { name: DATA, mountPath: recipe.data },
  ...(config === undefined || recipe.filesAt === undefined
    ? []
    : [{ name: CONFIG, mountPath: recipe.filesAt, readOnly: true }]),
  ...(certificateOf(store) === undefined ? [] : [{ name: CERTIFICATE, mountPath: PLACES.certificate, readOnly: true }]),
];

function claimsOf(store: SelfRunStore): readonly Claim[] {
  const subject = `datastore/${store.name}`;
  const password = passwordOf(store);
  const { uid } = store.server;
  return [
    { control: 'security/restricted-pod', subject, parameters: { uid, gid: uid, readOnlyRootFilesystem: true } },
    { control: 'workload/resources', subject, parameters: resourceFigures(store.resources) },
    ...(password === undefined
      ? []
      : [{ control: 'security/secret-reference', subject, parameters: { secrets: password.secret } }]),
  ];
}
