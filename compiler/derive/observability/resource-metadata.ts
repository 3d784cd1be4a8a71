/**
 * Metadata of the objects in `kubernetes/monitoring/`: rules for the Prometheus Operator, dashboards for Grafana's sidecar.
 */
import { ANNOTATIONS, LABELS, labelValue, MANAGED_BY, SYNC_WAVES } from '../../../schemas/kubernetes-conventions.ts';
import type { Model } from '../../resolve/model/index.ts';
import { wants } from '../kubernetes-scope.ts';
import { SKIP_DRY_RUN, syncOptions } from '../sync-options.ts';

export interface ResourceSubject {
  readonly kind: 'PrometheusRule' | 'ConfigMap';
  readonly name: string;
  readonly owner: string;
  readonly component: string;
  /** The documents whose open questions are marked, such as `Service backend`. */
  readonly document: string;
}

export interface ResourceMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function resourceMetadata(
  model: Model,
  subject: ResourceSubject,
  labels: Readonly<Record<string, string>> = {},
): ResourceMetadata {
  const wave = SYNC_WAVES[subject.kind];
  const open = openFields(model, subject.document);
  const annotations = {
    ...(wave === undefined || !wants(model, 'argocd') ? {} : { [ANNOTATIONS.syncWave]: String(wave) }),
    ...(subject.kind === 'PrometheusRule' ? syncOptions(model, [SKIP_DRY_RUN]) : {}),
    ...(open === '' ? {} : { [ANNOTATIONS.undecided]: open }),
  };
  return {
    name: subject.name,
    namespace: model.environment.namespace,
    labels: {
      [LABELS.component]: subject.component,
      [LABELS.instance]: labelValue(subject.name),
      [LABELS.managedBy]: MANAGED_BY,
      [LABELS.name]: labelValue(subject.name),
      [LABELS.partOf]: model.system.name,
      [LABELS.environment]: model.environment.name,
      [LABELS.owner]: labelValue(subject.owner),
      ...labels,
      ...(subject.kind === 'PrometheusRule' ? model.system.monitoring.labels : {}),
    },
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

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
