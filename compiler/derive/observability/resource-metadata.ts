/**
 * Metadata of the objects in `kubernetes/monitoring/`: rules for the Prometheus Operator, dashboards for Grafana's sidecar.
 */
import { ANNOTATIONS, LABELS, labelValue, MANAGED_BY, SYNC_WAVES } from '../../../schemas/kubernetes-conventions.ts';
import { field, from, type Mark, type Marked, type MarkedFields } from '../../marks.ts';
import type { Model, Origins } from '../../resolve/model/index.ts';
import { wants } from '../kubernetes-scope.ts';
import { SKIP_DRY_RUN, syncOptions } from '../sync-options.ts';

export interface ResourceSubject {
  readonly kind: 'PrometheusRule' | 'ConfigMap';
  readonly name: string;
  readonly owner: string;
  readonly component: string;
  /** The documents whose open questions are marked, such as `Service backend`. */
  readonly document: string;
  /** Of the subject; `owner` and `name` may have their own. */
  readonly origin: Origins;
}

/** As it is printed. */
export interface PlainMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type ResourceMetadata = MarkedFields<PlainMetadata> & {
  readonly labels: Readonly<Record<string, Marked<string>>>;
  readonly annotations?: Readonly<Record<string, Marked<string>>>;
};

export function resourceMetadata(
  model: Model,
  subject: ResourceSubject,
  labels: Readonly<Record<string, string>> = {},
): ResourceMetadata {
  const wave = SYNC_WAVES[subject.kind];
  const open = openFields(model, subject.document);
  const { self, of } = subject.origin;
  const annotations = {
    ...(wave === undefined || !wants(model, 'argocd') ? {} : { [ANNOTATIONS.syncWave]: String(wave) }),
    ...(subject.kind === 'PrometheusRule' ? syncOptions(model, [SKIP_DRY_RUN]) : {}),
    ...(open === '' ? {} : { [ANNOTATIONS.undecided]: from(self, open) }),
  };
  return {
    name: from(of('name'), subject.name),
    namespace: field(model.environment, 'namespace'),
    labels: {
      [LABELS.component]: from(self, subject.component),
      [LABELS.instance]: from(of('name'), labelValue(subject.name)),
      [LABELS.managedBy]: MANAGED_BY,
      [LABELS.name]: from(of('name'), labelValue(subject.name)),
      [LABELS.partOf]: field(model.system, 'name'),
      [LABELS.environment]: field(model.environment, 'name'),
      [LABELS.owner]: from(of('owner'), labelValue(subject.owner)),
      ...labels,
      ...(subject.kind === 'PrometheusRule' ? selected(model) : {}),
    },
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

/** The labels by which the operator selects. */
const selected = ({ system: { monitoring } }: Model): Readonly<Record<string, Mark<string>>> =>
  Object.fromEntries(
    Object.entries(monitoring.labels).map(([key, value]) => [key, from(monitoring.origin.of('labels'), value)]),
  );

/** The fields of a document that nobody has decided yet, as one text. */
export function openFields(model: Model, document: string): string {
  const known = openOf.get(model) ?? groupOpenFields(model);
  openOf.set(model, known);
  return [...(known.get(document) ?? [])].sort().join(', ');
}

/** Asked for every file; looking through all questions each time would be quadratic. */
const openOf = new WeakMap<Model, ReadonlyMap<string, ReadonlySet<string>>>();

function groupOpenFields({ undecided }: Model): ReadonlyMap<string, ReadonlySet<string>> {
  const fields = new Map<string, Set<string>>();
  for (const { subject, field } of undecided) fields.set(subject, (fields.get(subject) ?? new Set()).add(field));
  return fields;
}
