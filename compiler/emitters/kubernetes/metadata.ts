/**
 * Names, labels and annotations of every object.
 *
 * Owns how a subject of the model is told from outside; the words come from `schemas/kubernetes-conventions.ts`.
 */
import { ANNOTATIONS, LABELS, labelValue, MANAGED_BY, SYNC_WAVES } from '../../../schemas/kubernetes-conventions.ts';
import { wants } from '../../derive/kubernetes-scope.ts';
import type { ImageModel, Model, ServiceModel } from '../../resolve/model/index.ts';

/** What an object is for. */
export interface Subject {
  /** The application: the service, the datastore, or the system. */
  readonly name: string;
  /** The workload; unique in the namespace. */
  readonly instance: string;
  readonly component: string;
  readonly owner: string;
  readonly tier?: number;
  readonly version?: string | undefined;
  /** The document whose open questions are marked, such as `Service backend`. */
  readonly document: string;
}

export const subjectOf = (service: ServiceModel): Subject => ({
  name: service.name,
  instance: service.name,
  component: service.role,
  owner: service.owner,
  tier: service.tier,
  ...(service.image === undefined ? {} : { version: versionOf(service.image) }),
  document: `Service ${service.name}`,
});

export const systemSubject = (model: Model): Subject => ({
  name: model.system.name,
  instance: model.system.name,
  component: 'system',
  owner: model.system.owner,
  document: `Environment ${model.environment.name}`,
});

/** The tag, or the beginning of the digest: what a person looks for when two versions run side by side. */
export const versionOf = ({ tag, digest }: Pick<ImageModel, 'tag' | 'digest'>): string =>
  tag ?? digest?.replace('sha256:', '').slice(0, 12) ?? 'unknown';

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

/** What runs an image says its version; the objects around it would only change with every release for nothing. */
const VERSIONED: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'Job', 'CronJob']);

/** Metadata of a namespaced object of this kind. */
export const metadataOf = (
  model: Model,
  kind: string,
  name: string,
  subject: Subject,
  annotations: Readonly<Record<string, string>> = {},
): ObjectMetadata => ({
  name,
  namespace: model.environment.namespace,
  labels: VERSIONED.has(kind) ? labelsOf(model, subject) : labelsOf(model, { ...subject, version: undefined }),
  annotations: { ...waveOf(model, kind), ...undecidedOf(model, kind, subject), ...annotations },
});

export const labelsOf = (model: Model, subject: Subject): Record<string, string> => ({
  [LABELS.name]: labelValue(subject.name),
  [LABELS.instance]: labelValue(subject.instance),
  [LABELS.component]: subject.component,
  [LABELS.partOf]: model.system.name,
  [LABELS.managedBy]: MANAGED_BY,
  [LABELS.owner]: labelValue(subject.owner),
  [LABELS.environment]: model.environment.name,
  ...(subject.tier === undefined ? {} : { [LABELS.tier]: String(subject.tier) }),
  ...(subject.version === undefined ? {} : { [LABELS.version]: labelValue(subject.version) }),
});

/** Selects the pods of one workload by exactly one label, which no other pod of the namespace has. For pods only: see `LABELS`. */
export const selectorOf = (subject: Subject): Record<string, string> => ({
  [LABELS.instance]: labelValue(subject.instance),
});

/** Selects the Service of a workload by labels of the object itself, which Argo CD leaves alone. */
export const objectSelectorOf = (subject: Subject): Record<string, string> => ({
  [LABELS.name]: labelValue(subject.name),
  [LABELS.component]: subject.component,
});

/** Wave 0 is the default of Argo CD and stays unwritten. */
function waveOf(model: Model, kind: string): Record<string, string> {
  const wave = SYNC_WAVES[kind] ?? 0;
  return wave === 0 || !wants(model, 'argocd') ? {} : { [ANNOTATIONS.syncWave]: String(wave) };
}

/** The fields that an object of a kind is made from, by their first words; questions about others would only blur it. */
const CONTAINER_FIELDS = ['args', 'command', 'env', 'image', 'resources', 'security', 'shutdown'] as const;
const FIELDS_OF_KIND: Readonly<Record<string, readonly string[]>> = {
  Certificate: ['domains', 'tls'],
  CronJob: [...CONTAINER_FIELDS, 'backup', 'credentials', 'host', 'jobs', 'storage'],
  Deployment: [...CONTAINER_FIELDS, 'edge', 'port', 'ports', 'probes', 'scale'],
  Gateway: ['domains', 'edge', 'publicPorts', 'tls'],
  HorizontalPodAutoscaler: ['scale'],
  Ingress: ['domains', 'edge', 'tls'],
  Issuer: ['tls'],
  Job: [...CONTAINER_FIELDS, 'jobs'],
  Namespace: ['namespace', 'trustedProxies'],
  NetworkPolicy: ['calls', 'database.use', 'host', 'metrics.port', 'port', 'ports', 'uses'],
  PodDisruptionBudget: ['scale'],
  Service: ['edge.annotations', 'edge.kind', 'metrics.port', 'port', 'ports'],
  ServiceMonitor: ['metrics.path', 'metrics.port'],
  StatefulSet: [
    ...CONTAINER_FIELDS,
    'certificate',
    'credentials',
    'maxConnections',
    'port',
    'replicas',
    'storage',
    'version',
  ],
};

/** Only on objects, never on pod templates: an answered question must not restart anything. */
function undecidedOf(model: Model, kind: string, subject: Subject): Record<string, string> {
  const concerns = (field: string): boolean =>
    (FIELDS_OF_KIND[kind] ?? []).some((known) => field === known || field.startsWith(`${known}.`));
  const fields = model.undecided
    .filter((open) => open.subject === subject.document && concerns(open.field))
    .map((open) => open.field);
  return fields.length === 0 ? {} : { [ANNOTATIONS.undecided]: [...new Set(fields)].sort().join(', ') };
}

/** CronJob names plus the eleven characters that the controller adds fit in a label. */
export const LONGEST_CRONJOB_NAME = 52;
