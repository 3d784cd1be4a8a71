/**
 * Metadata of the objects in `kubernetes/monitoring/`: rules for the Prometheus Operator, dashboards for Grafana's sidecar.
 */
import type { Model } from '../resolve/model/index.ts';
import { wants } from './scrape-targets.ts';

export interface ResourceSubject {
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
  const open = openFields(model, subject.document);
  const annotations = {
    // After the namespace and before the workloads that they watch.
    ...(wants(model, 'argocd') ? { 'argocd.argoproj.io/sync-wave': '1' } : {}),
    ...(open === '' ? {} : { 'seaworthy.dev/undecided': open }),
  };
  return {
    name: subject.name,
    namespace: model.environment.namespace,
    labels: {
      'app.kubernetes.io/component': subject.component,
      'app.kubernetes.io/instance': labelValue(subject.name),
      'app.kubernetes.io/managed-by': 'seaworthy',
      'app.kubernetes.io/name': labelValue(subject.name),
      'app.kubernetes.io/part-of': model.system.name,
      environment: model.environment.name,
      owner: labelValue(subject.owner),
      ...labels,
    },
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

/** The fields of a document that nobody has decided yet, as one text. */
export const openFields = (model: Model, document: string): string =>
  [...new Set(model.undecided.filter((open) => open.subject === document).map((open) => open.field))].sort().join(', ');

/** At most 63 characters of letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit. */
const labelValue = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, '');
