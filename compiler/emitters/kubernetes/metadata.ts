/**
 * Names, labels and annotations of every object.
 *
 * Owns how a subject of the model is told from outside; the words come from `schemas/kubernetes-conventions.ts`.
 */
import { ANNOTATIONS, LABELS, labelValue, MANAGED_BY, SYNC_WAVES } from '../../../schemas/kubernetes-conventions.ts';
import { wants } from '../../derive/kubernetes-scope.ts';
import { field, from, fromAll, type Mark, type Marked } from '../../marks.ts';
import {
  type ImageModel,
  type Model,
  type Origin,
  type Origins,
  renameOrigins,
  type ServiceModel,
} from '../../resolve/model/index.ts';

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
  /** Where it comes from: of itself, and of `name`, `owner`, `role`, `tier` and `image`, where the spec has these fields. */
  readonly origin: Origins;
}

export const subjectOf = (service: ServiceModel): Subject => ({
  name: service.name,
  instance: service.name,
  component: service.role,
  owner: service.owner,
  tier: service.tier,
  ...(service.image === undefined ? {} : { version: versionOf(service.image) }),
  document: `Service ${service.name}`,
  origin: service.origin,
});

export const systemSubject = (model: Model): Subject => ({
  name: model.system.name,
  instance: model.system.name,
  component: 'system',
  owner: model.system.owner,
  document: `Environment ${model.environment.name}`,
  origin: renameOrigins(model.environment.origin, {
    name: model.system.origin.of('name'),
    owner: model.system.origin.of('owner'),
  }),
});

/** The tag, or the beginning of the digest: what a person looks for when two versions run side by side. */
export const versionOf = ({ tag, digest }: Pick<ImageModel, 'tag' | 'digest'>): string =>
  tag ?? digest?.replace('sha256:', '').slice(0, 12) ?? 'unknown';

export interface ObjectMetadata {
  readonly name: Mark<string>;
  readonly namespace?: Mark<string>;
  readonly labels: MarkedTexts;
  readonly annotations: MarkedTexts;
}

/** Labels or annotations. Type alias, not interface: it is taken for any map. */
export type MarkedTexts = Record<string, Marked<string>>;

/** What runs an image says its version; the objects around it would only change with every release for nothing. */
const VERSIONED: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'Job', 'CronJob']);

/** Metadata of a namespaced object of this kind. */
export const metadataOf = (
  model: Model,
  kind: string,
  name: string,
  subject: Subject,
  annotations: Readonly<MarkedTexts> = {},
): ObjectMetadata => ({
  name: from(subject.origin.of('name'), name),
  namespace: field(model.environment, 'namespace'),
  labels: VERSIONED.has(kind) ? labelsOf(model, subject) : labelsOf(model, { ...subject, version: undefined }),
  annotations: { ...waveOf(model, kind), ...undecidedOf(model, kind, subject), ...annotations },
});

export function labelsOf(model: Model, subject: Subject): MarkedTexts {
  const { of } = subject.origin;
  return {
    ...objectSelectorOf(subject),
    ...selectorOf(subject),
    [LABELS.partOf]: field(model.system, 'name'),
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.owner]: from(of('owner'), labelValue(subject.owner)),
    [LABELS.environment]: field(model.environment, 'name'),
    ...(subject.tier === undefined ? {} : { [LABELS.tier]: from(of('tier'), String(subject.tier)) }),
    ...(subject.version === undefined ? {} : { [LABELS.version]: from(of('image'), labelValue(subject.version)) }),
  };
}

/** Selects the pods of one workload by exactly one label, which no other pod of the namespace has. For pods only: see `LABELS`. */
export const selectorOf = (subject: Subject): MarkedTexts => ({
  [LABELS.instance]: from(subject.origin.of('name'), labelValue(subject.instance)),
});

/** Selects the Service of a workload by labels of the object itself, which Argo CD leaves alone. */
export const objectSelectorOf = (subject: Subject): MarkedTexts => ({
  [LABELS.name]: from(subject.origin.of('name'), labelValue(subject.name)),
  [LABELS.component]: from(subject.origin.of('role'), subject.component),
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
function undecidedOf(model: Model, kind: string, subject: Subject): MarkedTexts {
  const concerns = (field: string): boolean =>
    (FIELDS_OF_KIND[kind] ?? []).some((known) => field === known || field.startsWith(`${known}.`));
  const questions = model.undecided.filter((open) => open.subject === subject.document && concerns(open.field));
  if (questions.length === 0) return {};
  const fields = [...new Set(questions.map((open) => open.field))].sort().join(', ');
  const origins = questions.map(({ at }): Origin => ({ kind: 'spec', at }));
  return { [ANNOTATIONS.undecided]: fromAll(origins, fields) };
}

/** CronJob names plus the eleven characters that the controller adds fit in a label. */
export const LONGEST_CRONJOB_NAME = 52;
